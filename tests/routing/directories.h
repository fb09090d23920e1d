#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "directory/directory.h"
#include "routing/decide_route.h"
#include "tests/kit/packs.h"

// What the tests of routing share: packs, and calls.

namespace tierline::routing::testing {

inline const directory::Directory& National() {
  static const auto& pack =
      *new std::shared_ptr<const directory::Directory>(kit::NationalDirectory());
  return *pack;
}

inline const directory::Directory& Second() {
  static const auto& pack =
      *new std::shared_ptr<const directory::Directory>(kit::SecondDirectory());
  return *pack;
}

// The national pack after `change`.
template <typename Change>
std::shared_ptr<const directory::Directory> NationalWith(Change change) {
  directory::v1::PackPart tables = kit::NationalPack().tables;
  change(&tables);
  auto built = directory::Directory::Build(tables, "changed");
  EXPECT_TRUE(built.ok()) << built.status();
  return *built;
}

// "2009-04-01 10:00:00" in the zone of the pack.
inline int64_t Ms(const std::string& text, const directory::Directory& directory = National()) {
  absl::Time at;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M:%E*S", text, directory.zone(), &at, &error)) << error;
  return absl::ToUnixMillis(at);
}

inline constexpr char kWorking[] = "2009-04-01 10:00:00";  // a Wednesday

inline v1::CallArrival Arrival(std::string caller, std::string dialled, std::string trunk = "",
                               const std::string& at = kWorking) {
  v1::CallArrival call;
  call.set_caller(std::move(caller));
  call.set_dialled(std::move(dialled));
  call.set_trunk_area(std::move(trunk));
  call.set_arrived_at_ms(Ms(at));
  return call;
}

inline Route RouteOf(const v1::CallArrival& call,
                     const directory::Directory& directory = National()) {
  return DecideRoute(MakeInput(call, 0, directory), directory);
}

inline events::v1::Decision DecisionOf(const v1::CallArrival& call,
                                       const directory::Directory& directory = National()) {
  return ToProto(RouteOf(call, directory), directory);
}

}  // namespace tierline::routing::testing
