#pragma once

namespace tierline::rpc {

// What a tag of a completion queue points at: whoever polls the queue calls it once per completed
// operation.
class Event {
 public:
  virtual ~Event() = default;
  // `ok` is false when the operation did not happen: the server is shutting down, or the connection
  // is gone.
  virtual void Complete(bool ok) = 0;
};

}  // namespace tierline::rpc
