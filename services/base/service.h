#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/ids.h"
#include "tierline/base/v1/base.pb.h"
#include "tierline/base/v1/options.pb.h"
#include "tierline/events/v1/event.pb.h"
#include "tierline/state/v1/state.pb.h"

// How a service is written: Decide, Evolve and React, pure functions over one subject (an inquiry).
//
//   command --Decide--> event --append, read back--> Evolve --> state
//                                                      |
//                               exactly once: event <--React-- obligation
//
// Nothing here reads a clock, a file, the environment or a random source: everything comes as an
// argument.

namespace tierline::directory {
class Directory;
}

namespace tierline {

using Event = events::v1::Event;
using Subject = state::v1::Subject;
using Obligation = state::v1::Obligation;

// The business refuses. Becomes google.rpc.Status with ErrorInfo, and BadRequest when it names a
// field.
struct Rejection {
  absl::StatusCode code = absl::StatusCode::kFailedPrecondition;
  std::string reason;   // UPPER_SNAKE_CASE, at most 63 characters
  std::string message;  // for developers: what is wrong and what to do
  std::string rule;     // R-…
  std::string field;    // of the request; may be empty
  std::string value;    // the value at fault; never identity or free text
};

// A field of the request is at fault: INVALID_FIELD, "<field>: <message>". `value` never identity
// or free text.
Rejection InvalidField(std::string field, std::string value, std::string rule,
                       std::string_view message);

// A service's version of a subject as clients see it: the number in quotes.
std::string EtagOf(int64_t version);

// One command, one event: only its arm is set; the processor fills in the rest.
using Decision = std::variant<Event, Rejection>;

// Encrypts under the data key of an inquiry.
class Sealer {
 public:
  virtual ~Sealer() = default;
  // `field` is authenticated too, so that a value can not be moved to another field. Empty `plain`:
  // an absent value.
  virtual base::v1::Sealed Seal(std::string_view key_id, std::string_view field,
                                std::string_view plain) = 0;
};

// What a decision may depend on besides the state.
struct Context {
  absl::Time now;                                   // becomes the event's time
  int32_t utc_offset_s = 0;                         // of the hotline's zone then
  const directory::Directory* directory = nullptr;  // as of `directory_position`
  int64_t directory_position = 0;
  base::v1::Principal principal;
  std::string_view key_id;  // the subject's data key, or a fresh one for a new subject
  Sealer* sealer = nullptr;
};

struct Command {
  base::v1::Service service = base::v1::SERVICE_UNSPECIFIED;
  std::string subject;
  Uuid request_id;
  std::string etag;
  base::v1::Principal principal;
  base::v1::Position min_position;
  absl::Time deadline = absl::InfiniteFuture();
  std::string traceparent;
  std::unique_ptr<google::protobuf::Message>
      body;  // the service's Command, without request id, etag, min_position
};

// What Evolve may know of an event's record.
struct EventMeta {
  Uuid id;
  base::v1::Service source = base::v1::SERVICE_UNSPECIFIED;
  Uuid causation;
};

class Service {
 public:
  virtual ~Service() = default;
  virtual base::v1::Service id() const = 0;

  // Decides on `subject` with the pending events of this owner applied. Etag and request id were
  // checked.
  virtual Decision Decide(const Subject& subject, const Command& command,
                          const Context& context) const = 0;

  // Applies a valid event, own or foreign, to this service's part of `subject`. Never fails;
  // accepts every event in every state. Records obligations with Owe().
  virtual void Evolve(const Event& event, const EventMeta& meta, Subject* subject) = 0;

  // Acts on an obligation of this service that is due. A refusal is an event too
  // (ReactionDeclined). Of a standing one an event without an arm says: nothing to do yet.
  virtual Event React(const Subject& subject, const Obligation& obligation,
                      const Context& context) const = 0;

  // Number of own events in `subject`; the etag is this number in quotes.
  virtual int64_t Version(const Subject& subject) const = 0;

  // Appends this service's part of `subject` to `out`, deterministically, for the digest of state.
  virtual void AppendDigest(const Subject& subject, std::string* out) const = 0;

  // True: Evolve keeps rows beside the subjects, such as counts per office; stored with them, in
  // the same batch. It is then called for events of the log only, never for pending ones, which may
  // turn out void.
  virtual bool keeps_rows() const { return false; }
  using RowVisitor = absl::FunctionRef<void(std::string_view key, std::string_view value)>;
  // Visits the rows that changed since the last RowsStored().
  virtual void ChangedRows(RowVisitor) const {}
  virtual void RowsStored() {}
  virtual void LoadRow(std::string_view /*key*/, std::string_view /*value*/) {}
  virtual void ForgetRows() {}
  // All rows in order of their keys, for the digest.
  virtual void VisitRows(RowVisitor) const {}

  // False: a command is decided only when nothing of this writer is pending, because Decide reads
  // more than `subject`.
  virtual bool pipelined() const { return !keeps_rows(); }
};

// Adds the obligation of `service` to do `reaction` because of event `cause`, at `due_at_ms` (0: at
// once).
void Owe(const Uuid& cause, std::string_view reaction, base::v1::Service service, int64_t due_at_ms,
         Subject* subject);

// The same, of what can not be said to be due: it is looked at now, whenever another snapshot of
// the directory is in force and at every start, and stays owed until the reaction has something to
// do.
void OweStanding(const Uuid& cause, std::string_view reaction, base::v1::Service service,
                 Subject* subject);

// Takes back every obligation of `service` named `reaction`; only for its own events.
void Settle(std::string_view reaction, base::v1::Service service, Subject* subject);

// An event of reason `reason` that clears an obligation without doing anything.
Event Declined(std::string_view reason);

}  // namespace tierline
