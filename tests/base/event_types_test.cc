#include "base/event_types.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "base/record.h"

namespace tierline {
namespace {

using events::v1::Event;

const google::protobuf::OneofDescriptor& Arms() {
  return *Event::descriptor()->FindOneofByName("event");
}

TEST(EventTypes, EveryArmHasAnOwnTypeOfTheDocumentedForm) {
  const std::regex form(
      "tierline\\.(routing|intake|escalation|reporting|directory|keys|control)\\.[a-z-]+\\.v[0-9]"
      "+");
  std::set<std::string> seen;
  for (int i = 0; i < Arms().field_count(); ++i) {
    Event event;
    event.GetReflection()->MutableMessage(&event, Arms().field(i));
    const EventType& type = TypeOf(event);
    EXPECT_TRUE(std::regex_match(std::string(type.type), form))
        << Arms().field(i)->name() << ": " << type.type;
    EXPECT_TRUE(seen.emplace(type.type).second) << type.type;
    ASSERT_NE(FindType(type.type), nullptr);
    EXPECT_EQ(FindType(type.type)->type, type.type);
  }
}

TEST(EventTypes, EveryEventOfAServiceIsWrittenByIt) {
  for (int i = 0; i < Arms().field_count(); ++i) {
    Event event;
    event.GetReflection()->MutableMessage(&event, Arms().field(i));
    const EventType& type = TypeOf(event);
    std::string room(type.type.substr(sizeof("tierline.") - 1));
    room.resize(room.find('.'));
    if (room == "control" || room == "keys") {
      EXPECT_EQ(type.service, base::v1::SERVICE_UNSPECIFIED) << type.type;
    } else {
      EXPECT_EQ(ServiceName(type.service), room == "directory" ? "routing" : room) << type.type;
    }
  }
}

TEST(EventTypes, OnlyReportsOfTheSwitchAreTotalAmongDecisions) {
  for (int i = 0; i < Arms().field_count(); ++i) {
    Event event;
    event.GetReflection()->MutableMessage(&event, Arms().field(i));
    const bool about_an_inquiry = TypeOf(event).service == base::v1::SERVICE_INTAKE ||
                                  TypeOf(event).service == base::v1::SERVICE_ESCALATION ||
                                  TypeOf(event).type.find("tierline.routing.") == 0;
    // Of the directory, steps of a line, changes of an office and versions rest on what was there
    // before.
    const bool decides = (about_an_inquiry && !event.has_call_reported()) ||
                         event.has_lines_advanced() || event.has_office_changed() ||
                         event.has_entry_put() || event.has_entry_withdrawn() ||
                         event.has_acceptance_rules_put();
    // A refusal to react rests on the state too.
    EXPECT_EQ(TypeOf(event).bears_prev, decides || event.has_reaction_declined())
        << TypeOf(event).type;
  }
}

TEST(EventTypes, KnowsNoTypeOfALaterVersion) {
  EXPECT_EQ(FindType("tierline.intake.note-added.v2"), nullptr);
  EXPECT_EQ(FindType(""), nullptr);
}

TEST(EventTypes, NamesTheControlTypes) {
  for (const std::string_view type : {kOwnerClaimed, kOwnerReleased, kGenesis})
    EXPECT_NE(FindType(type), nullptr);
}

}  // namespace
}  // namespace tierline
