#include "directory/fees.h"

#include <algorithm>
#include <optional>

#include "absl/container/btree_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "directory/dates.h"
#include "directory/line_steps.h"

namespace tierline::directory {
namespace {

// A month in the zone of the hotline, in milliseconds since 1970.
struct Month {
  absl::CivilMonth civil;
  int64_t begin_ms = 0;
  int64_t end_ms = 0;
  std::vector<const Directory*> snapshots;  // that of its beginning, and those that follow in it

  Month(absl::CivilMonth month, const Directory& directory)
      : civil(month),
        begin_ms(StartMs(month, directory.zone())),
        end_ms(StartMs(month + 1, directory.zone())),
        snapshots({&directory.At(absl::FromUnixMillis(begin_ms))}) {
    for (const Directory* one : directory.Timeline()) {
      const int64_t from_ms = absl::ToUnixMillis(one->in_force_from());
      if (from_ms > begin_ms && from_ms < end_ms && one != snapshots.front())
        snapshots.push_back(one);
    }
  }
  static int64_t StartMs(absl::CivilMonth month, absl::TimeZone zone) {
    return absl::ToUnixMillis(absl::FromCivil(absl::CivilDay(month), zone));
  }
  std::string name() const { return absl::StrFormat("%04d-%02d", civil.year(), civil.month()); }
};

std::string LevelName(base::v1::Level level) {  // "county", as packs write it
  return absl::AsciiStrToLower(base::v1::Level_Name(level).substr(sizeof("LEVEL_") - 1));
}

// The rate of `level` in `month`; null when the pack has none.
const v1::FeeRate* RateOf(base::v1::Level level, absl::CivilMonth month, const Directory& then) {
  const v1::FeeRate* rate = nullptr;
  std::optional<absl::CivilMonth> best;
  for (const v1::FeeRate& one : then.fees()) {
    const auto from = ParseMonth(one.from_month());
    if (one.level() != level || !from || *from > month || (best && *from < *best)) continue;
    rate = &one;
    best = from;
  }
  return rate;
}

void AddRow(std::string_view pack_hash, std::string row, v1::FeeLine* line) {
  v1::FeeFact* fact = line->add_facts();
  fact->set_pack_hash(std::string(pack_hash));
  fact->set_row(std::move(row));
}

void AddEvent(const Uuid& id, v1::FeeLine* line) { line->add_facts()->set_event_id(id.ToString()); }

// A row for each level, and their sum.
class Totals {
 public:
  void Add(const v1::FeeStatement& statement) {
    bool paid[5] = {};
    for (const v1::FeeLine& line : statement.lines()) {
      if (line.fen() == 0) continue;
      for (const int level : {0, std::clamp<int>(line.level(), 1, 4)}) {
        by_level_[level].set_months(by_level_[level].months() + 1);
        by_level_[level].set_fen(by_level_[level].fen() + line.fen());
        paid[level] = true;
      }
    }
    for (int level = 0; level < 5; ++level)
      by_level_[level].set_offices(by_level_[level].offices() + (paid[level] ? 1 : 0));
  }

  std::vector<v1::FeeTotal> Take() {
    std::vector<v1::FeeTotal> totals;
    for (const int level : {1, 2, 3, 4, 0}) {
      if (level != 0 && by_level_[level].months() == 0) continue;
      by_level_[level].set_level(static_cast<base::v1::Level>(level));
      totals.push_back(by_level_[level]);
    }
    return totals;
  }

 private:
  v1::FeeTotal by_level_[5];  // 0: the sum
};

class Biller {
 public:
  Biller(const FeeQuery& query, const Directory& directory)
      : query_(query), directory_(directory), now_ms_(absl::ToUnixMillis(query.now)) {
    for (absl::CivilMonth month = query.from; month < query.until; ++month)
      months_.emplace_back(month, directory);
  }

  Fees Run() const {
    Fees fees;
    Totals totals;
    size_t bytes = 0;
    for (const std::string_view office : Offices()) {
      const bool full = !fees.next.empty();
      if (full && !query_.first.empty()) break;  // nobody wants the totals
      v1::FeeStatement statement = Bill(office);
      if (statement.lines().empty()) continue;
      totals.Add(statement);
      if (full) continue;
      const size_t size = statement.ByteSizeLong();
      if (!fees.statements.empty() &&
          (fees.statements.size() >= query_.statements_max || bytes + size > query_.bytes_max)) {
        fees.next = office;
        continue;
      }
      bytes += size;
      fees.statements.push_back(std::move(statement));
    }
    if (query_.first.empty()) fees.totals = totals.Take();
    return fees;
  }

