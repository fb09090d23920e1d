#pragma once

#include <string>
#include <string_view>

namespace tierline::host {

// Something that takes calls beside gRPC, on a thread of its own, and hands them to the host's by
// rpc::Server::Post. Ends when it is destroyed.
class Listener {
 public:
  virtual ~Listener() = default;

  virtual std::string_view name() const = 0;  // "sip": its key in the port file
  virtual std::string address() const = 0;    // as bound
  // Refuses what is new; what is under way goes on.
  virtual void BeginShutdown() = 0;
  // Requests that are not answered.
  virtual int in_flight() const = 0;
};

}  // namespace tierline::host
