#include "tests/chaos/checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/event_types.h"
#include "runtime/log/memory_log.h"
#include "runtime/ports.h"
#include "tests/chaos/state_check.h"

// The checker of tierline-chaos notices what it is there for: each test bends one thing of a small
// history that holds.

namespace tierline::chaos {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kInquiry = "5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21";
constexpr int64_t kFirstMs = 1'000'000;

Uuid IdOf(uint64_t number) { return MakeUuidV7(kFirstMs, 0, number); }

class ChaosChecker : public ::testing::Test {
 protected:
  ChaosChecker() { Claim(base::v1::SERVICE_INTAKE), Claim(base::v1::SERVICE_ESCALATION); }

  void Claim(base::v1::Service service) {
    Event event;
    event.mutable_owner_claimed()->set_service(service);
    Append({.id = IdOf(100 + service), .type = kOwnerClaimed, .source = service}, event);
  }
  // An event of `service`; `command` is the number of its request, or of the reaction's cause.
  void Write(base::v1::Service service, Event event, uint64_t command, uint64_t cause = 0) {
    event.set_subject(kInquiry);
    event.set_occurred_at_ms(kFirstMs + next_);
    RecordView record{.id = IdOf(1000 + next_),
                      .type = TypeOf(event).type,
                      .source = service,
                      .subject = kInquiry,
                      .time_ms = kFirstMs + static_cast<int64_t>(next_),
                      .command = IdOf(command),
                      .epoch = IdOf(100 + service),
                      .seq = seq_[service]++};
    if (cause != 0) record.causation = IdOf(cause);
    Append(record, event);
  }
  void Note(uint64_t command) {
    Event event;
    event.mutable_note_added();
    Write(base::v1::SERVICE_INTAKE, event, command);
  }
  // Acknowledged as the event that was written as the `written`th, from 0, and as `version`.
  Operation* Acknowledge(uint64_t command, uint64_t written, const std::string& version) {
    operations_.push_back(std::make_unique<Operation>());
    Operation* operation = operations_.back().get();
    operation->request_id = IdOf(command);
    operation->method = "AddNote";
    operation->inquiry = kInquiry;
    operation->invoked_us = 10 * static_cast<int64_t>(written) + 1;
    operation->returned_us = 10 * static_cast<int64_t>(written) + 5;
    auto& receipt = operation->receipts.emplace_back();
    receipt.set_event_id(IdOf(1000 + kClaims + written).ToString());
    receipt.set_etag("\"" + version + "\"");
    receipt.mutable_position()->set_history(1 + kClaims + static_cast<int64_t>(written) + 1);
    return operation;
  }
  std::vector<std::string> Violations(int64_t due_ms = 0) {
    Checker checker([] { return ServicesOf("all"); });
    EXPECT_TRUE(checker.Walk(&log_, 0, due_ms).ok());
    checker.CheckOperations(operations_);
    return checker.violations();
  }

  static constexpr uint64_t kClaims = 2;

 private:
  void Append(RecordView record, const Event& event) {
    const std::string value = event.SerializeAsString();
    record.value = value;
    if (record.time_ms == 0) record.time_ms = kFirstMs;
    ASSERT_TRUE(log_.Append({log::Topic::kHistory, 0}, {&record, 1}, [](absl::Status) {}).ok());
    log_.Poll(absl::ZeroDuration());
    ++next_;
  }

  log::MemoryLog log_{1, SystemRandom()};
  uint64_t next_ = 0;  // number of the next record after the genesis
  std::map<base::v1::Service, int64_t> seq_;
  std::vector<std::unique_ptr<Operation>> operations_;
};

TEST_F(ChaosChecker, IsSilentWhenEverythingHolds) {
  Note(1), Note(2);
  Acknowledge(1, 0, "1"), Acknowledge(2, 1, "2")->etag = "\"1\"";
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(ChaosChecker, MissesAnAcknowledgedCommand) {
  Note(1);
  Acknowledge(1, 0, "1"), Acknowledge(2, 1, "2");
  EXPECT_THAT(Violations(), Contains(HasSubstr("does not count in the log")));
}

TEST_F(ChaosChecker, SeesACommandThatCountsTwice) {
  Note(1), Note(1);
  Acknowledge(1, 0, "1");
  EXPECT_THAT(Violations(), Contains(HasSubstr("is valid a second time")));
}

TEST_F(ChaosChecker, SeesAnAnswerThatNamesAnotherEvent) {
  Note(1), Note(2);
  Acknowledge(1, 1, "1");
  EXPECT_THAT(Violations(), Contains(HasSubstr("as another event")));
}

TEST_F(ChaosChecker, SeesAnAnswerWithAnotherVersion) {
  Note(1);
  Acknowledge(1, 0, "2");
  EXPECT_THAT(Violations(), Contains(HasSubstr("it is 1")));
}

TEST_F(ChaosChecker, SeesAPositionBeforeTheEvent) {
  Note(1);
  Acknowledge(1, 0, "1")->receipts[0].mutable_position()->set_history(1);
  EXPECT_THAT(Violations(), Contains(HasSubstr("does not cover it")));
}

TEST_F(ChaosChecker, SeesAnEtagThatDidNotHold) {
  Note(1), Note(2);
  Acknowledge(2, 1, "2")->etag = "\"0\"";
  EXPECT_THAT(Violations(), Contains(HasSubstr("was to follow version")));
}

TEST_F(ChaosChecker, SeesWhatStandsBeforeSomethingThatHadReturned) {
  Note(1), Note(2);
  Acknowledge(1, 0, "1")->invoked_us = 1000;
  Acknowledge(2, 1, "2");
  EXPECT_THAT(Violations(), Contains(HasSubstr("had returned earlier")));
}

TEST_F(ChaosChecker, SeesAnObligationThatIsLeftOpen) {
  Event registered;
  registered.mutable_inquiry_registered();
  Write(base::v1::SERVICE_INTAKE, registered, 1);
  EXPECT_THAT(Violations(kFirstMs), Contains(HasSubstr("is still owed set_deadline")));
}

TEST_F(ChaosChecker, SeesAnObligationThatIsActedOnTwice) {
  Event registered, declined;
  registered.mutable_inquiry_registered();
  declined.set_reaction("set_deadline");
  declined.mutable_reaction_declined()->set_reason("NO_LIMIT");
  Write(base::v1::SERVICE_INTAKE, registered, 1);
  Write(base::v1::SERVICE_ESCALATION, declined, 2, 1000 + kClaims);
  EXPECT_THAT(Violations(kFirstMs), IsEmpty());
  Write(base::v1::SERVICE_ESCALATION, declined, 3, 1000 + kClaims);
  EXPECT_THAT(Violations(kFirstMs), Contains(HasSubstr("or a second one")));
}

}  // namespace
}  // namespace tierline::chaos
