#include "runtime/rpc/server.h"

#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/security/server_credentials.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/text.h"
#include "google/rpc/error_details.pb.h"
#include "runtime/observe/log.h"
#include "runtime/rpc/forwarder.h"
#include "runtime/rpc/server_core.h"
#include "runtime/rpc/stream_call.h"

namespace tierline::rpc {
namespace {

// How many calls of one method gRPC may fill before we look: it starts with the first and doubles
// with every burst that uses them up. A burst of more waits inside gRPC, which costs it a lock and
// a list each.
constexpr int kArmedAtFirst = 4;
constexpr int kArmedMax = 128;

// What the last answers have to reach their clients, before the connections are cut.
constexpr absl::Duration kLastAnswers = absl::Milliseconds(500);

// gRPC's own lines, in our form.
void LogLine(gpr_log_func_args* args) {
  if (args->severity == GPR_LOG_SEVERITY_ERROR) {
    observe::log::Error("grpc", args->message);
  } else {
    observe::log::Info("grpc", args->message);
  }
}

// Once per process, before the first server is built.
void InitPlugins() {
  static std::once_flag once;
  std::call_once(once, [] {
    gpr_set_log_function(LogLine);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    // Reflection describes what is linked; the details of errors are named by no rpc.
    google::rpc::ErrorInfo::descriptor();
  });
}

int Millis(absl::Duration duration) {
  return static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(duration), 0, INT32_MAX));
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Credentials(const TlsFiles& files) {
  if (!files.configured()) return grpc::InsecureServerCredentials();
  if (files.certificate.empty())
    return absl::InvalidArgumentError("a server with TLS needs a certificate");
  absl::StatusOr<TlsFiles> pem = ReadPem(files);
  if (!pem.ok()) return pem.status();
  grpc::SslServerCredentialsOptions options(
      pem->ca.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                      : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = pem->ca;
  options.pem_key_cert_pairs.push_back({pem->key, pem->certificate});
  return grpc::SslServerCredentials(options);
}

const RpcStatus& ShutDown() {
  static const auto& status = *new RpcStatus{
      .code = absl::StatusCode::kUnavailable,
      .message =
          "the server shut down before it answered; the outcome is unknown, repeat the request",
      .reason = "SHUTTING_DOWN"};
  return status;
}

}  // namespace

int64_t NowNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

RpcStatus AskAnother() {
  return {.code = absl::StatusCode::kUnavailable,
          .message = "the server is shutting down; ask another replica",
          .reason = "SHUTTING_DOWN"};
}

RpcStatus NotServedHere(const Method& method) {
  return {.code = absl::StatusCode::kUnimplemented,
          .message = absl::StrCat(method.name, " is not served here"),
          .reason = "NOT_SERVED_HERE"};
}

Server::Core::Core(ServerOptions options)
    : options_(std::move(options)), streams_(std::make_unique<Streams>(this)) {
  InitPlugins();
  AddGuest(streams_.get());
}

Server::Core::~Core() {
  Shutdown(absl::ZeroDuration(), [] {});
}

DescriptorService* Server::Core::ServiceOf(std::string_view name) {
  for (const auto& service : services_) {
    if (service->name() == name) return service.get();
  }
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(std::string(name));
  if (descriptor == nullptr) return nullptr;
  auto* service = services_.emplace_back(std::make_unique<DescriptorService>(descriptor)).get();
  for (int i = 0; i < descriptor->method_count(); ++i) {
    methods_.push_back(std::make_unique<Method>(service, i, options_.metrics));
  }
  return service;
}

Method* Server::Core::MethodOf(std::string_view service, std::string_view method) {
  DescriptorService* owner = ServiceOf(service);
  const auto found = std::find_if(methods_.begin(), methods_.end(), [&](const auto& one) {
    return one->service == owner && one->name == method;
  });
  if (owner == nullptr || found == methods_.end()) {
    setup_.Update(absl::InvalidArgumentError(
        absl::StrCat("no linked descriptor has the rpc ", ToAbsl(service), "/", ToAbsl(method))));
    return nullptr;
  }
  return found->get();
}

void Server::Core::Handle(std::string_view service, std::string_view method, Handler handler) {
  if (Method* found = MethodOf(service, method)) found->handler = std::move(handler);
}

void Server::Core::HandleStream(std::string_view service, std::string_view method,
                                StreamFactory factory) {
  if (Method* found = MethodOf(service, method)) found->stream_factory = std::move(factory);
}

void Server::Core::HandleHealth() {
  health_.Add("");
  for (const auto& service : services_) health_.Add(service->name());
  Handle(Health::kService, "Check", [this](Call call) {
    grpc::health::v1::HealthCheckRequest request;
    if (!call.Parse(&request)) return;
    grpc::health::v1::HealthCheckResponse response;
    response.set_status(health_.StatusOf(request.service()));
    if (response.status() == grpc::health::v1::HealthCheckResponse::SERVICE_UNKNOWN) {
      return call.Fail(absl::NotFoundError("no service of this name is served here"));
    }
    call.Reply(response);
  });
  Handle(Health::kService, "List", [this](Call call) { call.Reply(health_.List()); });
  for (const auto& method : methods_) method->always |= method->service->name() == Health::kService;
}

// GRPC_ARG_MINIMAL_STACK is left off: it drops the filters of deadlines and of connection age.
void Server::Core::ApplyOptions(grpc::ServerBuilder* builder) const {
  builder->SetMaxReceiveMessageSize(options_.message_bytes_max);
  builder->SetMaxSendMessageSize(options_.message_bytes_max);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Millis(options_.connection_age_max));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                              Millis(options_.connection_age_grace));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Millis(options_.keepalive_time));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Millis(options_.keepalive_timeout));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                              Millis(options_.client_ping_interval_min));
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT,
                              0);  // a second server on the port is a mistake, and fails
}

