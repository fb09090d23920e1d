#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Metrics in the Prometheus data model. A handle is looked up once, at start, and lives as long as
// its Metrics:
//
//   auto& opened = metrics.AddCounter("tierline_inquiries_opened_total", "Inquiries opened.",
//   {{"channel", "call"}}); opened.Increment();                                     // any thread,
//   a few nanoseconds, no lock std::string page = metrics.Expose();                    // text
//   format 0.0.4
//
// Names: prefix tierline_, base units (_seconds, _bytes), counters end in _total. Label values are
// bounded sets: never an id, an office or a number of a caller.

namespace tierline::observe {

// Only grows.
class Counter {
 public:
  void Increment(uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

class Gauge {
 public:
  void Set(double value) { value_.store(value, std::memory_order_relaxed); }
  void Add(double by) { value_.fetch_add(by, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// Counts observations in buckets: bucket i holds those in (bounds[i-1], bounds[i]], the last one
// what is greater. A reader may see an observation in its bucket and not yet in the sum.
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds);

  void Observe(double value);

  const std::vector<double>& bounds() const { return bounds_; }
  uint64_t bucket(size_t i) const {
    return buckets_[i].load(std::memory_order_relaxed);
  }  // not cumulative
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<double> bounds_;
  const std::unique_ptr<std::atomic<uint64_t>[]> buckets_;  // one more than bounds_
  std::atomic<double> sum_{0};
};

// 5 ms to 10 s, as OpenTelemetry has them for the duration of calls.
const std::vector<double>& LatencyBounds();

using Labels = std::vector<std::pair<std::string, std::string>>;

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The metric of this name and these labels, created with the first call. A name has one kind, one
  // help text and, for a histogram, one set of bounds; anything else is a mistake in the program
  // and aborts. Thread-safe.
  Counter& AddCounter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& AddGauge(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& AddHistogram(std::string_view name, std::string_view help,
                          const std::vector<double>& bounds, const Labels& labels = {});

  // Runs before each exposition, on its thread: sets gauges that cost something to measure.
  void OnExpose(std::function<void()> refresh);

  // All metrics as text (Prometheus exposition format 0.0.4). Thread-safe.
  std::string Expose() const;

 private:
  class Families;
  std::unique_ptr<Families> families_;
};

}  // namespace tierline::observe
