#include "runtime/observe/admin_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <nlohmann/json.hpp>

#include "absl/time/clock.h"

namespace tierline::observe {
namespace {

using ::testing::HasSubstr;

struct Answer {
  int status = 0;
  std::string body;
};

Answer Get(const AdminServer& admin, const std::string& path) {
  httplib::Client client("127.0.0.1", admin.port());
  const httplib::Result result = client.Get(path);
  if (!result) return {};
  return {result->status, result->body};
}

TEST(AdminServer, ServesMetrics) {
  Metrics metrics;
  metrics.AddCounter("c_total", "C.").Increment();
  AdminServer admin({.metrics = &metrics});
  ASSERT_TRUE(admin.Start().ok());
  const Answer answer = Get(admin, "/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("c_total 1\n"));
  EXPECT_EQ(Get(admin, "/no-such-page").status, 404);
}

TEST(AdminServer, IsAliveWhileTheHeartBeats) {
  Heartbeat heartbeat;
  AdminServer admin({.heartbeat = &heartbeat, .heartbeat_age_max = absl::Milliseconds(200)});
  ASSERT_TRUE(admin.Start().ok());
  heartbeat.Beat();
  EXPECT_EQ(Get(admin, "/livez").status, 200);
  while (heartbeat.Age() <= absl::Milliseconds(200)) absl::SleepFor(absl::Milliseconds(1));
  const Answer late = Get(admin, "/livez");
  EXPECT_EQ(late.status, 503);
  EXPECT_THAT(late.body, HasSubstr("no heartbeat"));
  heartbeat.Beat();
  EXPECT_EQ(Get(admin, "/livez").status, 200);
}

TEST(AdminServer, IsReadyWhenEveryCheckPasses) {
  std::atomic<bool> caught_up{false};
  AdminServer admin({});
  admin.AddReadyCheck("log", [] { return absl::OkStatus(); });
  admin.AddReadyCheck("partitions", [&] {
    return caught_up ? absl::OkStatus() : absl::UnavailableError("3 of 8 caught up");
  });
  ASSERT_TRUE(admin.Start().ok());
  const Answer early = Get(admin, "/readyz");
  EXPECT_EQ(early.status, 503);
  EXPECT_EQ(early.body, "[-] partitions 3 of 8 caught up\n");

  caught_up = true;
  EXPECT_EQ(Get(admin, "/readyz").status, 200);
  EXPECT_EQ(Get(admin, "/readyz?verbose").body,
            "[+] accepting ok\n[+] log ok\n[+] partitions ok\n");

  admin.SetDraining();
  EXPECT_EQ(Get(admin, "/readyz").status, 503);
}

TEST(AdminServer, ShowsTheStatusOfEachPart) {
  AdminServer admin({});
  admin.AddStatus("build", [] { return std::string("{\"version\":\"1\"}"); });
  admin.AddStatus("partitions", [] { return std::string("[1,2]"); });
  ASSERT_TRUE(admin.Start().ok());
  const auto json = nlohmann::json::parse(Get(admin, "/statusz").body);
  EXPECT_EQ(json["build"]["version"], "1");
  EXPECT_EQ(json["partitions"].size(), 2u);
}

TEST(AdminServer, RefusesAddressesThatItCanNotHave) {
  AdminServer first({});
  ASSERT_TRUE(first.Start().ok());
  AdminServer second({.listen = "127.0.0.1:" + std::to_string(first.port())});
  EXPECT_EQ(second.Start().code(), absl::StatusCode::kUnavailable);
  for (const char* bad : {"", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000"}) {
    AdminServer admin({.listen = bad});
    EXPECT_EQ(admin.Start().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(AdminServer, StopsAtOnceAfterItStarted) {
  for (int i = 0; i < 20; ++i) {
    AdminServer admin({});
    ASSERT_TRUE(admin.Start().ok());
  }
}

}  // namespace
}  // namespace tierline::observe
