#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "runtime/rpc/status.h"

// Serves rpcs with a stream in both directions, on the server's own queue and thread.
//
//   server.HandleStream("…RoutingService", "ReportCalls", [&](std::shared_ptr<Stream> stream) {
//     return std::make_shared<Reports>(std::move(stream), …);   // a StreamHandler
//   });
//
// The handler is the brake: a request is read only when it asks for one with Read, so a client that
// sends faster than it is served waits in its own Write (HTTP/2 flow control), and nothing piles up
// here.

namespace google::protobuf {
class MessageLite;
}

namespace tierline::rpc {

// One stream as its handler sees it. Whoever still owes it an answer keeps it; once the client has
// gone or the server has closed, all of it does nothing.
class Stream {
 public:
  virtual ~Stream() = default;

  // First value of the metadata `key` (lower case), or empty; valid in the handler's factory only.
  virtual std::string_view metadata(std::string_view key) const = 0;
  virtual absl::Time deadline() const = 0;  // InfiniteFuture when the client set none

  // Asks for the next request; OnRequest or OnEnd follows, once. No more while one is asked for,
  // and nothing once the server has begun to shut down.
  virtual void Read() = 0;
  // Sends `response`. One at a time: not while writing(); OnWritten follows.
  virtual void Write(const google::protobuf::MessageLite& response) = 0;
  virtual bool writing() const = 0;
  // Ends the stream after what is being written.
  virtual void Finish(const RpcStatus& status) = 0;
};

// What happens on a stream. Called on the server's thread, never from within a call to Stream.
class StreamHandler {
 public:
  virtual ~StreamHandler() = default;
  // `request` is valid during the call.
  virtual void OnRequest(std::string_view request) = 0;
  // The client sends no more; it may still read.
  virtual void OnEnd() = 0;
  virtual void OnWritten() = 0;
  // Requests taken whose answers were not handed to Write. A server that shuts down reads no more
  // for the handler, waits until this is 0, and ends the stream with UNAVAILABLE.
  virtual int in_flight() const { return 0; }
};

// Makes the handler of a stream that has begun, and asks for its first request with Read.
using StreamFactory =
    absl::AnyInvocable<std::shared_ptr<StreamHandler>(const std::shared_ptr<Stream>& stream)>;

// Streams at a time, of all methods; those beyond are refused with RESOURCE_EXHAUSTED.
inline constexpr int kStreamsMax = 64;

}  // namespace tierline::rpc
