#include "base/public_event.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "runtime/log/cloud_events.h"
#include "tests/golden/specimen.h"

// Nothing that must stay inside is in any public event. The specimens have every field set, so a
// field that is added later is under test from its first day.

namespace tierline::golden {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// As the committed files have them: what was ever written, not only what today's build writes.
std::vector<Specimen> CommittedSpecimens() {
  std::vector<Specimen> all;
  for (const auto* arm : Arms()) {
    const std::string type = TypeOfArm(arm);
    std::ifstream file(std::string(TIERLINE_SOURCE_DIR "/tests/golden/events/") + type +
                       ".textproto");
    std::stringstream text;
    text << file.rdbuf();
    auto specimen = FromText(type, text.str());
    EXPECT_TRUE(specimen.ok()) << type << ": " << specimen.status();
    if (specimen.ok()) all.push_back(*std::move(specimen));
  }
  return all;
}

// Names of the set fields of `message` at any depth that must not leave.
void CollectLeaks(const Message& message, std::vector<std::string>* leaks) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool sealed = field->message_type() == base::v1::Sealed::descriptor();
    if (sealed || field->type() == FieldDescriptor::TYPE_BYTES ||
        field->options().GetExtension(base::v1::internal)) {
      leaks->push_back(field->full_name());
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field->is_repeated()) {
      for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i)
        CollectLeaks(message.GetReflection()->GetRepeatedMessage(message, field, i), leaks);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      CollectLeaks(message.GetReflection()->GetMessage(message, field), leaks);
    }
  }
}

// The values of the specimen's fields that must not leave, as they stand in its bytes.
void CollectSecrets(const Message& message, bool inside, std::vector<std::string>* secrets) {
  std::vector<const FieldDescriptor*> fields;
  const auto* reflection = message.GetReflection();
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool hidden = inside || field->type() == FieldDescriptor::TYPE_BYTES ||
                        field->message_type() == base::v1::Sealed::descriptor() ||
                        field->options().GetExtension(base::v1::internal);
    if (field->is_repeated()) continue;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
      CollectSecrets(reflection->GetMessage(message, field), hidden, secrets);
    if (hidden && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING)
      secrets->push_back(reflection->GetString(message, field));
  }
}

TEST(PublicEvent, ShowsNoInternalFieldOfAnySpecimen) {
  PublicEvents events;
  int published = 0;
  for (const Specimen& specimen : CommittedSpecimens()) {
    RecordView out;
    if (events.Make(specimen.view(), &out) != Publicity::kPublic) continue;
    ++published;
    events::v1::Event event;
    ASSERT_TRUE(event.ParseFromArray(out.value.data(), static_cast<int>(out.value.size())));
    std::vector<std::string> leaks;
    CollectLeaks(event, &leaks);
    EXPECT_TRUE(leaks.empty()) << specimen.type << " shows " << leaks.front();
    std::vector<std::string> secrets;
    CollectSecrets(specimen.event, false, &secrets);
    for (const std::string& secret : secrets)
      EXPECT_EQ(out.value.find(secret), std::string_view::npos) << specimen.type << ": " << secret;
  }
  EXPECT_GE(published, 15);
}

TEST(PublicEvent, KeepsWhatIsNotInternal) {
  PublicEvents events;
  for (const Specimen& specimen : CommittedSpecimens()) {
    if (!specimen.event.has_inquiry_opened()) continue;
    RecordView out;
    ASSERT_EQ(events.Make(specimen.view(), &out), Publicity::kPublic);
    events::v1::Event expected = specimen.event;
    expected.clear_content();
    expected.mutable_inquiry_opened()->clear_question();
    expected.mutable_inquiry_opened()->clear_caller_name();
    expected.mutable_inquiry_opened()->clear_key_id();
    EXPECT_EQ(out.value, expected.SerializeAsString());
    EXPECT_EQ(out.id, specimen.id);
    EXPECT_EQ(out.type, specimen.type);
    EXPECT_EQ(out.subject, specimen.subject);
    EXPECT_EQ(out.command, specimen.command);
  }
}

TEST(PublicEvent, HasNoHeaderOfItsWriter) {
  PublicEvents events;
  for (const Specimen& specimen : CommittedSpecimens()) {
    RecordView out;
    if (events.Make(specimen.view(), &out) != Publicity::kPublic) continue;
    const log::CloudEventHeaders headers(out);
    for (const log::Header& header : headers.all()) {
      EXPECT_NE(header.name, "ce_writerepoch") << specimen.type;
      EXPECT_NE(header.name, "ce_writerseq") << specimen.type;
      EXPECT_NE(header.name, "ce_prev") << specimen.type;
    }
  }
}

TEST(PublicEvent, IsNotMadeOfControlRecords) {
  PublicEvents events;
  for (const Specimen& specimen : CommittedSpecimens()) {
    RecordView out;
    if (!specimen.type.starts_with("tierline.control.") || !specimen.prev.empty()) continue;
    EXPECT_EQ(events.Make(specimen.view(), &out), Publicity::kInternal) << specimen.type;
  }
}

TEST(PublicEvent, LeavesATypeOfANewerBuildToThatBuild) {
  PublicEvents events;
  RecordView record = {.type = "tierline.intake.inquiry-forwarded.v9", .subject = "s"};
  RecordView out;
  EXPECT_EQ(events.Make(record, &out), Publicity::kUnknown);
}

TEST(PublicEvent, DropsFieldsOfANewerBuild) {
  events::v1::Event event;
  event.set_subject("s");
  auto* opened = event.mutable_inquiry_opened();
  opened->set_office("340100");
  constexpr int kNewField = 90;
  opened->GetReflection()->MutableUnknownFields(opened)->AddLengthDelimited(kNewField, "secret");
  const std::string value = event.SerializeAsString();
  ASSERT_NE(value.find("secret"), std::string::npos);
  PublicEvents events;
  RecordView out;
  const RecordView record = {
      .type = "tierline.intake.inquiry-opened.v1", .subject = "s", .value = value};
  ASSERT_EQ(events.Make(record, &out), Publicity::kPublic);
  EXPECT_EQ(out.value.find("secret"), std::string_view::npos);
  EXPECT_NE(out.value.find("340100"), std::string_view::npos);
}

}  // namespace
}  // namespace tierline::golden
