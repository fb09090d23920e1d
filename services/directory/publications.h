#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "directory/directory.h"
#include "tierline/directory/v1/office.pb.h"

namespace tierline::directory {

// One of these is set: a pack, a policy of the pack in force, or a change of one office.
struct Publication {
  int64_t effective_at_ms = 0;
  int64_t published_at_ms = 0;
  Uuid event_id;
  std::shared_ptr<const Directory> pack;
  std::shared_ptr<const std::string>
      tables;  // of the pack, serialized, as long as a diff needs them
  std::string policy;
  std::shared_ptr<const v1::OfficeChange> change;

  // What is in force after it; null while no pack is.
  std::shared_ptr<const Directory> result;
  // What it rests on is not there: no pack yet, or one without that policy, or whose tree the
  // change does not fit. It changes nothing.
  bool without_effect = false;
};

// Everything published, in the order of the instants from which it is in force; of those of one
// instant the one that was published later comes later, and so holds. A pack replaces the
// whole of what was in force before it, changes of offices and the choice of a policy included.
class Publications {
 public:
  bool empty() const { return all_.empty(); }
  const std::vector<Publication>& all() const { return all_; }

  void Add(Publication publication);

  // The last that is in force at `at_ms`, or null.
  const Publication* At(int64_t at_ms) const;
  // The last pack that is in force at `at_ms`, or null.
  const Publication* PackAt(int64_t at_ms) const;

  // The first that would have no effect if `next` were added, next itself or one that has one now.
  std::optional<Publication> LostWith(const Publication& next) const;

  // The snapshots, one for each instant at which something changes.
  std::vector<std::shared_ptr<const Directory>> Snapshots() const;

  // Lets go of the tables of packs that another one has replaced by `now_ms`.
  void ForgetTables(int64_t now_ms);

 private:
  // Where one of that instant would be put.
  size_t PlaceOf(int64_t effective_at_ms) const;

  std::vector<Publication> all_;
};

}  // namespace tierline::directory
