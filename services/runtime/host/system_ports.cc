#include <errno.h>
#include <sys/random.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "absl/time/clock.h"
#include "runtime/ports.h"

namespace tierline {
namespace {

class OperatingSystemClock : public Clock {
 public:
  absl::Time Now() override { return absl::Now(); }
};

// Numbers of the kernel's generator, fetched 4 KiB at a time: a system call per number would cost
// ten times as much. The buffer belongs to the thread; what was handed out is wiped, so that no key
// can be found in it later.
class KernelRandom : public Random {
 public:
  uint64_t Next() override {
    thread_local Buffer buffer;
    if (buffer.used == buffer.numbers.size()) Fill(&buffer);
    uint64_t number = 0;
    std::swap(number, buffer.numbers[buffer.used++]);
    return number;
  }

 private:
  struct Buffer {
    std::array<uint64_t, 512> numbers;
    size_t used = 512;
  };

  static void Fill(Buffer* buffer) {
    char* at = reinterpret_cast<char*>(buffer->numbers.data());
    size_t left = sizeof buffer->numbers;
    while (left > 0) {
      const ssize_t got = getrandom(at, left, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) {  // ids and keys would repeat: there is nothing to go on with
        std::fprintf(stderr, "getrandom: %s\n", std::strerror(errno));
        std::abort();
      }
      at += got;
      left -= static_cast<size_t>(got);
    }
    buffer->used = 0;
  }
};

}  // namespace

Clock& SystemClock() {
  static OperatingSystemClock clock;
  return clock;
}

Random& SystemRandom() {
  static KernelRandom random;
  return random;
}

}  // namespace tierline
