#include "runtime/observe/admin_server.h"

#include <httplib.h>

#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "runtime/observe/log.h"

namespace tierline::observe {
namespace {

int64_t SteadyNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Requests run on the thread that accepts them: four small pages need no pool.
class InlineQueue : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> task) override { task(); }
  void shutdown() override {}
};

// httplib would share the port with a second server (SO_REUSEPORT); that is a mistake, and must
// fail.
void ReuseAddress(socket_t socket) {
  const int yes = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}

// A client that sends nothing holds the only thread this long.
constexpr time_t kIoSeconds = 1;

struct HostPort {
  std::string host;
  int port = 0;
};

std::optional<HostPort> SplitAddress(std::string_view address) {
  const size_t colon = address.rfind(':');
  HostPort split;
  if (colon == std::string_view::npos ||
      !absl::SimpleAtoi(ToAbsl(address.substr(colon + 1)), &split.port) || split.port < 0 ||
      split.port > 65535) {
    return std::nullopt;
  }
  split.host = std::string(address.substr(0, colon));
  if (split.host.size() > 2 && split.host.front() == '[' && split.host.back() == ']') {
    split.host = split.host.substr(1, split.host.size() - 2);
  }
  if (split.host.empty()) split.host = "0.0.0.0";
  return split;
}

}  // namespace

void Heartbeat::Beat() { beat_ns_.store(SteadyNanos(), std::memory_order_relaxed); }

absl::Duration Heartbeat::Age() const {
  return absl::Nanoseconds(SteadyNanos() - beat_ns_.load(std::memory_order_relaxed));
}

class AdminServer::Core {
 public:
  explicit Core(Options options) : options_(std::move(options)) {}

  void AddReadyCheck(std::string_view name, std::function<absl::Status()> check) {
    checks_.emplace_back(name, std::move(check));
  }
  void AddStatus(std::string_view name, std::function<std::string()> json) {
    statuses_.emplace_back(name, std::move(json));
  }

  absl::Status Start() {
    const std::optional<HostPort> address = SplitAddress(options_.listen);
    if (!address)
      return absl::InvalidArgumentError(
          absl::StrCat("admin address is not host:port: ", options_.listen));
    Route();
    port_ = address->port == 0
                ? http_.bind_to_any_port(address->host)
                : (http_.bind_to_port(address->host, address->port) ? address->port : -1);
    if (port_ <= 0) {
      port_ = 0;
      return absl::UnavailableError(
          absl::StrCat("can not listen on ", options_.listen, " (admin)"));
    }
    thread_ = std::thread([this] { http_.listen_after_bind(); });
    return absl::OkStatus();
  }

  void Stop() {
    if (!thread_.joinable()) return;
    // stop() is lost on a server that does not run yet, and the join would then wait for ever.
    while (!http_.is_running()) std::this_thread::yield();
    http_.stop();
    thread_.join();
  }

  void SetDraining() { draining_.store(true, std::memory_order_relaxed); }
  int port() const { return port_; }

 private:
  using Request = httplib::Request;
  using Response = httplib::Response;

  void Route() {
    http_.new_task_queue = [] { return new InlineQueue; };
    http_.set_socket_options(ReuseAddress);
    http_.set_keep_alive_max_count(1);
    http_.set_read_timeout(kIoSeconds);
    http_.set_write_timeout(kIoSeconds);
    http_.set_payload_max_length(1024);
    http_.Get("/metrics", [this](const Request&, Response& out) {
      out.set_content(options_.metrics == nullptr ? "" : options_.metrics->Expose(),
                      "text/plain; version=0.0.4; charset=utf-8");
    });
    http_.Get("/livez", [this](const Request&, Response& out) { Livez(&out); });
    http_.Get("/readyz",
              [this](const Request& in, Response& out) { Readyz(in.has_param("verbose"), &out); });
    http_.Get("/statusz", [this](const Request&, Response& out) { Statusz(&out); });
  }

  void Livez(Response* out) const {
    const absl::Duration age =
        options_.heartbeat == nullptr ? absl::ZeroDuration() : options_.heartbeat->Age();
    const bool alive = age <= options_.heartbeat_age_max;
    out->status = alive ? 200 : 503;
    out->set_content(
        alive ? "ok\n" : absl::StrCat("no heartbeat for ", absl::FormatDuration(age), "\n"),
        "text/plain");
  }

  void Readyz(bool verbose, Response* out) const {
    std::string all, failed;
    const auto say = [&](std::string_view name, const absl::Status& status) {
      const std::string line =
          status.ok() ? absl::StrCat("[+] ", ToAbsl(name), " ok\n")
                      : absl::StrCat("[-] ", ToAbsl(name), " ", status.message(), "\n");
      all += line;
      if (!status.ok()) failed += line;
    };
    say("accepting", draining_.load(std::memory_order_relaxed)
                         ? absl::UnavailableError("shutting down")
                         : absl::OkStatus());
    for (const auto& [name, check] : checks_) say(name, check());
    out->status = failed.empty() ? 200 : 503;
    out->set_content(verbose ? all : failed.empty() ? "ok\n" : failed, "text/plain");
  }

  void Statusz(Response* out) const {
    std::string json = "{";
    for (const auto& [name, callback] : statuses_) {
      if (json.size() > 1) json += ",";
      absl::StrAppend(&json, log::JsonString(name), ":", callback());
    }
    out->set_content(json + "}\n", "application/json");
  }

  const Options options_;
  std::vector<std::pair<std::string, std::function<absl::Status()>>> checks_;
  std::vector<std::pair<std::string, std::function<std::string()>>> statuses_;
  std::atomic<bool> draining_{false};
  httplib::Server http_;
  int port_ = 0;
  std::thread thread_;
};

AdminServer::AdminServer(Options options) : core_(std::make_unique<Core>(std::move(options))) {}
AdminServer::~AdminServer() { Stop(); }

void AdminServer::AddReadyCheck(std::string_view name, std::function<absl::Status()> check) {
  core_->AddReadyCheck(name, std::move(check));
}
void AdminServer::AddStatus(std::string_view name, std::function<std::string()> json) {
  core_->AddStatus(name, std::move(json));
}
absl::Status AdminServer::Start() { return core_->Start(); }
void AdminServer::Stop() { core_->Stop(); }
void AdminServer::SetDraining() { core_->SetDraining(); }
int AdminServer::port() const { return core_->port(); }

}  // namespace tierline::observe