absl::Status Server::Core::Start() {
  HandleHealth();
  if (!setup_.ok()) return setup_;
  absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> credentials = Credentials(options_.tls);
  if (!credentials.ok()) return credentials.status();
  if (absl::Status listening = Listen(*credentials); !listening.ok()) return listening;
  {
    absl::MutexLock lock(&wake_mutex_);
    queue_open_ = true;
  }
  DescriptorService* health = ServiceOf(Health::kService);
  health_.Start(health, health->descriptor().FindMethodByName("Watch")->index(), queue_.get());
  ArmAll();
  observe::log::Info("rpc", "listening",
                     {{"address", address()}, {"tls", options_.tls.configured()}});
  return absl::OkStatus();
}

absl::Status Server::Core::Listen(const std::shared_ptr<grpc::ServerCredentials>& credentials) {
  grpc::ServerBuilder builder;
  ApplyOptions(&builder);
  builder.AddListeningPort(options_.listen, credentials, &port_);
  for (const auto& service : services_) builder.RegisterService(service.get());
  std::unique_ptr<grpc::ServerCompletionQueue> queue = builder.AddCompletionQueue();
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    port_ = 0;
    return absl::UnavailableError(absl::StrCat("can not listen on ", options_.listen));
  }
  queue_ = std::move(queue);
  return absl::OkStatus();
}

std::string Server::Core::address() const {
  if (options_.listen.find(':') == std::string::npos || options_.listen.rfind("unix:", 0) == 0)
    return options_.listen;
  return absl::StrCat(options_.listen.substr(0, options_.listen.rfind(':')), ":", port_);
}

void Server::Core::ArmAll() {
  for (const auto& method : methods_) {
    const auto* descriptor = method->service->descriptor().method(method->index);
    if (descriptor->client_streaming()) {
      streams_->Arm(method.get());
      continue;
    }
    if (descriptor->server_streaming()) continue;                   // health_ has it
    if (method->handler) method->armed_wanted = kArmedAtFirst / 2;  // Rearm doubles it
    Rearm(method.get());
  }
}

void Server::Core::Rearm(Method* method) {
  if (method->armed == 0 && method->handler)
    method->armed_wanted = std::min(2 * method->armed_wanted, kArmedMax);
  while (method->armed < method->armed_wanted) {
    if (free_.empty())
      free_.push_back(calls_.emplace_back(std::make_unique<CallState>(this)).get());
    CallState* call = free_.back();
    free_.pop_back();
    call->Arm(method);
  }
}

int Server::Core::Drain(absl::Time until) {
  // Calls that a handler answers at once bring new events while we drain: without a bound this
  // might never end.
  const int events_max = 2 * options_.in_flight_max + 16;
  gpr_timespec deadline = ToGprTime(until);
  int events = 0;
  void* tag = nullptr;
  bool ok = false;
  while (events < events_max &&
         queue_->AsyncNext(&tag, &ok, deadline) == grpc::CompletionQueue::GOT_EVENT) {
    static_cast<Event*>(tag)->Complete(ok);
    ++events;
    deadline = gpr_inf_past(GPR_CLOCK_REALTIME);
  }
  return events + RunPosted();
}

// What is posted meanwhile waits for the next Drain, which it wakes.
int Server::Core::RunPosted() {
  std::vector<absl::AnyInvocable<void()>> posted;
  {
    absl::MutexLock lock(&wake_mutex_);
    posted.swap(posted_);
  }
  for (auto& work : posted) work();
  return static_cast<int>(posted.size());
}

