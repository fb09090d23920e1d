#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <vector>

#include "absl/status/statusor.h"

namespace tierline::chaos {

// Ports of 127.0.0.1 that nobody uses, below those that the kernel gives to clients: nobody takes
// the port of a replica that is down for a while.
inline absl::StatusOr<std::vector<int>> FreePorts(size_t count) {
  std::random_device random;
  std::vector<int> ports;
  for (int tries = 0; ports.size() < count; ++tries) {
    if (tries > 10'000) return absl::ResourceExhaustedError("no free ports from 12000 to 19999");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int port = 12000 + static_cast<int>(random() % 8000);
    address.sin_port = htons(static_cast<uint16_t>(port));
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool free = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    if (free && std::find(ports.begin(), ports.end(), port) == ports.end()) ports.push_back(port);
  }
  return ports;
}

}  // namespace tierline::chaos
