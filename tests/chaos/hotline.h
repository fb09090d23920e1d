#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "directory/directory_service.h"
#include "runtime/log/event_log.h"
#include "runtime/partition/fold.h"
#include "tests/promises/world.h"

namespace tierline::chaos {

// The services of a hotline, with the directory as its log has it.
class Hotline : public promises::World {
 public:
  // Reads the directory of `log` to its end. Errors: of the log.
  static absl::StatusOr<std::unique_ptr<Hotline>> Open(log::EventLog* log);

  std::vector<std::unique_ptr<Service>> MakeServices() const override;
  partition::DirectoryAt DirectoryAt(int64_t position) const override;
  // Of what is sealed under a key, only the key's id can be told in advance.
  void Blank(Event* event) const override;

 private:
  explicit Hotline(std::unique_ptr<directory::DirectoryService> service);

  partition::Fold fold_;
  const directory::DirectoryService* service_;  // of the fold
  // By the position from which on each is the newest.
  std::map<int64_t, std::shared_ptr<const directory::Directory>> snapshots_;
};

}  // namespace tierline::chaos
