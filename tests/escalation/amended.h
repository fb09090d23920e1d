#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/ids.h"
#include "tests/kit/packs.h"

// Directories that differ from the national pack in one thing, under the policy of bureaus.

namespace tierline::testing {

template <typename Change>
std::shared_ptr<const directory::Directory> Amended(Change change) {
  directory::v1::PackPart tables = kit::NationalPack().tables;
  change(&tables);
  const auto built = directory::Directory::Build(tables, "amended");
  EXPECT_TRUE(built.ok()) << built.status();
  return (*built)->WithPolicy("bureau-12345");
}

inline std::shared_ptr<const directory::Directory> WithDay(const std::string& date,
                                                           const std::string& kind) {
  return Amended([&](directory::v1::PackPart* tables) {
    for (auto& day : *tables->mutable_calendar()) {
      if (day.date() == date) return day.set_kind(kind);
    }
    auto* day = tables->add_calendar();
    day->set_date(date);
    day->set_kind(kind);
    day->set_name("amended");
  });
}

inline std::shared_ptr<const directory::Directory> WithLimit(const directory::v1::Limit& limit) {
  return Amended([&](directory::v1::PackPart* tables) {
    for (auto& policy : *tables->mutable_policies()) {
      if (policy.id() != "bureau-12345") continue;
      policy.set_version(policy.version() + 1);
      policy.clear_limits();
      *policy.add_limits() = limit;
    }
  });
}

inline std::shared_ptr<const directory::Directory> Bureau() {
  return kit::NationalDirectory()->WithPolicy("bureau-12345");
}

inline int64_t MsOf(const std::string& rfc3339) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, rfc3339, &time, &error)) << error;
  return absl::ToUnixMillis(time);
}

}  // namespace tierline::testing
