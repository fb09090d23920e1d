#include "tests/chaos/proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/numbers.h"

namespace tierline::chaos {
namespace {

constexpr int kTickMs = 20;              // how soon a change of the weather is noticed
constexpr size_t kWaitingMax = 1 << 20;  // then the sender has to wait
constexpr size_t kClientIdAt = 4 + 2 + 2 + 4;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int Tcp() { return socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

void SendAtOnce(int fd) {
  const int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

// The other side is told of a reset, not of an orderly end.
void Reset(int fd) {
  if (fd < 0) return;
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(fd);
}

// The client id in the beginning of a request; false when it is not there yet.
bool ReadClientId(const std::string& bytes, std::string* client) {
  if (bytes.size() < kClientIdAt + 2) return false;
  uint16_t length = 0;
  std::memcpy(&length, bytes.data() + kClientIdAt, sizeof length);
  length = ntohs(length);
  if (length == 0xffff) length = 0;  // null
  if (bytes.size() < kClientIdAt + 2 + length) return false;
  *client = bytes.substr(kClientIdAt + 2, length);
  if (client->empty()) *client = "nobody";
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Proxy>> Proxy::Listen(int brokers) {
  std::unique_ptr<Proxy> proxy(new Proxy);
  for (int i = 0; i < brokers; ++i) {
    const int fd = Tcp();
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof address;
    if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(fd, 128) != 0 ||
        getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      return absl::ErrnoToStatus(errno, "a port for the proxy");
    }
    proxy->listeners_.push_back(fd);
    proxy->ports_.push_back(ntohs(address.sin_port));
  }
  return proxy;
}

void Proxy::Serve(const std::vector<std::string>& brokers) {
  for (const std::string& broker : brokers) {
    int port = 0;
    (void)absl::SimpleAtoi(broker.substr(broker.rfind(':') + 1), &port);
    targets_.push_back(port);
  }
  thread_ = std::thread([this] { Run(); });
}

Proxy::~Proxy() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  for (const auto& connection : connections_) {
    Reset(connection->up.from);
    Reset(connection->up.to);
  }
  for (const int fd : listeners_) close(fd);
}

int Proxy::Set(const std::string& client, Weather weather) {
  absl::MutexLock lock(&mutex_);
  weather_[client] = weather;
  return connected_[client];
}

Proxy::Weather Proxy::WeatherOf(const std::string& client) {
  absl::MutexLock lock(&mutex_);
  const auto found = weather_.find(client);
  return found == weather_.end() ? Weather::kFair : found->second;
}

void Proxy::Accept(size_t broker) {
  const int from = accept4(listeners_[broker], nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (from < 0) return;
  const int to = Tcp();
  const sockaddr_in address = Loopback(targets_[broker]);
  // Over loopback a connection is made or refused at once, or as soon as it is written to.
  const int made = connect(to, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (to < 0 || (made != 0 && errno != EINPROGRESS)) {
    Reset(from);
    Reset(to);
    return;
  }
  SendAtOnce(from);
  SendAtOnce(to);
  auto connection = std::make_unique<Connection>();
  connection->up = {.from = from, .to = to};
  connection->down = {.from = to, .to = from};
  connections_.push_back(std::move(connection));
}

bool Proxy::Move(Flow* flow, bool readable) {
  char buffer[64 << 10];
  if (readable && !flow->ended && flow->waiting.size() < kWaitingMax) {
    const ssize_t got = recv(flow->from, buffer, sizeof buffer, 0);
    if (got == 0) flow->ended = true;
    if (got < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (got > 0) flow->waiting.append(buffer, static_cast<size_t>(got));
  }
  if (!flow->waiting.empty()) {
    const ssize_t sent = send(flow->to, flow->waiting.data(), flow->waiting.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (sent > 0) flow->waiting.erase(0, static_cast<size_t>(sent));
  }
  return !(flow->ended && flow->waiting.empty());
}

bool Proxy::Carry(Connection* connection, short up_events, short down_events) {
  constexpr short kReadable = POLLIN | POLLHUP | POLLERR;
  if (connection->client.empty()) {
    char buffer[256];
    const ssize_t seen = recv(connection->up.from, buffer, sizeof buffer, MSG_PEEK);
    if (seen == 0 || (seen < 0 && errno != EAGAIN && errno != EINTR)) return false;
    const std::string bytes(buffer, static_cast<size_t>(std::max<ssize_t>(seen, 0)));
    if (!ReadClientId(bytes, &connection->client)) return true;
    absl::MutexLock lock(&mutex_);
    ++connected_[connection->client];
  }
  switch (WeatherOf(connection->client)) {
    case Weather::kCut:
      return false;
    case Weather::kStalled:
      return true;
    case Weather::kFair:
      break;
  }
  return Move(&connection->up, up_events & kReadable) &&
         Move(&connection->down, down_events & kReadable);
}

void Proxy::Run() {
  std::vector<pollfd> fds;
  while (!stop_) {
    fds.clear();
    for (const int fd : listeners_) fds.push_back({fd, POLLIN, 0});
    for (const auto& connection : connections_) {
      const bool stalled =
          !connection->client.empty() && WeatherOf(connection->client) == Weather::kStalled;
      for (const Flow* flow : {&connection->up, &connection->down}) {
        const Flow& back = flow == &connection->up ? connection->down : connection->up;
        short events = flow->waiting.size() < kWaitingMax ? POLLIN : 0;
        if (!back.waiting.empty()) events |= POLLOUT;
        fds.push_back({stalled ? -1 : flow->from, events, 0});
      }
    }
    poll(fds.data(), fds.size(), kTickMs);
    const size_t before = connections_.size(), first = listeners_.size();
    std::vector<std::unique_ptr<Connection>> kept;
    for (size_t i = 0; i < before; ++i) {
      Connection* connection = connections_[i].get();
      if (Carry(connection, fds[first + 2 * i].revents, fds[first + 2 * i + 1].revents)) {
        kept.push_back(std::move(connections_[i]));
        continue;
      }
      Reset(connection->up.from);
      Reset(connection->up.to);
      absl::MutexLock lock(&mutex_);
      if (!connection->client.empty()) --connected_[connection->client];
    }
    connections_ = std::move(kept);
    for (size_t i = 0; i < first; ++i) {
      if ((fds[i].revents & POLLIN) != 0) Accept(i);
    }
  }
}

}  // namespace tierline::chaos
