#pragma once

#include <grpcpp/impl/rpc_method.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>

// One unary method known by name, as generated code has it, on raw bytes.

namespace tierline::bench {

inline constexpr char kEchoMethod[] = "/tierline.bench.Echo/Echo";

class EchoService : public grpc::Service {
 public:
  EchoService() {
    AddMethod(new grpc::internal::RpcServiceMethod(kEchoMethod,
                                                   grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodRaw(0);
  }
  using grpc::Service::RequestAsyncUnary;
};

}  // namespace tierline::bench
