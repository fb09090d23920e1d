#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "base/service.h"
#include "directory/directory.h"
#include "tierline/directory/v1/directory.pb.h"

// Who is responsible for the hotline of an office, and who answers when, as it is set down.
// Leaders and operators are opaque ids.

namespace tierline::directory {

// A text that can stand for a person without saying who it is.
bool IsPersonId(std::string_view text);

// `directory` may be null: there are no offices yet.
Decision Decide(const v1::NameLeaderRequest& request, const Directory* directory, absl::Time now);
Decision Decide(const v1::SetRosterRequest& request, const Directory* directory, absl::Time now);

// The fold of LeaderNamed and RosterSet. A roster replaces what was set before for its period and
// leaves the rest.
class DutyBook {
 public:
  void Apply(const events::v1::LeaderNamed& named);
  void Apply(const events::v1::RosterSet& roster);

  // The leader of `office` at `at_ms` and since when; empty: none was named.
  std::pair<std::string, int64_t> LeaderAt(std::string_view office, int64_t at_ms) const;
  // The duties of `office` that have a part in [from_ms, until_ms), in order.
  std::vector<v1::Duty> DutiesIn(std::string_view office, int64_t from_ms, int64_t until_ms) const;

  void AppendDigest(std::string* out) const;

 private:
  struct Office {
    std::map<int64_t, std::string> leaders;  // by the instant from which each is responsible
    std::vector<v1::Duty> duties;            // in order
  };
  const Office* Find(std::string_view office) const;

  std::map<std::string, Office, std::less<>> offices_;
};

}  // namespace tierline::directory
