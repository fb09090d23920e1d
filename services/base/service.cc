#include "base/service.h"

namespace tierline {

Rejection InvalidField(std::string field, std::string value, std::string rule,
                       std::string_view message) {
  std::string sentence = field + ": ";
  sentence.append(message);
  return {.code = absl::StatusCode::kInvalidArgument,
          .reason = "INVALID_FIELD",
          .message = std::move(sentence),
          .rule = std::move(rule),
          .field = std::move(field),
          .value = std::move(value)};
}

std::string EtagOf(int64_t version) { return "\"" + std::to_string(version) + "\""; }

void Owe(const Uuid& cause, std::string_view reaction, base::v1::Service service, int64_t due_at_ms,
         Subject* subject) {
  Obligation* owed = subject->add_obligations();
  owed->set_cause_id(std::string(cause.bytes()));
  owed->set_reaction(std::string(reaction));
  owed->set_service(service);
  owed->set_due_at_ms(due_at_ms);
}

void OweStanding(const Uuid& cause, std::string_view reaction, base::v1::Service service,
                 Subject* subject) {
  Owe(cause, reaction, service, 0, subject);
  subject->mutable_obligations()->rbegin()->set_standing(true);
}

void Settle(std::string_view reaction, base::v1::Service service, Subject* subject) {
  auto* owed = subject->mutable_obligations();
  for (int i = owed->size() - 1; i >= 0; --i) {
    if (owed->Get(i).service() == service && owed->Get(i).reaction() == reaction)
      owed->DeleteSubrange(i, 1);
  }
}

Event Declined(std::string_view reason) {
  Event event;
  event.mutable_reaction_declined()->set_reason(std::string(reason));
  return event;
}

}  // namespace tierline
