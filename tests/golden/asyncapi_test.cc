#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "base/event_types.h"
#include "base/public_event.h"
#include "tests/golden/specimen.h"

// The document for strangers names the types that there are: every one that stands in the topics it
// describes, and no other.

namespace tierline::golden {
namespace {

using ::testing::UnorderedElementsAreArray;

std::string Document() {
  std::ifstream file(TIERLINE_SOURCE_DIR "/deploy/kafka/asyncapi.yaml");
  EXPECT_TRUE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// What the first group of `pattern` matches, over and over.
std::vector<std::string> Matches(const std::string& text, const char* pattern) {
  const std::regex regex(pattern);
  std::vector<std::string> all;
  for (auto it = std::sregex_iterator(text.begin(), text.end(), regex);
       it != std::sregex_iterator(); ++it)
    all.push_back((*it)[1]);
  return all;
}

// The types of the history; the directory and the keys are topics of their own.
std::vector<std::string> HistoryTypes() {
  std::vector<std::string> types;
  for (const auto* arm : Arms()) {
    const std::string type = TypeOfArm(arm);
    if (!absl::StartsWith(type, "tierline.directory.") && !absl::StartsWith(type, "tierline.keys."))
      types.push_back(type);
  }
  return types;
}

// Of these, those of which anything is published.
std::vector<std::string> PublicTypes() {
  std::vector<std::string> types;
  for (const auto* arm : Arms()) {
    const Specimen specimen = MakeSpecimen(arm);
    const std::vector<std::string> of_history = HistoryTypes();
    const bool there =
        std::find(of_history.begin(), of_history.end(), specimen.type) != of_history.end();
    RecordView out;
    PublicEvents events;
    if (there && events.Make(specimen.view(), &out) == Publicity::kPublic)
      types.push_back(specimen.type);
  }
  return types;
}

// "callReceived" of tierline.routing.call-received.v1.
std::string KeyOf(const std::string& type) {
  const std::string word = Matches(type, "([a-z-]+)\\.v1$").at(0);
  std::string key;
  for (size_t i = 0; i < word.size(); ++i)
    key += word[i] == '-' ? static_cast<char>(std::toupper(word[++i])) : word[i];
  return key;
}

std::vector<std::string> KeysOf(const std::vector<std::string>& types) {
  std::vector<std::string> keys;
  for (const std::string& type : types) keys.push_back(KeyOf(type));
  return keys;
}

TEST(AsyncApi, DescribesEveryTypeOfTheHistoryAndNoOther) {
  EXPECT_THAT(Matches(Document(), "      name: (tierline\\.[a-z.-]+\\.v1)"),
              UnorderedElementsAreArray(HistoryTypes()));
}

TEST(AsyncApi, EveryTopicListsTheTypesThatStandInIt) {
  const std::string document = Document();
  const size_t history = document.find("\n  history:\n");
  const size_t operations = document.find("\noperations:\n");
  ASSERT_NE(history, std::string::npos);
  ASSERT_NE(operations, std::string::npos);
  const char* const kKey = "      ([a-zA-Z]+): \\{\\$ref: '#/components/messages/";
  EXPECT_THAT(Matches(document.substr(0, history), kKey),
              UnorderedElementsAreArray(KeysOf(PublicTypes())));
  EXPECT_THAT(Matches(document.substr(history, operations - history), kKey),
              UnorderedElementsAreArray(KeysOf(HistoryTypes())));
}

}  // namespace
}  // namespace tierline::golden
