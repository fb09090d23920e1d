#include "routing/report_gate.h"

#include <gtest/gtest.h>

#include <vector>

// What goes to other replicas at a time of the reports of streams.

namespace tierline::routing {
namespace {

TEST(ReportGate, HoldsBackWhatIsBeyondTheCapAndLetsItGoInOrder) {
  ReportGate gate;
  std::vector<int> sent;
  for (int i = 0; i < ReportGate::kUnderWayMax + 2; ++i)
    gate.Pass([&sent, i] { sent.push_back(i); });
  EXPECT_EQ(sent.size(), ReportGate::kUnderWayMax);
  EXPECT_TRUE(gate.full());
  gate.Ended();
  EXPECT_EQ(sent.back(), ReportGate::kUnderWayMax);
  gate.Ended();
  EXPECT_EQ(sent.back(), ReportGate::kUnderWayMax + 1);
}

// A peer that can not be reached fails from within the call: however many wait, the stack does not
// grow by them.
TEST(ReportGate, GoesThroughManyThatEndAtOnce) {
  ReportGate gate;
  int sent = 0;
  for (int i = 0; i < ReportGate::kUnderWayMax; ++i) gate.Pass([] {});
  for (int i = 0; i < 500'000; ++i) {
    gate.Pass([&] {
      ++sent;
      gate.Ended();
    });
  }
  EXPECT_EQ(sent, 0);
  gate.Ended();
  EXPECT_EQ(sent, 500'000);
}

}  // namespace
}  // namespace tierline::routing
