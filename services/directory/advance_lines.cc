#include "directory/advance_lines.h"

#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/text.h"
#include "directory/faults.h"
#include "directory/line_steps.h"

namespace tierline::directory {
namespace {

using Refusal = std::optional<Rejection>;

constexpr int kLinesMax = 4000;
constexpr int kTestCallsMax = 20;         // of a line
constexpr int kAllTestCallsMax = 16'000;  // of a command: 38 bytes each, in a record of 1 MiB
constexpr size_t kEvidenceIdMax = 64;
constexpr size_t kEvidenceTextMax = 500;
constexpr std::string_view kRule = "R-202";

Refusal Bad(std::string field, std::string_view value, std::string_view message) {
  return InvalidField(std::move(field), std::string(value.substr(0, 64)), std::string(kRule),
                      message);
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text[0] == '+' && IsDigits(text.substr(1), 4, 15);
}

std::string Allowed(v1::LineState state) {
  return absl::StrJoin(StepsFrom(state), ", ", [](std::string* out, v1::LineStep step) {
    absl::StrAppend(out, ToAbsl(NameOf(step)));
  });
}

class Checker {
 public:
  Checker(const v1::AdvanceLinesRequest& request, const Directory& directory, absl::Time now)
      : request_(request), directory_(directory.At(now)), now_(now) {}

  Refusal Run() {
    binds_ = request_.step() == v1::LINE_STEP_BIND || request_.step() == v1::LINE_STEP_REBIND;
    tests_ = request_.step() == v1::LINE_STEP_TEST;
    for (int i = 0; i < request_.lines_size(); ++i) {
      const v1::LineChange& line = request_.lines(i);
      if (auto refusal = CheckForm(i, line)) return refusal;
      if (auto refusal = CheckState(i, line)) return refusal;
    }
    return binds_ ? CheckNumbers() : Refusal();
  }

 private:
  static std::string Path(int row, std::string_view field) {
    return absl::StrCat("lines[", row, "].", ToAbsl(field));
  }

  Refusal CheckForm(int row, const v1::LineChange& line) {
    if (!offices_.insert(line.office()).second)
      return Bad(Path(row, "office"), line.office(), "stands twice");
    if (binds_ ? !IsNumber(line.number()) : !line.number().empty()) {
      return Bad(Path(row, "number"), line.number(),
                 binds_ ? "must be E.164: + and 4 to 15 digits" : "is for bind and rebind only");
    }
    if (line.test_failed() && !tests_)
      return Bad(Path(row, "test_failed"), "true", "is for tests only");
    const int calls = line.test_calls_size();
    if (tests_ ? calls < 1 || calls > kTestCallsMax : calls != 0) {
      return Bad(Path(row, "test_calls"), absl::StrCat(calls),
                 tests_ ? "must name 1 to 20 test calls" : "is for tests only");
    }
    for (const std::string& call : line.test_calls()) {
      if (!Uuid::Parse(call).ok()) return Bad(Path(row, "test_calls"), call, "is no inquiry id");
    }
    return {};
  }

  Refusal CheckState(int row, const v1::LineChange& line) {
    const OfficeIndex office = directory_.offices().Find(line.office());
    if (office == kNoOffice)
      return Bad(Path(row, "office"), line.office(), "there is no such office");
    if (directory_.offices()[office].merged_into != kNoOffice)
      return Bad(Path(row, "office"), line.office(), "has become part of another office");
    const LineView now = directory_.LineAt(office, now_);
    if (!StateAfter(now.state, request_.step(), line.test_failed())) {
      return Rejection{.reason = "STEP_NOT_ALLOWED",
                       .message = absl::StrCat(Path(row, "office"), ": the line of ", line.office(),
                                               " is ", ToAbsl(NameOf(now.state)),
                                               "; allowed next: ", Allowed(now.state)),
                       .rule = std::string(kRule),
                       .field = Path(row, "office"),
                       .value = line.office()};
    }
    return request_.happened_at_ms() != 0 ? CheckInstant(line.office()) : Refusal();
  }

  // By the whole life: a snapshot alone knows nothing of what was before it.
  Refusal CheckInstant(const std::string& office) const {
    const int64_t since_ms = directory_.LifeOf(office).At(absl::ToUnixMillis(now_)).from_ms;
    if (request_.happened_at_ms() >= since_ms) return {};
    return Bad("happened_at_ms", absl::StrCat(request_.happened_at_ms()),
               absl::StrCat("is before the last step of the line of ", office, ", ", since_ms));
  }

  using NumbersInUse = absl::flat_hash_map<std::string_view, std::string_view>;

  static NumbersInUse NumbersAt(const Directory& then, absl::Time at) {
    NumbersInUse taken;
    then.EachNumber(at, [&](OfficeIndex office, std::string_view number) {
      taken[number] = then.offices()[office].code;
    });
    return taken;
  }

  // A number belongs to one line at a time, now and under the packs to come; the old one of
  // a rebound line is free again.
  Refusal CheckNumbers() {
    NumbersInUse taken = NumbersAt(directory_, now_);
    for (int i = 0; i < request_.lines_size(); ++i) {
      const v1::LineChange& line = request_.lines(i);
      const auto [other, fresh] = taken.emplace(line.number(), line.office());
      if (!fresh)
        return Bad(Path(i, "number"), line.number(),
                   absl::StrCat("is bound to ", ToAbsl(other->second), " already"));
    }
    std::vector<const Directory*> rest = directory_.Timeline();
    std::erase_if(rest, [&](const Directory* one) { return one->in_force_from() <= now_; });
    std::vector<NumbersInUse> later;
    for (const Directory* one : rest) later.push_back(NumbersAt(*one, one->in_force_from()));
    for (int i = 0; i < request_.lines_size(); ++i) {
      if (auto refusal = CheckLater(i, rest, later)) return refusal;
    }
    return {};
  }

