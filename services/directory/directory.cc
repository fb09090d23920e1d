#include "directory/directory.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "directory/dates.h"
#include "directory/hours.h"
#include "directory/line_steps.h"
#include "directory/numbering.h"
#include "directory/pack.h"
#include "directory/validate.h"

namespace tierline::directory {

// A timeline owns its snapshots; whoever holds one of them holds all.
struct Directory::Chained {
  std::vector<std::shared_ptr<Directory>> snapshots;
  std::shared_ptr<const LineBook> lines;
};

absl::StatusOr<std::shared_ptr<const Directory>> Directory::Build(const v1::PackPart& pack,
                                                                  std::string pack_hash) {
  if (const auto faults = Validate(pack); !faults.empty()) {
    return absl::InvalidArgumentError(faults.front().path + ": " + faults.front().Sentence());
  }
  auto tables = std::make_shared<Tables>();
  tables->hotline = pack.hotline();
  tables->numbering = NumberingOf(pack.hotline());
  absl::LoadTimeZone(pack.hotline().time_zone(), &tables->zone);
  tables->trial_from = absl::FromCivil(*ParseDate(pack.hotline().trial_from()), tables->zone);
  tables->formal_from = absl::FromCivil(*ParseDate(pack.hotline().formal_from()), tables->zone);
  tables->pack_hash = std::move(pack_hash);
  tables->counts = CountPack(pack);
  auto offices = std::make_shared<const OfficeTree>(OfficeTree::Build(pack, tables->zone));
  tables->plan = NumberPlan::Build(pack, *offices);
  tables->national_area = tables->plan.FindArea(pack.hotline().national_area());
  std::vector<Fault> faults;
  tables->calendars = CompileHours(pack, tables->zone, &faults);
  tables->policies.assign(pack.policies().begin(), pack.policies().end());
  tables->categories.assign(pack.categories().begin(), pack.categories().end());
  tables->menus = pack.menus();
  tables->fees.assign(pack.fees().begin(), pack.fees().end());

  std::shared_ptr<Directory> directory(new Directory);
  directory->tables_ = std::move(tables);
  directory->offices_ = std::move(offices);
  directory->policy_ = directory->PolicyIndex(pack.hotline().policy());
  directory->edition_ = directory->EditionWith("pack", directory->pack_hash());
  return directory;
}

uint64_t Directory::EditionWith(std::string_view what, std::string_view change) const {
  Sha256 sha;
  sha.AddFramed(std::to_string(edition_));
  sha.AddFramed(what);
  sha.AddFramed(change);
  const Hash hash = sha.Finish();
  uint64_t edition = 1;
  for (int i = 0; i < 8; ++i) edition = edition << 8 | hash[static_cast<size_t>(i)];
  return edition | 1;
}

size_t Directory::PolicyIndex(std::string_view id) const {
  size_t index = 0;
  while (index < tables_->policies.size() && tables_->policies[index].id() != id) ++index;
  return index;
}

const v1::PolicyProfile* Directory::FindPolicy(std::string_view id) const {
  const size_t index = PolicyIndex(id);
  return index < tables_->policies.size() ? &tables_->policies[index] : nullptr;
}

const v1::Category* Directory::FindCategory(std::string_view code) const {
  for (const v1::Category& category : tables_->categories) {
    if (category.code() == code) return &category;
  }
  return nullptr;
}

const v1::Prompt* Directory::FindPrompt(std::string_view id) const {
  for (const v1::Prompt& prompt : tables_->menus.prompts()) {
    if (prompt.id() == id) return &prompt;
  }
  return nullptr;
}

PackLine Directory::LineOfPack(OfficeIndex office) const {
  constexpr int64_t kLast = kNeverMs / 1000;
  const Office& one = offices()[office];
  const bool first = chained_ == nullptr || chained_->snapshots.front().get() == this;
  const int64_t from_ms = first ? kAlwaysMs : absl::ToUnixMillis(in_force_from_);
  if (one.merged_into != kNoOffice)
    return {.in_force_from_ms = from_ms, .pack_hash = tables_->pack_hash, .merged = true};
  PackLine line{.in_force_from_ms = from_ms,
                .number = one.pack_line,
                .formal_from_ms = absl::ToUnixMillis(tables_->formal_from),
                .pack_hash = tables_->pack_hash};
  if (one.open_from_s >= one.open_until_s) return line;  // bound, and no more
  line.open_from_ms = one.open_from_s * 1000;
  if (one.open_until_s < kLast) line.open_until_ms = one.open_until_s * 1000;
  return line;
}

LineView Directory::LineAtMs(OfficeIndex office, int64_t at_ms) const {
  const LineLife* life =
      chained_ == nullptr ? nullptr : chained_->lines->Find(offices()[office].code);
  if (life == nullptr) return ByPack(LineOfPack(office), at_ms);
  const LineSpan& span = life->At(at_ms);
  return {span.state, span.number, span.from_ms};
}

OfficeIndex Directory::NearestOpen(OfficeIndex office, absl::Time at) const {
  const int64_t at_ms = absl::ToUnixMillis(at);
  while (office != kNoOffice && !Serves(LineAtMs(office, at_ms).state)) {
    const Office& one = offices()[office];
    office = one.merged_into != kNoOffice ? one.merged_into : one.parent;
  }
  return office;
}

void Directory::EachNumber(absl::Time at,
                           absl::FunctionRef<void(OfficeIndex, std::string_view)> take) const {
  for (size_t i = 0; i < offices().size(); ++i) {
    const auto office = static_cast<OfficeIndex>(i);
    const LineView line = LineAt(office, at);
    if (!line.number.empty() && line.state != v1::LINE_STATE_CLOSED) take(office, line.number);
  }
}

LineLife Directory::LifeOf(std::string_view code) const {
  const LineLife* life = chained_ == nullptr ? nullptr : chained_->lines->Find(code);
  return life != nullptr ? *life : LineLife::Of(LinesOfPacks(code, Timeline()), {});
}

std::vector<PackLine> Directory::LinesOfPacks(std::string_view code,
                                              absl::Span<const Directory* const> timeline) {
  std::vector<PackLine> lines;
  for (const Directory* snapshot : timeline) {
    const OfficeIndex office = snapshot->offices().Find(code);
    const int64_t from_ms =
        lines.empty() ? kAlwaysMs : absl::ToUnixMillis(snapshot->in_force_from_);
    if (!lines.empty()) lines.back().in_force_until_ms = from_ms;
    lines.push_back(office == kNoOffice ? PackLine{.in_force_from_ms = from_ms}
                                        : snapshot->LineOfPack(office));
  }
  return lines;
}

const Directory& Directory::At(absl::Time at) const {
  if (chained_ == nullptr) return *this;
  const auto& all = chained_->snapshots;
  const auto after = std::upper_bound(
      all.begin(), all.end(), at,
      [](absl::Time one, const auto& snapshot) { return one < snapshot->in_force_from_; });
  return after == all.begin() ? *all.front() : **(after - 1);
}

std::vector<const Directory*> Directory::Timeline() const {
  if (chained_ == nullptr) return {this};
  std::vector<const Directory*> all;
  for (const auto& snapshot : chained_->snapshots) all.push_back(snapshot.get());
  return all;
}

std::shared_ptr<Directory> Directory::Alone() const {
  std::shared_ptr<Directory> copy(new Directory(*this));
  copy->chained_ = nullptr;
  return copy;
}

std::shared_ptr<const Directory> Directory::From(absl::Time in_force_from) const {
  auto next = Alone();
  next->in_force_from_ = in_force_from;
  return next;
}

std::shared_ptr<const Directory> Directory::WithPolicy(std::string_view policy) const {
  auto next = Alone();
  next->policy_ = PolicyIndex(policy);
  next->edition_ = EditionWith("policy", policy);
  return next;
}

std::shared_ptr<const Directory> Directory::WithChange(const v1::OfficeChange& change,
                                                       const Uuid& by) const {
  auto next = Alone();
  next->offices_ = std::make_shared<const OfficeTree>(offices_->With(change, by));
  next->edition_ = EditionWith("change", by.bytes());
  return next;
}

std::shared_ptr<const Directory> Directory::Chain(
    const std::vector<std::shared_ptr<const Directory>>& snapshots,
    std::shared_ptr<const LineBook> lines) {
  auto chained = std::make_shared<Chained>();
  chained->lines = std::move(lines);
  for (const auto& snapshot : snapshots) {
    chained->snapshots.push_back(snapshot->Alone());
    chained->snapshots.back()->chained_ = chained.get();
  }
  const Directory* last = chained->snapshots.back().get();
  return {std::move(chained), last};
}

}  // namespace tierline::directory
