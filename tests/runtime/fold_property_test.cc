#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>

#include "tests/runtime/replica.h"

// For any commands to any replicas in any order, however the log is cut: what a fold stored before
// the cut, and the records after it, are the same as all records.

namespace tierline::testing {
namespace {

struct Action {
  int replica;  // of 2
  int kind;
  int subject;  // of 3
  int request;  // some are used twice
};

}  // namespace
}  // namespace tierline::testing

namespace rc {

template <>
struct Arbitrary<tierline::testing::Action> {
  static Gen<tierline::testing::Action> arbitrary() {
    using tierline::testing::Action;
    return gen::build<Action>(gen::set(&Action::replica, gen::inRange(0, 2)),
                              gen::set(&Action::kind, gen::inRange(0, 12)),
                              gen::set(&Action::subject, gen::inRange(0, 3)),
                              gen::set(&Action::request, gen::inRange(1, 60)));
  }
};

}  // namespace rc

namespace tierline::testing {
namespace {

void Do(const Action& action, Replica* replica, FakeClock* clock) {
  static constexpr const char* kTexts[] = {"note 1", "note 2",   "open",     "close",
                                           "reopen", "remind 0", "remind 50"};
  const std::string subject = "subject-" + std::to_string(action.subject);
  if (action.kind < 7) {
    replica->Send(MakeCommand(kNotes, subject, RequestId(action.request), kTexts[action.kind]));
  } else if (action.kind < 9) {
    replica->Send(MakeCommand(kReports, subject, RequestId(action.request), "report 1"));
  } else if (action.kind == 9) {
    const auto service = std::array{kNotes, kReports, kEcho}[action.subject];
    (*replica)->SetAssigned(service, action.request % 2 == 0);
  } else {
    clock->Advance(absl::Milliseconds(action.request * 10));
    replica->Step();
  }
  (*replica)->Decide();
}

Hash DigestOf(partition::Fold* fold) {
  int64_t subjects = 0;
  return *fold->Digest(&subjects);
}

RC_GTEST_PROP(FoldProperty, SnapshotAndTailAreTheWhole, (const std::vector<Action>& actions)) {
  SeededRandom random;
  log::MemoryLog log(1, random);
  FakeClock clock;
  Replica a(&log, &clock, "a");
  Replica b(&log, &clock, "b");
  a.Own();
  for (const Action& action : actions) Do(action, action.replica == 0 ? &a : &b, &clock);
  a.Settle();
  b.Settle();
  a.Settle();
  const std::vector<Logged> records = AllOf(&log);
  partition::Fold whole("", AllToys(), nullptr);
  for (size_t at = 0; at < records.size(); ++at) whole.Apply(at, records[at].view(), nullptr);
  RC_ASSERT(a.Digest() == DigestOf(&whole));

  const auto cut = *rc::gen::inRange<size_t>(0, records.size() + 1);
  store::MemoryStore store;
  partition::Fold before("0", AllToys(), &store, {.cached_subjects = 1});
  for (size_t at = 0; at < cut; ++at) before.Apply(at, records[at].view(), nullptr);
  RC_ASSERT(before.Flush().ok());
  partition::Fold after("0", AllToys(), &store, {.cached_subjects = 2});
  RC_ASSERT(after.Load().ok());
  for (size_t at = cut; at < records.size(); ++at) after.Apply(at, records[at].view(), nullptr);
  RC_ASSERT(DigestOf(&after) == DigestOf(&whole));
  RC_ASSERT(after.partition().void_records() == whole.partition().void_records());
}

}  // namespace
}  // namespace tierline::testing
