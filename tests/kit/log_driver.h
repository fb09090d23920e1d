#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/record.h"
#include "runtime/log/event_log.h"

// What tests do with a log: append values, poll until something is true, read values back.

namespace tierline::testing {

inline constexpr absl::Duration kPatience = absl::Seconds(30);

// Polls until `done`, at most kPatience long; whether it was.
inline bool PollUntil(log::EventLog& log, const std::function<bool()>& done) {
  const absl::Time deadline = absl::Now() + kPatience;
  while (!done()) {
    if (absl::Now() > deadline) return false;
    log.Poll(absl::Milliseconds(10));
  }
  return true;
}

// A record of which only the value matters. The views live as long as `value`.
inline RecordView RecordOf(std::string_view value) {
  return {.id = MakeUuidV7(1, 2, 3),
          .type = "tierline.test.v1",
          .subject = "subject",
          .time_ms = 1,
          .value = value};
}

inline std::vector<RecordView> RecordsOf(const std::vector<std::string>& values) {
  std::vector<RecordView> records;
  for (const std::string& value : values) records.push_back(RecordOf(value));
  return records;
}

// Appends `values` and waits; the error of Append or of the delivery.
inline absl::Status AppendAndWait(log::EventLog& log, log::TopicPartition to,
                                  const std::vector<std::string>& values) {
  absl::Status delivery;
  bool done = false;
  absl::Status queued = log.Append(to, RecordsOf(values), [&](absl::Status status) {
    delivery = std::move(status);
    done = true;
  });
  if (!queued.ok()) return queued;
  if (!PollUntil(log, [&] { return done; })) return absl::DeadlineExceededError("no delivery");
  return delivery;
}

// The values from offset `from` to the end.
inline absl::StatusOr<std::vector<std::string>> ValuesFrom(log::EventLog& log,
                                                           log::TopicPartition of, Offset from) {
  std::vector<std::string> values;
  for (;;) {
    absl::StatusOr<Offset> next = log.Read(of, from, 1000, [&](Offset, const RecordView& record) {
      values.emplace_back(record.value);
      return true;
    });
    if (!next.ok()) return next.status();
    if (*next == from) return values;
    from = *next;
  }
}

}  // namespace tierline::testing