void Server::Core::Post(absl::AnyInvocable<void()> work) {
  {
    absl::MutexLock lock(&wake_mutex_);
    posted_.push_back(std::move(work));
  }
  Wake();
}

void Server::Core::Wake() {
  absl::MutexLock lock(&wake_mutex_);
  if (!queue_open_ || wake_.pending.exchange(true, std::memory_order_acq_rel)) return;
  wake_.alarm.Set(queue_.get(), gpr_now(GPR_CLOCK_MONOTONIC), static_cast<Event*>(&wake_));
}

void Server::Core::BeginShutdown() {
  if (refusing_ || server_ == nullptr) return;
  refusing_ = true;
  health_.SetServing(false);
  observe::log::Info("rpc", "refusing new calls", {{"in_flight", in_flight_}});
}

void Server::Core::AbandonAll() {
  for (const auto& call : calls_) {
    if (call->open()) call->Abandon(ShutDown());
  }
  streams_->FinishAll(ShutDown());
}

void Server::Core::Shutdown(absl::Duration grace, absl::FunctionRef<void()> step) {
  if (server_ == nullptr || closed_) return;
  BeginShutdown();
  const absl::Time until = absl::Now() + grace;
  while ((in_flight_ > 0 || finishing_ > 0 || streams_->open() > 0) && absl::Now() < until) {
    streams_->FinishIdle(AskAnother());
    Drain(std::min(until, absl::Now() + absl::Milliseconds(1)));
    step();
  }
  if (in_flight_ > 0 || streams_->open() > 0) {
    observe::log::Warning("rpc", "giving up calls in flight",
                          {{"in_flight", in_flight_}, {"streams", streams_->open()}});
  }
  AbandonAll();
  Close();
}

// Nothing may be begun on a queue that is shut down, and gRPC's Shutdown waits for calls that lie
// in ours: so the queue is drained all the way, and shut down when nothing is left to come.
void Server::Core::Close() {
  closed_ = true;
  health_.Close();
  for (QueueGuest* guest : guests_) guest->CancelAll();
  const absl::Time sent_by = absl::Now() + kLastAnswers;
  while ((finishing_ > 0 || !guests_idle()) && absl::Now() < sent_by)
    Drain(absl::Now() + absl::Milliseconds(1));

  std::atomic<bool> down{false};
  std::thread shutdown([&] {
    server_->Shutdown(gpr_inf_past(GPR_CLOCK_REALTIME));
    down.store(true, std::memory_order_release);
  });
  while (!down.load(std::memory_order_acquire) || armed_ > 0 || finishing_ > 0 || !health_.idle() ||
         !guests_idle()) {
    Drain(absl::Now() + absl::Milliseconds(1));
  }
  shutdown.join();
  {
    absl::MutexLock lock(&wake_mutex_);
    queue_open_ = false;
  }
  queue_->Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) static_cast<Event*>(tag)->Complete(ok);
}

bool Server::Core::guests_idle() const {
  return std::all_of(guests_.begin(), guests_.end(),
                     [](const QueueGuest* guest) { return guest->idle(); });
}

Server::Server(ServerOptions options)
    : forwarder_(std::make_unique<Forwarder>(this, options.peer_tls, options.metrics)) {
  core_ = std::make_unique<Core>(std::move(options));
}
// While the forwarder is still there: what ends may pass something else on.
Server::~Server() {
  core_->Shutdown(absl::ZeroDuration(), [] {});
}

void Server::Handle(std::string_view service, std::string_view method, Handler handler) {
  core_->Handle(service, method, std::move(handler));
}
void Server::HandleStream(std::string_view service, std::string_view method,
                          StreamFactory factory) {
  core_->HandleStream(service, method, std::move(factory));
}
void Server::CallPeer(const std::string& endpoint, std::string_view service,
                      std::string_view method, std::string_view request, Metadata metadata,
                      absl::Time deadline, Answered done) {
  forwarder_->CallPeer(endpoint, service, method, request, std::move(metadata), deadline,
                       std::move(done));
}
absl::Status Server::Start() { return core_->Start(); }
int Server::port() const { return core_->port(); }
std::string Server::address() const { return core_->address(); }
int Server::Drain(absl::Time until) { return core_->Drain(until); }
void Server::Wake() { core_->Wake(); }
void Server::Post(absl::AnyInvocable<void()> work) { core_->Post(std::move(work)); }
void Server::Forward(Call call, const std::string& endpoint) {
  forwarder_->Forward(std::move(call), endpoint);
}
int Server::in_flight() const { return core_->in_flight(); }
void Server::BeginShutdown() { core_->BeginShutdown(); }
void Server::Shutdown(absl::Duration grace, absl::FunctionRef<void()> step) {
  core_->Shutdown(grace, step);
}

}  // namespace tierline::rpc
