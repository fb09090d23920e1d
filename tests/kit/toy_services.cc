#include "tests/kit/toy_services.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/hash.h"

namespace tierline::testing {
namespace {

std::string_view ArgumentOf(std::string_view text) {
  const size_t space = text.find(' ');
  return space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
}

const std::string& TextOf(const Command& command) {
  return static_cast<const base::v1::Text&>(*command.body).en();
}

Event Nothing() { return Declined("OWES_NOTHING"); }

class Notes : public Service {
 public:
  base::v1::Service id() const override { return kNotes; }

  Decision Decide(const Subject& subject, const Command& command,
                  const Context& context) const override {
    const std::string& text = TextOf(command);
    const bool closed = subject.inquiry().status() == state::v1::INQUIRY_STATUS_CLOSED;
    const std::string seen = SeenOf(subject);
    Event event;
    if (text == "tick") {
      event.mutable_call_reported();
    } else if (absl::StartsWith(text, "open")) {
      event.mutable_inquiry_opened()->set_office(seen);
      event.mutable_inquiry_opened()->set_key_id(std::string(context.key_id));
    } else if (absl::StartsWith(text, "reopen")) {
      if (!closed) return Rejection{.reason = "NOT_CLOSED"};
      event.mutable_inquiry_reopened()->set_office(seen);
    } else if (absl::StartsWith(text, "remark") && subject.inquiry().version() == 0) {
      return Rejection{.code = absl::StatusCode::kNotFound, .reason = "NOT_OPENED"};
    } else if (closed) {
      return Rejection{.reason = "ALREADY_CLOSED"};
    } else if (absl::StartsWith(text, "close")) {
      event.mutable_inquiry_closed()->mutable_remark()->set_nonce(seen);
    } else if (absl::StartsWith(text, "remind")) {
      event.mutable_inquiry_classified()->set_category(
          absl::StrCat(std::string(ArgumentOf(text)), "/", seen));
    } else {
      event.mutable_note_added()->mutable_note()->set_nonce(seen);
      event.mutable_note_added()->mutable_note()->set_ciphertext(std::string(ArgumentOf(text)));
    }
    return event;
  }

  void Evolve(const Event& event, const EventMeta& meta, Subject* subject) override {
    if (meta.source != kNotes) return;
    auto* inquiry = subject->mutable_inquiry();
    inquiry->set_version(inquiry->version() + 1);
    if (event.has_note_added()) inquiry->set_notes(inquiry->notes() + 1);
    if (event.has_note_added()) inquiry->set_category(event.note_added().note().ciphertext());
    if (event.has_inquiry_closed()) inquiry->set_status(state::v1::INQUIRY_STATUS_CLOSED);
    if (event.has_inquiry_reopened()) inquiry->set_status(state::v1::INQUIRY_STATUS_OPEN);
  }

  Event React(const Subject&, const Obligation&, const Context&) const override {
    return Nothing();
  }
  int64_t Version(const Subject& subject) const override { return subject.inquiry().version(); }
  void AppendDigest(const Subject& subject, std::string* out) const override {
    subject.inquiry().AppendToString(out);
  }
};

class Reports : public Service {
 public:
  base::v1::Service id() const override { return kReports; }

  Decision Decide(const Subject&, const Command& command, const Context&) const override {
    int number = 0;
    const std::string text(ArgumentOf(TextOf(command)));
    if (!absl::SimpleAtoi(text, &number)) {
      return Rejection{.code = absl::StatusCode::kInvalidArgument, .reason = "NOT_A_NUMBER"};
    }
    Event event;
    event.mutable_call_reported()->set_sequence(number);
    return event;
  }

  void Evolve(const Event& event, const EventMeta& meta, Subject* subject) override {
    if (meta.source != kReports) return;
    subject->mutable_call()->set_version(subject->call().version() + 1);
    if (event.has_call_reported())
      subject->mutable_call()->add_reports()->set_sequence(event.call_reported().sequence());
  }

  Event React(const Subject&, const Obligation&, const Context&) const override {
    return Nothing();
  }
  int64_t Version(const Subject& subject) const override { return subject.call().version(); }
  void AppendDigest(const Subject& subject, std::string* out) const override {
    subject.call().AppendToString(out);
  }
};

class Echo : public Service {
 public:
  base::v1::Service id() const override { return kEcho; }
  Decision Decide(const Subject&, const Command&, const Context&) const override {
    return Rejection{.reason = "MUTE"};
  }

