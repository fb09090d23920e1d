// Bare gRPC servers, the yardstick of ours: they echo raw bytes, without any of our code.
//
//   grpc_echo async    --port-file F   async generic service, one queue, one thread
//   grpc_echo unary    --port-file F   the same with unary calls known by name, as generated code
//                                      has them: the fastest that gRPC 1.51 offers
//   grpc_echo callback --port-file F   callback generic service
//
// async and callback answer any method, unary only /tierline.bench.Echo/Echo. The port is written
// to F; SIGTERM ends it.

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_unary_call.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "tests/bench/echo_service.h"

namespace {

using tierline::bench::EchoService;

constexpr int kOutstanding = 256;

class Event {
 public:
  virtual ~Event() = default;
  virtual void Complete(bool ok) = 0;
};

void Poll(grpc::CompletionQueue* queue) {
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) static_cast<Event*>(tag)->Complete(ok);
}

std::unique_ptr<grpc::Server> Start(grpc::ServerBuilder* builder, const std::string& port_file) {
  int port = 0;
  builder->AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  std::unique_ptr<grpc::Server> server = builder->BuildAndStart();
  if (server == nullptr) std::exit(1);
  std::ofstream(port_file + ".new") << port;
  std::rename((port_file + ".new").c_str(), port_file.c_str());
  return server;
}

class GenericCall : public Event {
 public:
  GenericCall(grpc::AsyncGenericService* service, grpc::ServerCompletionQueue* queue)
      : service_(service), queue_(queue) {
    Arm();
  }

  void Complete(bool ok) override {
    switch (step_++) {
      case 0:
        if (!ok) return;  // shutting down
        return stream_->Read(&bytes_, this);
      case 1:
        if (!ok) return stream_->Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, ""), this);
        return stream_->WriteAndFinish(bytes_, {}, grpc::Status::OK, this);
      default:
        Arm();
    }
  }

 private:
  void Arm() {
    step_ = 0;
    stream_.reset();
    context_.emplace();
    stream_.emplace(&*context_);
    service_->RequestCall(&*context_, &*stream_, queue_, queue_, this);
  }

  grpc::AsyncGenericService* const service_;
  grpc::ServerCompletionQueue* const queue_;
  std::optional<grpc::GenericServerContext> context_;
  std::optional<grpc::GenericServerAsyncReaderWriter> stream_;
  grpc::ByteBuffer bytes_;
  int step_ = 0;
};

void ServeAsync(const std::string& port_file) {
  grpc::AsyncGenericService service;
  grpc::ServerBuilder builder;
  builder.RegisterAsyncGenericService(&service);
  std::unique_ptr<grpc::ServerCompletionQueue> queue = builder.AddCompletionQueue();
  std::unique_ptr<grpc::Server> server = Start(&builder, port_file);
  std::vector<std::unique_ptr<GenericCall>> calls;
  for (int i = 0; i < kOutstanding; ++i)
    calls.push_back(std::make_unique<GenericCall>(&service, queue.get()));
  Poll(queue.get());
}

class UnaryCall : public Event {
 public:
  UnaryCall(EchoService* service, grpc::ServerCompletionQueue* queue)
      : service_(service), queue_(queue) {
    Arm();
  }

  void Complete(bool ok) override {
    if (!ok) return;
    answered_ = !answered_;
    if (!answered_) return Arm();
    writer_->Finish(bytes_, grpc::Status::OK, this);
  }

 private:
  void Arm() {
    writer_.reset();
    context_.emplace();
    writer_.emplace(&*context_);
    service_->RequestAsyncUnary(0, &*context_, &bytes_, &*writer_, queue_, queue_, this);
  }

  EchoService* const service_;
  grpc::ServerCompletionQueue* const queue_;
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>> writer_;
  grpc::ByteBuffer bytes_;
  bool answered_ = false;
};

void ServeUnary(const std::string& port_file) {
  EchoService service;
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  std::unique_ptr<grpc::ServerCompletionQueue> queue = builder.AddCompletionQueue();
  std::unique_ptr<grpc::Server> server = Start(&builder, port_file);
  std::vector<std::unique_ptr<UnaryCall>> calls;
  for (int i = 0; i < kOutstanding; ++i)
    calls.push_back(std::make_unique<UnaryCall>(&service, queue.get()));
  Poll(queue.get());
}

class EchoReactor : public grpc::ServerGenericBidiReactor {
 public:
  EchoReactor() { StartRead(&bytes_); }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, ""));
    StartWriteAndFinish(&bytes_, {}, grpc::Status::OK);
  }
  void OnDone() override { delete this; }

 private:
  grpc::ByteBuffer bytes_;
};

class CallbackEcho : public grpc::CallbackGenericService {
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    return new EchoReactor;
  }
};

void ServeCallback(const std::string& port_file) {
  CallbackEcho service;
  grpc::ServerBuilder builder;
  builder.RegisterCallbackGenericService(&service);
  Start(&builder, port_file)->Wait();
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as the server does
  const std::string kind = argc > 1 ? argv[1] : "";
  if (argc == 4 && std::string(argv[2]) == "--port-file") {
    if (kind == "async") ServeAsync(argv[3]);
    if (kind == "unary") ServeUnary(argv[3]);
    if (kind == "callback") ServeCallback(argv[3]);
  }
  std::cerr << "usage: grpc_echo async|unary|callback --port-file F\n";
  return 2;
}
