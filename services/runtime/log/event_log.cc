#include "runtime/log/event_log.h"

#include <cstring>

namespace tierline::log {
namespace {

// murmur2 as org.apache.kafka.common.utils.Utils computes it.
uint32_t Murmur2(std::string_view key) {
  constexpr uint32_t kMix = 0x5bd1e995;
  constexpr int kShift = 24;
  uint32_t hash = 0x9747b28c ^ static_cast<uint32_t>(key.size());
  for (; key.size() >= 4; key.remove_prefix(4)) {
    uint32_t word;
    std::memcpy(&word, key.data(), sizeof word);  // little endian, like every machine we build for
    word *= kMix;
    word ^= word >> kShift;
    word *= kMix;
    hash = (hash * kMix) ^ word;
  }
  if (!key.empty()) {
    for (size_t i = key.size(); i-- > 0;) hash ^= uint32_t{static_cast<uint8_t>(key[i])} << (8 * i);
    hash *= kMix;
  }
  hash ^= hash >> 13;
  hash *= kMix;
  return hash ^ (hash >> 15);
}

}  // namespace

std::string_view TopicName(Topic topic) {
  switch (topic) {
    case Topic::kHistory:
      return "tierline.history.v1";
    case Topic::kDirectory:
      return "tierline.directory.v1";
    case Topic::kKeys:
      return "tierline.keys.v1";
  }
  return "";
}

int32_t PartitionOf(std::string_view subject, int32_t partitions) {
  return static_cast<int32_t>(Murmur2(subject) & 0x7fffffff) % partitions;
}

}  // namespace tierline::log
