#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/rpc/status.h"

// The client's end of a rpc with streams both ways; Channel::OpenStream makes it.
//
//   auto stream = channel->OpenStream("…RoutingService", "ReportCalls", {.deadline = …});
//   stream->Write(request);  …  stream->EndWrites();
//   while (stream->Read(&response)) …
//   rpc::RpcStatus status = stream->Finish();
//
// It blocks: Write waits while the server does not read. One thread may write while another reads.

namespace google::protobuf {
class MessageLite;
}

namespace tierline::rpc {

class ClientStream {
 public:
  virtual ~ClientStream() = default;
  // False: the stream has ended; Finish says why.
  virtual bool Write(const google::protobuf::MessageLite& request) = 0;
  virtual bool EndWrites() = 0;
  // False: the server sends no more, or what it sent is no such message.
  virtual bool Read(google::protobuf::MessageLite* response) = 0;
  // After the last Read.
  virtual RpcStatus Finish() = 0;
  // Ends it now, from any thread.
  virtual void Cancel() = 0;
};

}  // namespace tierline::rpc
