#pragma once

#include <grpcpp/completion_queue.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>

#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "runtime/rpc/event.h"

namespace tierline::rpc {

// A service whose methods come from its descriptor. gRPC's reflection knows it like a generated
// one. It uses what generated code uses (grpc::internal::RpcServiceMethod), and so is tied to
// gRPC 1.51. For the sources of this room only.
class DescriptorService : public grpc::Service {
 public:
  explicit DescriptorService(const google::protobuf::ServiceDescriptor* descriptor);

  const std::string& name() const { return descriptor_->full_name(); }
  const google::protobuf::ServiceDescriptor& descriptor() const { return *descriptor_; }

  // Asks gRPC for one call of the unary method `index`. `tag` completes when there is one, or with
  // false when the server shuts down.
  void RequestUnary(int index, grpc::ServerContext* context, grpc::ByteBuffer* request,
                    grpc::internal::ServerAsyncStreamingInterface* writer,
                    grpc::ServerCompletionQueue* queue, Event* tag) {
    RequestAsyncUnary(index, context, request, writer, queue, queue, tag);
  }
  // The same for a method with a stream of responses.
  void RequestStream(int index, grpc::ServerContext* context, grpc::ByteBuffer* request,
                     grpc::internal::ServerAsyncStreamingInterface* writer,
                     grpc::ServerCompletionQueue* queue, Event* tag) {
    RequestAsyncServerStreaming(index, context, request, writer, queue, queue, tag);
  }

  // The same for a method with streams both ways.
  void RequestBidi(int index, grpc::ServerContext* context,
                   grpc::internal::ServerAsyncStreamingInterface* stream,
                   grpc::ServerCompletionQueue* queue, Event* tag) {
    RequestAsyncBidiStreaming(index, context, stream, queue, queue, tag);
  }

 private:
  const google::protobuf::ServiceDescriptor* const descriptor_;
  std::vector<std::string> paths_;  // gRPC keeps pointers to them
};

}  // namespace tierline::rpc
