#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/partition/processor.h"

namespace tierline::promises {

// What the checker has to be told of those whose log it reads.
class World {
 public:
  virtual ~World() = default;

  // All services that write, and those that project, new.
  virtual std::vector<std::unique_ptr<Service>> MakeServices() const = 0;
  // The directory at a position of its log: the same for everybody who has read so far.
  virtual partition::DirectoryAt DirectoryAt(int64_t position) const = 0;
  // Takes out of `event` what chance put in, so that a second decision does not repeat it.
  virtual void Blank(Event* /*event*/) const {}
};

}  // namespace tierline::promises
