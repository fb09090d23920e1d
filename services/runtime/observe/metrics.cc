#include "runtime/observe/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <map>
#include <sstream>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "runtime/observe/log.h"

namespace tierline::observe {
namespace {

template <typename T>
constexpr prometheus::MetricType kType = prometheus::MetricType::Untyped;
template <>
constexpr prometheus::MetricType kType<Counter> = prometheus::MetricType::Counter;
template <>
constexpr prometheus::MetricType kType<Gauge> = prometheus::MetricType::Gauge;
template <>
constexpr prometheus::MetricType kType<Histogram> = prometheus::MetricType::Histogram;

void Collect(const Counter& counter, prometheus::ClientMetric* out) {
  out->counter.value = static_cast<double>(counter.value());
}

void Collect(const Gauge& gauge, prometheus::ClientMetric* out) {
  out->gauge.value = gauge.value();
}

void Collect(const Histogram& histogram, prometheus::ClientMetric* out) {
  uint64_t cumulative = 0;
  for (size_t i = 0; i <= histogram.bounds().size(); ++i) {
    cumulative += histogram.bucket(i);
    const double bound = i < histogram.bounds().size() ? histogram.bounds()[i]
                                                       : std::numeric_limits<double>::infinity();
    out->histogram.bucket.push_back({.cumulative_count = cumulative, .upper_bound = bound});
  }
  out->histogram.sample_count = cumulative;
  out->histogram.sample_sum = histogram.sum();
}

struct Family {
  std::string help;
  prometheus::MetricType type;
  std::map<Labels, std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>,
                                std::unique_ptr<Histogram>>>
      metrics;
};

[[noreturn]] void Die(std::string_view name, std::string_view what) {
  log::Error("metrics", what, {{"metric", name}});
  std::abort();
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), buckets_(new std::atomic<uint64_t>[bounds_.size() + 1] {}) {}

void Histogram::Observe(double value) {
  size_t i = 0;  // few buckets, and most values fall into the first ones
  while (i < bounds_.size() && value > bounds_[i]) ++i;
  buckets_[i].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

const std::vector<double>& LatencyBounds() {
  static const auto& bounds = *new std::vector<double>{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
                                                       0.5,   0.75, 1,     2.5,  5,     7.5, 10};
  return bounds;
}

class Metrics::Families {
 public:
  template <typename T, typename... Args>
  T& Add(std::string_view name, std::string_view help, Labels labels, const Args&... args) {
    std::sort(labels.begin(), labels.end());
    absl::MutexLock lock(&mutex_);
    auto [entry, fresh] = families_.try_emplace(std::string(name));
    Family& family = entry->second;
    if (fresh) {
      family.help = std::string(help);
      family.type = kType<T>;
    }
    if (family.type != kType<T> || family.help != help)
      Die(name, "metric of another kind or help has this name");
    auto& metric = family.metrics[std::move(labels)];
    if (!std::holds_alternative<std::unique_ptr<T>>(metric) ||
        std::get<std::unique_ptr<T>>(metric) == nullptr) {
      metric = std::make_unique<T>(args...);
    }
    return *std::get<std::unique_ptr<T>>(metric);
  }

  void OnExpose(std::function<void()> refresh) {
    absl::MutexLock lock(&mutex_);
    refreshes_.push_back(std::move(refresh));
  }

  std::string Expose() {
    std::vector<std::function<void()>> refreshes;
    {
      absl::MutexLock lock(&mutex_);
      refreshes = refreshes_;
    }
    for (const auto& refresh : refreshes) refresh();  // unlocked: they may add metrics
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, Snapshot());
    return out.str();
  }

 private:
  std::vector<prometheus::MetricFamily> Snapshot() {
    absl::MutexLock lock(&mutex_);
    std::vector<prometheus::MetricFamily> snapshot;
    for (const auto& [name, family] : families_) {
      prometheus::MetricFamily out;
      out.name = name;
      out.help = family.help;
      out.type = family.type;
      for (const auto& [labels, metric] : family.metrics) {
        prometheus::ClientMetric& one = out.metric.emplace_back();
        for (const auto& [label, value] : labels)
          one.label.push_back({.name = label, .value = value});
        std::visit([&](const auto& held) { Collect(*held, &one); }, metric);
      }
      snapshot.push_back(std::move(out));
    }
    return snapshot;
  }

  absl::Mutex mutex_;
  std::map<std::string, Family> families_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::function<void()>> refreshes_ ABSL_GUARDED_BY(mutex_);
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::AddCounter(std::string_view name, std::string_view help, const Labels& labels) {
  return families_->Add<Counter>(name, help, labels);
}

Gauge& Metrics::AddGauge(std::string_view name, std::string_view help, const Labels& labels) {
  return families_->Add<Gauge>(name, help, labels);
}

Histogram& Metrics::AddHistogram(std::string_view name, std::string_view help,
                                 const std::vector<double>& bounds, const Labels& labels) {
  auto& histogram = families_->Add<Histogram>(name, help, labels, bounds);
  if (histogram.bounds() != bounds) Die(name, "histogram with other bounds has this name");
  return histogram;
}

void Metrics::OnExpose(std::function<void()> refresh) { families_->OnExpose(std::move(refresh)); }

std::string Metrics::Expose() const { return families_->Expose(); }

}  // namespace tierline::observe