 private:
  // Those of the page and of what comes after it, by code.
  absl::btree_set<std::string_view> Offices() const {
    absl::btree_set<std::string_view> codes;
    const Directory* before = nullptr;
    for (const Month& month : months_) {
      for (const Directory* then : month.snapshots) {
        if (then == before) continue;
        before = then;
        for (size_t i = 0; i < then->offices().size(); ++i) {
          const std::string& code = then->offices()[static_cast<OfficeIndex>(i)].code;
          if (code >= query_.first) codes.insert(code);
        }
      }
    }
    return codes;
  }

  v1::FeeStatement Bill(std::string_view code) const {
    v1::FeeStatement statement;
    std::optional<LineLife> life;
    for (const Month& month : months_) {
      for (const Directory* then : month.snapshots) {
        const OfficeIndex office = then->offices().Find(code);
        if (office == kNoOffice || then->offices()[office].merged_into != kNoOffice) continue;
        if (!IsAskedFor(office, then->offices())) break;
        if (!life) life = directory_.LifeOf(code);
        BillMonth(month, *then, then->offices()[office], *life, &statement);
        break;
      }
    }
    return statement;
  }

  bool IsAskedFor(OfficeIndex office, const OfficeTree& offices) const {
    if (query_.office.empty()) return true;
    const OfficeIndex top = offices.Find(query_.office);
    return top != kNoOffice && offices.IsInSubtree(office, top);
  }

  void BillMonth(const Month& month, const Directory& then, const Office& office,
                 const LineLife& life, v1::FeeStatement* statement) const {
    v1::FeeLine line;
    line.set_month(month.name());
    line.set_level(office.level);
    const int64_t formal_ms = absl::ToUnixMillis(then.formal_from());
    int64_t first_ms = AddSpans(office.code, life, std::max(month.begin_ms, formal_ms),
                                month.end_ms, /*formal=*/true, &line);
    if (first_ms != kNeverMs) {
      Charge(month, then, office, &line);
    } else {
      first_ms = AddSpans(office.code, life, month.begin_ms, month.end_ms, /*formal=*/false, &line);
      if (first_ms == kNeverMs) return;
      line.set_reason(v1::FEE_REASON_TRIAL);
    }
    if (line.fen() == 0 && !query_.include_free) return;
    line.set_forecast(first_ms > now_ms_);
    statement->set_office(office.code);
    statement->set_name(office.name);
    *statement->mutable_fund() = then.hotline().fee_fund();
    statement->set_fen(statement->fen() + line.fen());
    *statement->add_lines() = std::move(line);
  }

  static void Charge(const Month& month, const Directory& then, const Office& office,
                     v1::FeeLine* line) {
    if (!office.changed_by.absent()) AddEvent(office.changed_by, line);
    AddRow(then.pack_hash(), absl::StrCat("offices/", office.code), line);
    const v1::FeeRate* rate = RateOf(office.level, month.civil, then);
    if (rate != nullptr) {
      line->set_fen(rate->fen_per_month());
      AddRow(then.pack_hash(),
             absl::StrCat("fees/", LevelName(rate->level()), "/", rate->from_month()), line);
    }
    line->set_reason(line->fen() > 0 ? v1::FEE_REASON_CHARGED : v1::FEE_REASON_LEVEL_EXEMPT);
  }

  // Adds what makes the line serve, formally or at all, at some instant of [begin_ms, end_ms);
  // returns the first one, or kNeverMs.
  static int64_t AddSpans(const std::string& office, const LineLife& life, int64_t begin_ms,
                          int64_t end_ms, bool formal, v1::FeeLine* line) {
    int64_t first_ms = kNeverMs;
    for (size_t i = 0; i < life.spans().size(); ++i) {
      const LineSpan& span = life.spans()[i];
      const bool counts = formal ? span.state == v1::LINE_STATE_OPEN : Serves(span.state);
      const int64_t from_ms = std::max(span.from_ms, begin_ms);
      if (!counts || from_ms >= std::min(life.EndOf(i), end_ms)) continue;
      first_ms = std::min(first_ms, from_ms);
      if (span.step.record != nullptr) {
        AddEvent(span.step.record->id, line);
      } else {
        AddRow(span.pack_hash, absl::StrCat("lines/", office), line);
      }
    }
    return first_ms;
  }

  const FeeQuery& query_;
  const Directory& directory_;
  const int64_t now_ms_;
  std::vector<Month> months_;
};

}  // namespace

Fees FeesOf(const FeeQuery& query, const Directory& directory) {
  return Biller(query, directory).Run();
}

}  // namespace tierline::directory
