#include "tests/promises/second_decider.h"

#include <cstdlib>

namespace tierline::promises {
namespace {

// The key of the subject, or the fresh one that the event names.
std::string_view KeyOf(const Step& step) {
  if (!step.before.key_id().empty()) return step.before.key_id();
  if (step.event.has_call_received()) return step.event.call_received().key_id();
  return step.event.inquiry_opened().key_id();
}

}  // namespace

const Service& SecondDecider::Find(base::v1::Service service) const {
  for (const auto& one : services_) {
    if (one->id() == service) return *one;
  }
  std::abort();  // a world without a service that its clients call
}

Decision SecondDecider::Decide(const Subject& state, const Request& request,
                               const Context& context) const {
  const Service& service = Find(request.service);
  if (!request.etag.empty() && request.etag != EtagOf(service.Version(state)))
    return Rejection{.reason = "ETAG_MISMATCH"};
  return service.Decide(state, request.MakeCommand(), context);
}

Context SecondDecider::ContextOf(const Step& step) {
  return {.now = absl::FromUnixMillis(step.event.occurred_at_ms()),
          .directory = world_.DirectoryAt(step.event.directory()).directory,
          .directory_position = step.event.directory(),
          .key_id = step.before.key_id(),
          .sealer = &sealer_};
}

std::string SecondDecider::CompareCommand(const Step& step, const Request& request) {
  Context context = ContextOf(step);
  context.principal = request.principal;
  context.key_id = KeyOf(step);
  return Compare(step, Decide(step.before, request, context), request.principal);
}

std::string SecondDecider::CompareReaction(const Step& step, const Obligation& owed) {
  Event event = Find(step.record.source).React(step.before, owed, ContextOf(step));
  event.set_reaction(owed.reaction());
  return Compare(step, std::move(event), {});
}

std::string SecondDecider::Compare(const Step& step, const Decision& decision,
                                   const base::v1::Principal& principal) const {
  if (const auto* rejection = std::get_if<Rejection>(&decision))
    return "decided on another state: here it is refused, " + rejection->reason;
  // What a processor adds.
  Event expected = std::get<Event>(decision), written = step.event;
  const absl::Time at = absl::FromUnixMillis(step.record.time_ms);
  expected.set_subject(std::string(step.record.subject));
  expected.set_occurred_at_ms(step.record.time_ms);
  expected.set_directory(written.directory());
  expected.set_utc_offset_s(world_.DirectoryAt(written.directory()).zone.At(at).offset);
  expected.set_content(written.content());  // under a key that only the replicas have
  if (principal.ByteSizeLong() > 0) *expected.mutable_actor() = principal;
  world_.Blank(&expected);
  world_.Blank(&written);
  if (expected.SerializeAsString() == written.SerializeAsString()) return {};
  return "decided on another state: here it would be another event";
}

bool SecondDecider::Refuses(const Subject& state, int64_t directory, const Request& request,
                            const Refusal& refusal) {
  const Context context{.now = absl::FromUnixMillis(refusal.at_ms),
                        .directory = world_.DirectoryAt(directory).directory,
                        .directory_position = directory,
                        .principal = request.principal,
                        .key_id = state.key_id(),
                        .sealer = &sealer_};
  const Decision decision = Decide(state, request, context);
  const auto* rejection = std::get_if<Rejection>(&decision);
  return rejection != nullptr && rejection->reason == refusal.reason;
}

}  // namespace tierline::promises
