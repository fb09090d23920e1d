#pragma once

#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "runtime/partition/partitions.h"
#include "runtime/rpc/server.h"

namespace tierline::rpc {

// Answers `call` with `response` after `fill(&response)` completed it, beside the loop. `fill` must
// not touch anything that the loop does; it returns a status. A call whose deadline has passed, or
// for which there is no room, is refused.
template <typename Response, typename Fill>
void ReplyAside(partition::Partitions* partitions, Call call, Response response, Fill fill) {
  // Shared, so that the call can still be refused when there is no room.
  auto waiting = std::make_shared<Call>(std::move(call));
  const bool room =
      partitions->aside().Run([waiting, response = std::move(response), fill = std::move(fill),
                               deadline = waiting->deadline()]() mutable -> partition::Aside::Then {
        const absl::Status status =
            absl::Now() < deadline
                ? fill(&response)
                : absl::DeadlineExceededError("the deadline passed before the log was read");
        return [waiting = std::move(waiting), response = std::move(response), status] {
          if (!status.ok()) return waiting->Fail(status);
          waiting->Reply(response);
        };
      });
  if (!room)
    waiting->Fail(absl::ResourceExhaustedError("too many readers of old records; retry later"));
}

}  // namespace tierline::rpc
