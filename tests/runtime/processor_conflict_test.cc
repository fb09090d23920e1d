#include <gtest/gtest.h>

#include "tests/runtime/replica.h"

// Two owners of two services decide on one subject at the same time.

namespace tierline::testing {
namespace {

class ConflictTest : public ::testing::Test {
 protected:
  SeededRandom random_;
  log::MemoryLog log_{1, random_};
  FakeClock clock_;
  Replica a_{&log_, &clock_, "a"};
};

TEST_F(ConflictTest, DecidesASecondTimeWhenAForeignEventCameInBetween) {
  a_->SetAssigned(kNotes, true);
  a_.Settle(3);
  Replica b(&log_, &clock_, "b");
  b->SetAssigned(kReports, true);
  b.Settle(3);
  a_.Step();
  const auto report = b.Send(1, "report 1", kReports);
  const auto note = a_.Send(2, "note");
  b->Decide();
  a_->Decide();  // has not read b's event
  a_.Settle(3);
  b.Settle(2);
  EXPECT_TRUE(report->accepted());
  EXPECT_TRUE(note->accepted());
  EXPECT_EQ(a_->counts().conflicts, 1);
  EXPECT_EQ(SeenBy(AllOf(&log_).back().event())->substr(0, 2), "1/");  // it saw the report
  EXPECT_EQ(a_.Digest(), b.Digest());
}

TEST_F(ConflictTest, AcceptsAnEventWithoutPrevWhateverCameInBetween) {
  a_->SetAssigned(kNotes, true);
  a_.Settle(3);
  Replica b(&log_, &clock_, "b");
  b->SetAssigned(kReports, true);
  b.Settle(3);
  const auto note = a_.Send(1, "note");
  const auto report = b.Send(2, "report 1", kReports);
  a_->Decide();
  b->Decide();
  b.Settle(2);
  EXPECT_TRUE(report->accepted());
  EXPECT_EQ(b->counts().conflicts, 0);
}

TEST_F(ConflictTest, HoldsACommandToItsEtagWhateverItsEventBears) {
  a_->SetAssigned(kNotes, true);
  a_.Settle(3);
  Replica b(&log_, &clock_, "b");
  b->SetAssigned(kReports, true);
  b.Settle(3);
  b.Send(1, "report 1", kReports);
  b.Settle(2);
  a_.Step();
  a_.Send(2, "note");
  Command report = MakeCommand(kReports, kSubject, RequestId(3), "report 2");
  report.etag = "\"1\"";
  const auto answer = b.Send(std::move(report));
  a_->Decide();
  b->Decide();
  b.Settle(3);
  EXPECT_EQ(b->counts().conflicts, 1);
  EXPECT_EQ(answer->receipt.etag(), "\"2\"");  // its version still held
}

TEST_F(ConflictTest, KeepsDecidingWhileForeignEventsComeInBetween) {
  a_->SetAssigned(kReports, true);
  a_.Settle(3);
  Replica b(&log_, &clock_, "b");
  b->SetAssigned(kNotes, true);
  b.Settle(3);
  a_->SetAssigned(kNotes, false);
  std::vector<std::shared_ptr<Answer>> reports;
  for (int i = 0; i < 20; ++i) {  // a always has something pending, and b's events void none of it
    b.Send(200 + i, "note");
    b->Decide();
    reports.push_back(a_.Send(100 + i, "report 1", kReports));
    a_->Decide();
    b.Step();
  }
  a_.Settle(2);
  for (const auto& report : reports) EXPECT_TRUE(report->accepted());
  EXPECT_EQ(CountOf(&log_, Event::kNoteAdded), 20);
  EXPECT_EQ(a_.Digest(), b.Digest());
}

TEST_F(ConflictTest, PredictsTheHeadAnewAfterAForeignEvent) {
  a_.Own();
  Replica b(&log_, &clock_, "b");
  b->SetAssigned(kNotes, true);
  b.Settle(3);
  a_.Step();
  b.Send(1, "note");
  b->Decide();
  log_.Poll(absl::ZeroDuration());  // b's note is in the log
  a_.Send(2, "report 1", kReports);
  a_->Decide();                      // pending on a head without it
  ASSERT_TRUE(a_->ReadBack().ok());  // a reads the note, with its report under way
  Command report = MakeCommand(kReports, kSubject, RequestId(3), "report 2");
  report.etag = "\"1\"";
  const auto answer = a_.Send(std::move(report));
  a_.Step();
  EXPECT_EQ(a_->counts().conflicts, 0);
  EXPECT_TRUE(answer->accepted());
}

}  // namespace
}  // namespace tierline::testing
