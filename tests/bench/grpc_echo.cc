// Bare gRPC, the yardstick of ours: servers that echo raw bytes for any method, without any of our
// code, and a client that keeps N calls under way.
//
//   grpc_echo server-async    --port-file F   async generic service, one queue, one thread
//   grpc_echo server-unary    --port-file F   the same with unary calls known by name, as generated
//   code has them: the
//                                             fastest that gRPC 1.51 offers; only /bench.Echo/Echo
//   grpc_echo server-callback --port-file F   callback generic service
//   grpc_echo client --target 127.0.0.1:PORT --in-flight N --seconds S --bytes B [--method
//   /pkg.Service/Method]
//
// A server writes its port to F and ends with SIGTERM. The client prints
// {"qps":…,"p50_us":…,"p99_us":…} of the seconds after one of warming up.

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/rpc_method.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Flags = std::map<std::string, std::string>;

constexpr int kOutstanding = 256;
constexpr char kEchoMethod[] = "/bench.Echo/Echo";

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

std::unique_ptr<grpc::Server> Start(grpc::ServerBuilder* builder, const Flags& flags) {
  int port = 0;
  builder->AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  std::unique_ptr<grpc::Server> server = builder->BuildAndStart();
  if (server == nullptr) std::exit(1);
  const std::string& path = flags.at("--port-file");
  std::ofstream(path + ".new") << port;
  std::rename((path + ".new").c_str(), path.c_str());
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

void ServeAsync(const Flags& flags) {
  grpc::AsyncGenericService service;
  grpc::ServerBuilder builder;
  builder.RegisterAsyncGenericService(&service);
  std::unique_ptr<grpc::ServerCompletionQueue> queue = builder.AddCompletionQueue();
  std::unique_ptr<grpc::Server> server = Start(&builder, flags);
  std::vector<std::unique_ptr<GenericCall>> calls;
  for (int i = 0; i < kOutstanding; ++i)
    calls.push_back(std::make_unique<GenericCall>(&service, queue.get()));
  Poll(queue.get());
}

class EchoService : public grpc::Service {
 public:
  EchoService() {
    AddMethod(new grpc::internal::RpcServiceMethod(kEchoMethod,
                                                   grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodRaw(0);
  }
  using grpc::Service::RequestAsyncUnary;
};

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

void ServeUnary(const Flags& flags) {
  EchoService service;
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  std::unique_ptr<grpc::ServerCompletionQueue> queue = builder.AddCompletionQueue();
  std::unique_ptr<grpc::Server> server = Start(&builder, flags);
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

void ServeCallback(const Flags& flags) {
  CallbackEcho service;
  grpc::ServerBuilder builder;
  builder.RegisterCallbackGenericService(&service);
  Start(&builder, flags)->Wait();
}

struct Load {
  grpc::GenericStub stub;
  std::string method;
  grpc::ByteBuffer request;
  grpc::CompletionQueue queue;
  Clock::time_point measure_from, stop_at;
  std::vector<double> latencies_us;
  int under_way = 0;
  int failed = 0;
};

class ClientCall : public Event {
 public:
  explicit ClientCall(Load* load) : load_(load) { Send(); }

  void Complete(bool) override {
    const Clock::time_point now = Clock::now();
    if (!status_.ok() && load_->failed++ == 0) std::cerr << status_.error_message() << "\n";
    if (sent_ >= load_->measure_from && now < load_->stop_at) {
      load_->latencies_us.push_back(std::chrono::duration<double, std::micro>(now - sent_).count());
    }
    --load_->under_way;
    if (now < load_->stop_at) return Send();
    if (load_->under_way == 0) load_->queue.Shutdown();
  }

 private:
  void Send() {
    ++load_->under_way;
    sent_ = Clock::now();
    reader_.reset();
    context_.emplace();
    reader_ =
        load_->stub.PrepareUnaryCall(&*context_, load_->method, load_->request, &load_->queue);
    reader_->StartCall();
    reader_->Finish(&response_, &status_, static_cast<Event*>(this));
  }

  Load* const load_;
  Clock::time_point sent_;
  std::optional<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader_;
  grpc::ByteBuffer response_;
  grpc::Status status_;
};

std::string Or(const Flags& flags, const std::string& name, const std::string& otherwise) {
  const auto found = flags.find(name);
  return found == flags.end() ? otherwise : found->second;
}

// A valid protobuf message of any type: field 1, a string of `size` bytes.
std::string Payload(size_t size) {
  std::string payload = "\x0a";
  for (size_t left = size;; left >>= 7) {
    payload += static_cast<char>((left & 0x7f) | (left >= 0x80 ? 0x80 : 0));
    if (left < 0x80) break;
  }
  return payload + std::string(size, 'x');
}

int RunClient(const Flags& flags) {
  const int in_flight = std::atoi(Or(flags, "--in-flight", "64").c_str());
  const double seconds = std::atof(Or(flags, "--seconds", "3").c_str());
  const grpc::Slice payload(Payload(std::atoi(Or(flags, "--bytes", "200").c_str())));
  Load load{.stub = grpc::GenericStub(
                grpc::CreateChannel(flags.at("--target"), grpc::InsecureChannelCredentials())),
            .method = Or(flags, "--method", kEchoMethod),
            .request = grpc::ByteBuffer(&payload, 1)};
  load.measure_from = Clock::now() + std::chrono::seconds(1);
  load.stop_at = load.measure_from + std::chrono::duration_cast<Clock::duration>(
                                         std::chrono::duration<double>(seconds));

  std::vector<std::unique_ptr<ClientCall>> calls;
  for (int i = 0; i < in_flight; ++i) calls.push_back(std::make_unique<ClientCall>(&load));
  Poll(&load.queue);

  std::vector<double>& us = load.latencies_us;
  if (load.failed > 0 || us.empty()) {
    std::cerr << load.failed << " calls failed\n";
    return 1;
  }
  std::sort(us.begin(), us.end());
  std::printf("{\"qps\":%.0f,\"p50_us\":%.0f,\"p99_us\":%.0f}\n",
              static_cast<double>(us.size()) / seconds, us[us.size() / 2],
              us[us.size() * 99 / 100]);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  Flags flags;
  for (int i = 2; i + 1 < argc; i += 2) flags[argv[i]] = argv[i + 1];
  if (mode == "client" && flags.contains("--target")) return RunClient(flags);
  if (flags.contains("--port-file")) {
    if (mode == "server-async") ServeAsync(flags);
    if (mode == "server-unary") ServeUnary(flags);
    if (mode == "server-callback") ServeCallback(flags);
  }
  std::cerr << "usage: grpc_echo server-async|server-unary|server-callback --port-file F\n"
               "       grpc_echo client --target HOST:PORT [--in-flight N] [--seconds S] [--bytes "
               "B] [--method M]\n";
  return 2;
}