  void Evolve(const Event& event, const EventMeta& meta, Subject* subject) override {
    auto* echo = subject->mutable_escalation();
    if (meta.source == kNotes && event.has_inquiry_classified()) {
      int64_t delay = 0;
      const std::string& text = event.inquiry_classified().category();
      if (absl::StartsWith(text, "watch")) return OweStanding(meta.id, "look", kEcho, subject);
      (void)absl::SimpleAtoi(text.substr(0, text.find_first_of(" /")), &delay);
      const bool all = absl::StrContains(text, "with all others");
      Owe(meta.id, all ? "echo all" : "echo", kEcho,
          delay == 0 ? 0 : event.occurred_at_ms() + delay, subject);
    }
    if (meta.source == kNotes && event.has_inquiry_closed())
      echo->set_resolved_at_ms(event.occurred_at_ms());
    if (meta.source == kNotes && event.has_inquiry_reopened()) echo->set_resolved_at_ms(0);
    if (meta.source != kEcho) return;
    echo->set_version(echo->version() + 1);
    if (event.reaction() == "echo all") Settle("echo", kEcho, subject);
    if (event.reaction() == "look") OweStanding(meta.id, "look", kEcho, subject);
    if (event.has_deadline_set())
      echo->add_deadlines()->set_due_at_ms(event.deadline_set().due_at_ms());
  }

  Event React(const Subject& subject, const Obligation& obligation,
              const Context& context) const override {
    if (obligation.reaction() == "look") return Look(subject, context.directory_position);
    if (subject.escalation().resolved_at_ms() != 0)
      return Declined(absl::StrCat("CLOSED/", SeenOf(subject)));
    Event event;
    event.mutable_deadline_set()->set_due_at_ms(obligation.due_at_ms());
    event.mutable_deadline_set()->set_policy(SeenOf(subject));
    return event;
  }

  int64_t Version(const Subject& subject) const override { return subject.escalation().version(); }
  void AppendDigest(const Subject& subject, std::string* out) const override {
    subject.escalation().AppendToString(out);
  }

 private:
  // Nothing to say as long as the directory stands where it did.
  static Event Look(const Subject& subject, int64_t position) {
    const auto& seen = subject.escalation().deadlines();
    Event event;
    if ((seen.empty() ? 0 : seen.rbegin()->due_at_ms()) == position) return event;
    event.mutable_deadline_set()->set_due_at_ms(position);
    event.mutable_deadline_set()->set_policy(SeenOf(subject));
    return event;
  }
};

class Tally : public Service {
 public:
  base::v1::Service id() const override { return kTally; }
  Decision Decide(const Subject&, const Command&, const Context&) const override {
    return Rejection{.reason = "MUTE"};
  }
  void Evolve(const Event& event, const EventMeta& meta, Subject*) override {
    const std::string key = absl::StrCat(meta.source, "/", event.event_case());
    rows_[key] = std::to_string(CountOf(key) + 1);
    changed_[key] = true;
  }
  Event React(const Subject&, const Obligation&, const Context&) const override {
    return Nothing();
  }
  int64_t Version(const Subject&) const override { return 0; }
  void AppendDigest(const Subject&, std::string*) const override {}

  bool keeps_rows() const override { return true; }
  void ChangedRows(RowVisitor visit) const override {
    for (const auto& [key, unused] : changed_) visit(key, rows_.at(key));
  }
  void RowsStored() override { changed_.clear(); }
  void LoadRow(std::string_view key, std::string_view value) override {
    rows_[std::string(key)] = std::string(value);
  }
  void ForgetRows() override {
    rows_.clear();
    changed_.clear();
  }
  void VisitRows(RowVisitor visit) const override {
    for (const auto& [key, value] : rows_) visit(key, value);
  }

 private:
  int64_t CountOf(const std::string& key) const {
    const auto found = rows_.find(key);
    return found == rows_.end() ? 0 : std::stoll(found->second);
  }
  std::map<std::string, std::string> rows_;
  std::map<std::string, bool> changed_;
};

}  // namespace

std::unique_ptr<Service> MakeNotes() { return std::make_unique<Notes>(); }
std::unique_ptr<Service> MakeReports() { return std::make_unique<Reports>(); }
std::unique_ptr<Service> MakeEcho() { return std::make_unique<Echo>(); }
std::unique_ptr<Service> MakeTally() { return std::make_unique<Tally>(); }

std::string SeenOf(const Subject& subject) {
  return absl::StrCat(subject.events(), "/", HexOf(subject.head()));
}

std::optional<std::string> SeenBy(const Event& event) {
  const auto after = [](const std::string& text) { return text.substr(text.find('/') + 1); };
  if (event.has_inquiry_opened()) return event.inquiry_opened().office();
  if (event.has_inquiry_reopened()) return event.inquiry_reopened().office();
  if (event.has_inquiry_closed()) return event.inquiry_closed().remark().nonce();
  if (event.has_inquiry_classified()) return after(event.inquiry_classified().category());
  if (event.has_note_added()) return event.note_added().note().nonce();
  if (event.has_deadline_set()) return event.deadline_set().policy();
  if (event.has_reaction_declined()) return after(event.reaction_declined().reason());
  return std::nullopt;
}

Command MakeCommand(base::v1::Service service, std::string subject, const Uuid& request_id,
                    std::string text) {
  Command command;
  command.service = service;
  command.subject = std::move(subject);
  command.request_id = request_id;
  auto body = std::make_unique<base::v1::Text>();
  body->set_en(std::move(text));
  command.body = std::move(body);
  return command;
}

Uuid RequestId(uint64_t number) { return MakeUuidV7(1, 0, number); }

}  // namespace tierline::testing
