#include "runtime/rpc/descriptor_service.h"

#include <grpcpp/impl/rpc_service_method.h>

#include "absl/strings/str_cat.h"

namespace tierline::rpc {

DescriptorService::DescriptorService(const google::protobuf::ServiceDescriptor* descriptor)
    : descriptor_(descriptor) {
  using grpc::internal::RpcMethod;
  paths_.reserve(descriptor->method_count());
  for (int i = 0; i < descriptor->method_count(); ++i) {
    const google::protobuf::MethodDescriptor& method = *descriptor->method(i);
    paths_.push_back(absl::StrCat("/", descriptor->full_name(), "/", method.name()));
    const RpcMethod::RpcType type = method.client_streaming()   ? RpcMethod::BIDI_STREAMING
                                    : method.server_streaming() ? RpcMethod::SERVER_STREAMING
                                                                : RpcMethod::NORMAL_RPC;
    AddMethod(new grpc::internal::RpcServiceMethod(paths_.back().c_str(), type, nullptr));
    MarkMethodRaw(i);
  }
}

}  // namespace tierline::rpc
