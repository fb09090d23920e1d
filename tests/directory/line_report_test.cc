// Who is open, who is late, and what a line's life rests on.
#include "directory/line_report.h"

#include <gtest/gtest.h>

#include "tests/kit/directory_log.h"

namespace tierline::directory {
namespace {

using kit::DirectoryLog;
using namespace v1;  // the names of states and steps

constexpr char kNow[] = "2024-03-04 10:00:00";

class LineReport : public ::testing::Test {
 protected:
  LineReport() {
    log_.At("2024-01-02 09:00:00").PublishWith([](PackPart* tables) {
      for (Line& line : *tables->mutable_lines()) {
        if (line.office() == "920300") line.clear_open_from();
      }
      tables->mutable_lines()->RemoveLast();  // Outer Isles has none
    });
    log_.At(kNow);
  }

  LineStatus StatusAt(const std::string& office, const std::string& text) const {
    const Directory& then = log_.Then(text);
    return StatusOf(then.offices().Find(office), then, log_.TimeOf(text));
  }

  DirectoryLog log_;
};

// each step with who, when and evidence.
TEST_F(LineReport, KeepsEachStepWithItsEvidence) {
  log_.Step(LINE_STEP_SUSPEND, {DirectoryLog::Line("910000")});
  const auto spans = SpansOf("910000", *log_.service().newest());
  ASSERT_EQ(spans.size(), 4u);
  EXPECT_EQ(spans[2].pack_hash().size(), 64u);
  EXPECT_FALSE(spans[2].has_fact());
  EXPECT_EQ(spans[3].state(), LINE_STATE_SUSPENDED);
  EXPECT_EQ(spans[3].fact().evidence().id(), "2009-18");
  EXPECT_EQ(spans[3].fact().actor().office(), "900000");
  EXPECT_EQ(spans[3].fact().recorded_at_ms(), log_.MsOf(kNow));
}

// trial from 2024-01-08, formal from 2024-02-05.
TEST_F(LineReport, WhoIsOpenCanBeAskedForAnyInstant) {
  EXPECT_FALSE(StatusAt("910000", "2024-01-07 23:59:59").open());
  EXPECT_TRUE(StatusAt("910000", "2024-01-08 00:00:00").trial());
  EXPECT_TRUE(StatusAt("910000", "2024-02-04 23:59:59").trial());
  const auto formal = StatusAt("910000", "2024-02-05 00:00:00");
  EXPECT_TRUE(formal.open());
  EXPECT_FALSE(formal.trial());
  EXPECT_EQ(formal.first_served_ms(), log_.MsOf("2024-01-08 00:00:00"));
  EXPECT_EQ(formal.first_open_ms(), log_.MsOf("2024-02-05 00:00:00"));
}

// whatever was published since.
TEST_F(LineReport, APolicyDoesNotMoveSinceWhenALineIsOpen) {
  v1::Command policy;
  policy.mutable_select_policy()->set_policy("standard");
  log_.Send(policy);
  ASSERT_EQ(log_.reason(), "accepted");
  EXPECT_EQ(StatusAt("910000", kNow).since_ms(), log_.MsOf("2024-02-05 00:00:00"));
}

//
TEST_F(LineReport, OfficesThatAreLateForTheDatesAreCounted) {
  const auto late = [&](const char* office, const char* at) {
    const auto status = StatusAt(office, at);
    return std::pair(status.trial_late_days(), status.formal_late_days());
  };
  EXPECT_EQ(late("910000", kNow), std::pair(0, 0));
  EXPECT_EQ(late("920300", "2024-01-08 23:59:59"), std::pair(0, 0));  // the day is not over
  EXPECT_EQ(late("920300", "2024-01-10 09:00:00"), std::pair(2, 0));
  EXPECT_EQ(late("930000", kNow), std::pair(56, 28));  // without a line
  EXPECT_TRUE(IsWanted(StatusAt("930000", kNow), LINE_FILTER_LATE));
  LineCounter counter;
  const Directory& then = log_.Then(kNow);
  for (size_t i = 0; i < then.offices().size(); ++i)
    counter.Add(StatusOf(static_cast<OfficeIndex>(i), then, log_.TimeOf(kNow)));
  const auto rows = counter.Take();
  ASSERT_EQ(rows.size(), 4u);  // three levels and all
  EXPECT_EQ(rows[3].offices(), 8);
  EXPECT_EQ(rows[3].open(), 6);
  EXPECT_EQ(rows[3].not_yet(), 2);
  EXPECT_EQ(rows[3].late_for_trial(), 2);
  EXPECT_EQ(rows[3].late_for_formal(), 2);
}

}  // namespace
}  // namespace tierline::directory
