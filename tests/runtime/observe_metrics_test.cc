#include "runtime/observe/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace tierline::observe {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, ExposesCountersAndGaugesAsText) {
  Metrics metrics;
  metrics.AddCounter("tierline_opened_total", "Inquiries opened.", {{"channel", "call"}})
      .Increment(3);
  metrics.AddGauge("tierline_lag_seconds", "Lag.").Set(1.5);
  const std::string page = metrics.Expose();
  EXPECT_THAT(page, HasSubstr("# HELP tierline_opened_total Inquiries opened.\n"
                              "# TYPE tierline_opened_total counter\n"
                              "tierline_opened_total{channel=\"call\"} 3\n"));
  EXPECT_THAT(page, HasSubstr("# TYPE tierline_lag_seconds gauge\ntierline_lag_seconds 1.5\n"));
}

TEST(Metrics, ExposesAHistogramWithCumulativeBuckets) {
  Metrics metrics;
  auto& histogram = metrics.AddHistogram("tierline_wait_seconds", "Wait.", {0.1, 1});
  for (const double value : {0.05, 0.1, 0.5, 3.0}) histogram.Observe(value);
  EXPECT_THAT(metrics.Expose(), HasSubstr("tierline_wait_seconds_count 4\n"
                                          "tierline_wait_seconds_sum 3.65\n"
                                          "tierline_wait_seconds_bucket{le=\"0.1\"} 2\n"
                                          "tierline_wait_seconds_bucket{le=\"1\"} 3\n"
                                          "tierline_wait_seconds_bucket{le=\"+Inf\"} 4\n"));
}

TEST(Metrics, GivesTheSameMetricForTheSameLabelsInAnyOrder) {
  Metrics metrics;
  auto& one = metrics.AddCounter("c_total", "C.", {{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(&one, &metrics.AddCounter("c_total", "C.", {{"b", "2"}, {"a", "1"}}));
  EXPECT_NE(&one, &metrics.AddCounter("c_total", "C.", {{"a", "1"}, {"b", "3"}}));
}

TEST(Metrics, RefreshesBeforeEachExposition) {
  Metrics metrics;
  int refreshed = 0;
  metrics.OnExpose([&] { metrics.AddGauge("refreshed", "R.").Set(++refreshed); });
  EXPECT_THAT(metrics.Expose(), HasSubstr("\nrefreshed 1\n"));
  EXPECT_THAT(metrics.Expose(), HasSubstr("\nrefreshed 2\n"));
}

TEST(Metrics, CountsFromSeveralThreads) {
  Metrics metrics;
  auto& counter = metrics.AddCounter("c_total", "C.");
  auto& histogram = metrics.AddHistogram("h_seconds", "H.", {1});
  const auto work = [&] {
    for (int i = 0; i < 10'000; ++i) {
      counter.Increment();
      histogram.Observe(1);
    }
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(counter.value(), 20'000u);
  EXPECT_EQ(histogram.bucket(0), 20'000u);
  EXPECT_EQ(histogram.sum(), 20'000);
}

TEST(MetricsDeathTest, RefusesANameOfAnotherKind) {
  Metrics metrics;
  metrics.AddCounter("c_total", "C.");
  EXPECT_DEATH(metrics.AddGauge("c_total", "C."), "another kind");
}

}  // namespace
}  // namespace tierline::observe
