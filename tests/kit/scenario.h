#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/event_types.h"
#include "base/service.h"
#include "tests/kit/keys.h"

namespace tierline::testing {

// One subject of one pure service, without log, store or processor: Given events, When a command,
// Then an event or a rejection. What a command decides is applied, like in the log.
//
//   Scenario intake(std::make_unique<IntakeService>(), &directory);
//   intake.Given(Opened()).At("2009-04-01T09:00:00+08:00").When(Close(outcome));
//   EXPECT_TRUE(intake.ThenEvent().has_inquiry_closed());
//   intake.When(Close(outcome));
//   EXPECT_EQ(intake.ThenRejection().reason, "ALREADY_CLOSED");
class Scenario {
 public:
  explicit Scenario(std::unique_ptr<Service> service,
                    const directory::Directory* directory = nullptr)
      : service_(std::move(service)) {
    context_.directory = directory;
    context_.now = absl::FromUnixSeconds(1'780'000'000);
    context_.key_id = "key-000000000001";
    context_.sealer = &sealer_;
  }

  Scenario& At(absl::Time now) {
    context_.now = now;
    return *this;
  }
  // RFC 3339, with the offset from UTC.
  Scenario& At(const std::string& rfc3339) {
    std::string error;
    EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, rfc3339, &context_.now, &error)) << error;
    return *this;
  }
  Scenario& As(base::v1::Role role, std::string office) {
    context_.principal.set_role(role);
    context_.principal.set_office(std::move(office));
    return *this;
  }

  // `event` happened, now, written by its type's service, or by this one where the type does not
  // say.
  Scenario& Given(Event event) {
    const base::v1::Service writer = TypeOf(event).service;
    Apply(std::move(event), writer == base::v1::SERVICE_UNSPECIFIED ? service_->id() : writer);
    return *this;
  }

  // `body` is the service's Command.
  Scenario& When(const google::protobuf::Message& body) {
    Command command;
    command.service = service_->id();
    command.subject = "subject";
    command.principal = context_.principal;
    command.body.reset(body.New());
    command.body->CopyFrom(body);
    Take(service_->Decide(subject_, command, context_));
    return *this;
  }
  // The first obligation named `reaction` is acted on.
  Scenario& WhenDue(const std::string& reaction) {
    for (const Obligation& owed : subject_.obligations()) {
      if (owed.reaction() != reaction) continue;
      const Obligation copy = owed;
      Event event = service_->React(subject_, copy, context_);
      if (copy.standing() && event.event_case() == Event::EVENT_NOT_SET) {
        outcome_ = std::move(event);  // nothing to do yet
        return *this;
      }
      event.set_reaction(reaction);
      Remove(copy);
      Take(std::move(event));
      return *this;
    }
    ADD_FAILURE() << "nothing is owed under the name " << reaction;
    return *this;
  }

  const Event& ThenEvent() const {
    static const Event* const none = new Event;
    if (const auto* event = std::get_if<Event>(&outcome_)) return *event;
    ADD_FAILURE() << "refused: " << std::get<Rejection>(outcome_).reason;
    return *none;
  }
  const Rejection& ThenRejection() const {
    static const Rejection* const none = new Rejection;
    if (const auto* rejection = std::get_if<Rejection>(&outcome_)) return *rejection;
    ADD_FAILURE() << "accepted: " << std::get<Event>(outcome_).ShortDebugString();
    return *none;
  }
  // "echo@0", "miss@1780000000000", … in the order in which they were recorded.
  std::vector<std::string> ThenOwed() const {
    std::vector<std::string> owed;
    for (const Obligation& one : subject_.obligations()) {
      owed.push_back(one.reaction() + "@" + std::to_string(one.due_at_ms()));
    }
    return owed;
  }

  const Subject& state() const { return subject_; }
  Service& service() { return *service_; }
  Context& context() { return context_; }

 private:
  void Take(Decision decision) {
    outcome_ = std::move(decision);
    if (const auto* event = std::get_if<Event>(&outcome_)) Apply(*event, service_->id());
  }
  void Remove(const Obligation& done) {
    auto* owed = subject_.mutable_obligations();
    for (int i = 0; i < owed->size(); ++i) {
      if (owed->Get(i).cause_id() != done.cause_id() || owed->Get(i).reaction() != done.reaction())
        continue;
      return (void)owed->DeleteSubrange(i, 1);
    }
  }
  void Apply(Event event, base::v1::Service writer) {
    event.set_occurred_at_ms(absl::ToUnixMillis(context_.now));
    subject_.set_events(subject_.events() + 1);
    service_->Evolve(event,
                     {.id = MakeUuidV7(event.occurred_at_ms(), 0, ++events_), .source = writer},
                     &subject_);
  }

  const std::unique_ptr<Service> service_;
  FakeSealer sealer_;
  Context context_;
  Subject subject_;
  uint64_t events_ = 0;
  Decision outcome_ = Rejection{.reason = "NOTHING_HAPPENED"};
};

}  // namespace tierline::testing
