#include "runtime/observe/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tierline::observe {
namespace {

using ::testing::MatchesRegex;
using ::testing::SizeIs;

class LogTest : public ::testing::Test {
 protected:
  void Configure(log::Format format, log::Level level = log::Level::kInfo) {
    log::Configure({.level = level, .format = format, .sink = [this](std::string_view line) {
                      lines_.emplace_back(line);
                    }});
  }
  ~LogTest() override { log::Configure({}); }

  std::vector<std::string> lines_;
};

TEST_F(LogTest, WritesOneJsonObjectPerLine) {
  Configure(log::Format::kJson);
  log::Info("server", "listening",
            {{"address", "127.0.0.1:1"}, {"port", 1}, {"tls", false}, {"load", 0.5}});
  ASSERT_THAT(lines_, SizeIs(1));
  const auto line = nlohmann::json::parse(lines_[0]);
  EXPECT_THAT(line["ts"].get<std::string>(), MatchesRegex("20..-..-..T..:..:..[.]......Z"));
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["logger"], "server");
  EXPECT_EQ(line["msg"], "listening");
  EXPECT_EQ(line["address"], "127.0.0.1:1");
  EXPECT_EQ(line["port"], 1);
  EXPECT_EQ(line["tls"], false);
  EXPECT_EQ(line["load"], 0.5);
}

TEST_F(LogTest, WritesTextThatQuotesWhatIsAmbiguous) {
  Configure(log::Format::kText);
  log::Warning("log", "disk slow",
               {{"path", "/var/x"}, {"why", "two words"}, {"empty", ""}, {"n", -3}});
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_EQ(lines_[0].substr(28),
            "warning log: disk slow path=/var/x why=\"two words\" empty=\"\" n=-3");
}

TEST_F(LogTest, LeavesOutWhatIsBelowTheLevel) {
  Configure(log::Format::kText);
  log::Debug("x", "no");
  EXPECT_THAT(lines_, SizeIs(0));
  EXPECT_FALSE(log::Enabled(log::Level::kDebug));
  log::SetLevel(log::Level::kDebug);
  log::Debug("x", "yes");
  EXPECT_THAT(lines_, SizeIs(1));
  log::SetLevel(log::Level::kOff);
  log::Error("x", "no");
  EXPECT_THAT(lines_, SizeIs(1));
}

TEST(JsonString, IsValidJsonForAnyBytes) {
  for (int first = 0; first < 256; ++first) {
    for (const std::string_view rest : {"", "\x80", "\xa0\x80", "\x90\x80\x80", "\"\\\n"}) {
      const std::string bytes = static_cast<char>(first) + std::string(rest);
      EXPECT_TRUE(nlohmann::json::accept(log::JsonString(bytes)))
          << first << " " << log::JsonString(bytes);
    }
  }
}

TEST(JsonString, KeepsWhatIsUtf8) {
  for (const std::string_view text : {"热线", "a\"b\\c\n\t\x01", "\xf0\x9f\x93\x9e"}) {
    EXPECT_EQ(nlohmann::json::parse(log::JsonString(text)).get<std::string>(), text);
  }
  EXPECT_EQ(log::JsonString("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"")
      << "a surrogate";
}

TEST(LogLevel, IsNamed) {
  EXPECT_EQ(log::ParseLevel("debug"), log::Level::kDebug);
  EXPECT_EQ(log::ParseLevel("off"), log::Level::kOff);
  EXPECT_EQ(log::ParseLevel("loud"), std::nullopt);
  EXPECT_EQ(log::ParseFormat("json"), log::Format::kJson);
  EXPECT_EQ(log::ParseFormat("xml"), std::nullopt);
}

}  // namespace
}  // namespace tierline::observe