  // As long as the packs of `rest` leave the line what this step binds (line_life.h).
  Refusal CheckLater(int row, const std::vector<const Directory*>& rest,
                     const std::vector<NumbersInUse>& numbers) const {
    const v1::LineChange& line = request_.lines(row);
    std::string_view named = PackNumber(directory_, line.office());
    for (size_t i = 0; i < rest.size(); ++i) {
      const std::string_view next = PackNumber(*rest[i], line.office());
      if (next != named && next != line.number()) break;
      named = next;
      const auto other = numbers[i].find(line.number());
      if (other == numbers[i].end() || other->second == line.office()) continue;
      return Bad(Path(row, "number"), line.number(),
                 absl::StrCat("is bound to ", ToAbsl(other->second), " from ",
                              absl::ToUnixMillis(rest[i]->in_force_from()), " on"));
    }
    return {};
  }

  static std::string_view PackNumber(const Directory& then, const std::string& code) {
    const OfficeIndex office = then.offices().Find(code);
    if (office == kNoOffice || then.offices()[office].merged_into != kNoOffice) return {};
    return then.offices()[office].pack_line;
  }

  const v1::AdvanceLinesRequest& request_;
  const Directory& directory_;
  const absl::Time now_;
  bool binds_ = false;
  bool tests_ = false;
  absl::flat_hash_set<std::string> offices_;
};

Refusal CheckWhole(const v1::AdvanceLinesRequest& request, const Context& context) {
  if (!v1::LineStep_IsValid(request.step()) || request.step() == v1::LINE_STEP_UNSPECIFIED)
    return Bad("step", absl::StrCat(request.step()), "must name a step");
  if (request.lines_size() < 1 || request.lines_size() > kLinesMax)
    return Bad("lines", absl::StrCat(request.lines_size()), "must be 1 to 4,000 lines");
  int test_calls = 0;
  for (const v1::LineChange& line : request.lines()) test_calls += line.test_calls_size();
  if (test_calls > kAllTestCallsMax) {
    return Bad("lines", absl::StrCat(test_calls, " test calls"),
               "must name at most 16,000 test calls together");
  }
  if (request.happened_at_ms() < 0)
    return Bad("happened_at_ms", absl::StrCat(request.happened_at_ms()), "must not be negative");
  if (request.happened_at_ms() > absl::ToUnixMillis(context.now))
    return Bad("happened_at_ms", absl::StrCat(request.happened_at_ms()), "must not be after now");
  if (context.principal.role() == base::v1::ROLE_UNSPECIFIED)
    return Bad("tierline-role", "", "must say who records this");
  return CheckEvidence(request.evidence(), kRule);
}

}  // namespace

std::optional<Rejection> CheckEvidence(const v1::Evidence& evidence, std::string_view rule) {
  if (evidence.id().empty() || evidence.id().size() > kEvidenceIdMax) {
    return InvalidField("evidence.id", absl::StrCat(evidence.id().size(), " bytes"),
                        std::string(rule), "must be 1 to 64 bytes");
  }
  if (evidence.text().empty() || evidence.text().size() > kEvidenceTextMax) {
    return InvalidField("evidence.text", absl::StrCat(evidence.text().size(), " bytes"),
                        std::string(rule), "must be 1 to 500 bytes");
  }
  return {};
}

Decision Decide(const v1::AdvanceLinesRequest& request, const Directory* directory,
                const Context& context) {
  if (auto refusal = CheckWhole(request, context)) return *refusal;
  if (directory == nullptr) {
    return Rejection{.reason = "NO_DIRECTORY",
                     .message = "no pack is in force; load one first",
                     .rule = std::string(kRule)};
  }
  if (auto refusal = Checker(request, *directory, context.now).Run()) return *refusal;
  Event event;
  auto* advanced = event.mutable_lines_advanced();
  advanced->set_step(request.step());
  *advanced->mutable_lines() = request.lines();
  advanced->set_happened_at_ms(request.happened_at_ms() != 0 ? request.happened_at_ms()
                                                             : absl::ToUnixMillis(context.now));
  *advanced->mutable_evidence() = request.evidence();
  return event;
}

std::string_view NameOf(v1::LineState state) {
  constexpr std::string_view kNames[] = {"without a number",
                                         "bound",
                                         "verified",
                                         "reported to the centre",
                                         "filed",
                                         "interconnected",
                                         "agreed",
                                         "tested",
                                         "on trial",
                                         "open",
                                         "suspended",
                                         "rebound",
                                         "rebound and verified",
                                         "rebound and tested",
                                         "closed"};
  return state >= 0 && state < static_cast<int>(std::size(kNames)) ? kNames[state] : "unknown";
}

std::string_view NameOf(v1::LineStep step) {
  constexpr std::string_view kNames[] = {
      "nothing", "bind",        "verify", "report",  "file",   "interconnect", "sign agreement",
      "test",    "begin trial", "open",   "suspend", "rebind", "close"};
  return step >= 0 && step < static_cast<int>(std::size(kNames)) ? kNames[step] : "unknown";
}

}  // namespace tierline::directory
