// Which calls would go elsewhere under a draft.
#include "routing/what_if.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/kit/directory_log.h"
#include "tests/routing/directories.h"

namespace tierline::routing {
namespace {

using directory::v1::PackPart;
using kit::DirectoryLog;

constexpr char kFrom[] = "2009-04-01 00:00:00";

class WhatIf : public ::testing::Test {
 protected:
  static DirectoryLog& Log() {
    static auto& log = *[] {
      auto* made = new DirectoryLog("12371");
      made->At("2009-03-02 09:00:00").Publish();
      made->At("2009-04-20 09:00:00");
      return made;
    }();
    return log;
  }

  static std::shared_ptr<const directory::Directory> Made(const std::string& hash,
                                                          const directory::v1::PackCounts& counts,
                                                          DirectoryLog& log = Log()) {
    const auto plan = log.service().Draft(hash, counts, log.TimeOf("2009-04-20 09:00:00"));
    const auto made = std::get<directory::DraftPlan>(plan).Make(log.TimeOf(kFrom));
    EXPECT_TRUE(made.ok()) << made.status();
    return *made;
  }

  // How a call of April would have gone under the pack after `change`.
  template <typename Change>
  static std::optional<v1::RouteChange> Under(Change change, const std::string& caller,
                                              const std::string& dialled = "12371") {
    const auto& staged = Log().StageWith(change);
    const auto draft = Made(staged.hash, staged.counts);
    const directory::Directory& then = Log().Then(testing::kWorking);
    return CompareRoutes(MakeInput(testing::Arrival(caller, dialled), 0, then), then, *draft);
  }

  static void CloseHefei(PackPart* tables) {
    for (auto& line : *tables->mutable_lines()) {
      if (line.office() == "340100") line.set_open_until("2009-03-20");
    }
  }
};

//
TEST_F(WhatIf, NamesTheOfficeThatWouldServeInstead) {
  const auto change = Under(
      [](PackPart* tables) {
        for (auto& line : *tables->mutable_lines()) {
          if (line.office() == "320500") line.clear_open_from();
        }
      },
      "051262345678");
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->before().served_office(), "320500");
  EXPECT_EQ(change->after().served_office(), "320000");
  EXPECT_FALSE(change->digits_missing());
}

TEST_F(WhatIf, LeavesOutACallThatWouldGoAsItDid) {
  EXPECT_FALSE(Under(CloseHefei, "051262345678").has_value());
  EXPECT_FALSE(
      Under([](PackPart* tables) { tables->mutable_hotline()->set_name("x"); }, "051262345678"));
}

// The exchange digits of an area that was not shared are in no event.
TEST_F(WhatIf, SaysWhereTheDigitsThatWouldDecideWereNotRecorded) {
  const auto change = Under(
      [](PackPart* tables) {
        auto* row = tables->add_area_codes();
        row->set_area_code("0512");
        row->set_locality("320600");
        auto* exchange = tables->add_exchanges();
        exchange->set_area_code("0512");
        exchange->set_prefix("6");
        exchange->set_locality("320500");
      },
      "051262345678");
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->after().intended_office(), "320000");
  EXPECT_TRUE(change->digits_missing());
}

// the steps of lines hold under a draft of the same numbers.
TEST_F(WhatIf, KeepsTheStepsOfLines) {
  DirectoryLog log("12371");
  log.At("2009-03-02 09:00:00").Publish();
  log.At("2009-04-01 08:00:00")
      .Step(directory::v1::LINE_STEP_SUSPEND, {DirectoryLog::Line("320500")});
  const auto draft = Made("", {}, log);
  const auto office = draft->offices().Find("320500");
  EXPECT_EQ(draft->NearestOpen(office, log.TimeOf(testing::kWorking)),
            draft->offices().Find("320000"));
  EXPECT_EQ(draft->NearestOpen(office, log.TimeOf("2009-04-01 07:59:59")), office);
}

v1::WhatIfRequest Asked(const std::string& token) {
  v1::WhatIfRequest request;
  request.set_pack_hash(std::string(64, 'a'));
  request.set_until_ms(1000);
  request.set_page_token(token);
  return request;
}

//
TEST(WhatIfProgress, GoesOnFromItsToken) {
  const WhatIfProgress progress{.partition = 2, .offset = 70, .read = 300, .compared = 20};
  const auto again = WhatIfProgress::Of(Asked(progress.ToToken(Asked(""))), 3);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->ToToken(Asked("")), progress.ToToken(Asked("")));
  EXPECT_EQ(WhatIfProgress::Of(Asked(""), 3)->partition, 0);
}

// what it counted is of one pack and one period.
TEST(WhatIfProgress, RefusesTheTokenOfAnotherRequest) {
  const std::string token = WhatIfProgress{.offset = 7, .read = 7}.ToToken(Asked(""));
  v1::WhatIfRequest request = Asked(token);
  ASSERT_TRUE(WhatIfProgress::Of(request, 1).has_value());
  request.set_until_ms(1001);
  EXPECT_FALSE(WhatIfProgress::Of(request, 1).has_value());
  request = Asked(token);
  request.clear_pack_hash();
  EXPECT_FALSE(WhatIfProgress::Of(request, 1).has_value());
}

TEST(WhatIfProgress, RefusesCountersThatCanNotBe) {
  const WhatIfProgress rows[] = {
      {.partition = 3},
      {.offset = -1},
      {.read = std::numeric_limits<int64_t>::max()},
      {.read = 1, .compared = 2},
      {.read = 2, .compared = 1, .changed = 2},
  };
  for (const WhatIfProgress& row : rows) {
    const std::string token = row.ToToken(Asked(""));
    EXPECT_FALSE(WhatIfProgress::Of(Asked(token), 3).has_value()) << token;
  }
  EXPECT_FALSE(WhatIfProgress::Of(Asked("0.0.0.0.0"), 3).has_value());
}

TEST_F(WhatIf, RefusesADraftThatWasNotStaged) {
  const auto made = Log().service().Draft(std::string(64, 'a'), {}, Log().TimeOf(kFrom));
  EXPECT_EQ(std::get<Rejection>(made).reason, "PACK_NOT_STAGED");
}

}  // namespace
}  // namespace tierline::routing
