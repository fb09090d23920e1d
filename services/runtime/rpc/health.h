#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <grpcpp/completion_queue.h>

#include "grpc/health/v1/health.pb.h"
#include "runtime/rpc/descriptor_service.h"

// grpc.health.v1 on the server's own queue. gRPC's default health service brings two threads that
// poll beside ours, which costs every call half as much again. For the sources of this room only:
// it includes gRPC.

namespace tierline::rpc {

class Health {
 public:
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;

  static constexpr std::string_view kService = "grpc.health.v1.Health";
  static constexpr int kWatchesMax = 64;

  ~Health();

  // Before Start: the service that has this name, or "" for the server as a whole.
  void Add(std::string_view service) { names_.emplace_back(service); }

  // SERVICE_UNKNOWN for a name that was not added.
  Status StatusOf(std::string_view service) const;
  grpc::health::v1::HealthListResponse List() const;

  // Serves Watch, whose index in `service` is `watch`, until Close.
  void Start(DescriptorService* service, int watch, grpc::ServerCompletionQueue* queue);
  // All turn SERVING or NOT_SERVING; those who watch are told.
  void SetServing(bool serving);
  // Ends the watches and begins no more. The queue is to be polled until idle().
  void Close();
  bool idle() const { return watches_.empty(); }

 private:
  class Watch;
  void ArmNext();

  std::vector<std::string> names_;
  bool serving_ = false;
  bool closed_ = false;
  DescriptorService* service_ = nullptr;
  int watch_index_ = 0;
  grpc::ServerCompletionQueue* queue_ = nullptr;
  std::unordered_set<Watch*> watches_;  // the armed one too
};

}  // namespace tierline::rpc
