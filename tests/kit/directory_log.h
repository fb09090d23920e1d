#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "directory/directory_service.h"
#include "directory/pack_reader.h"
#include "tests/kit/packs.h"

namespace tierline::kit {

// A DirectoryService and its log, without a log: events are applied as they are decided, at the
// time that a test gives.
//
//   DirectoryLog log("demo-2345");
//   log.At("2024-03-01 09:00:00").Publish();
//   log.Step(LINE_STEP_SUSPEND, {log.Line("910000")});
//   EXPECT_EQ(log.reason(), "accepted");
class DirectoryLog {
 public:
  explicit DirectoryLog(const std::string& pack = "demo-2345")
      : pack_(*directory::ReadPack(PackFiles(pack))) {
    absl::LoadTimeZone(pack_.tables.hotline().time_zone(), &zone_);
  }

  // "2009-04-01 10:00:00.5" in the zone of the pack.
  absl::Time TimeOf(const std::string& text) const {
    absl::Time at;
    std::string error;
    EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M:%E*S", text, zone_, &at, &error)) << error;
    return at;
  }
  int64_t MsOf(const std::string& text) const { return absl::ToUnixMillis(TimeOf(text)); }
  DirectoryLog& At(const std::string& text) {
    context_.now = TimeOf(text);
    return *this;
  }

  Decision Send(const directory::v1::Command& body) {
    Command command;
    command.request_id = MakeUuidV7(1, 0, ++requests_);
    command.body = std::make_unique<directory::v1::Command>(body);
    outcome_ = service_.Decide(subject_, command, context_);
    if (auto* event = std::get_if<Event>(&outcome_)) Apply(*event);
    return outcome_;
  }
  // As it stands in the log, whoever wrote it.
  Uuid Apply(Event event) {
    event.set_occurred_at_ms(absl::ToUnixMillis(context_.now));
    *event.mutable_actor() = context_.principal;
    const Uuid id = MakeUuidV7(event.occurred_at_ms(), 0, ++events_);
    service_.Evolve(event, {.id = id}, &subject_);
    return id;
  }

  // Stages and activates `pack` after `change`, for `effective`; empty: at once.
  template <typename Change>
  Decision PublishWith(Change change, const std::string& effective = "") {
    directory::Pack pack = pack_;
    change(&pack.tables);
    pack.hash = directory::HashPack(pack.tables);
    pack.counts = directory::CountPack(pack.tables);
    const auto parts = directory::SplitPack(pack.tables, 256 << 10);
    pack.counts.set_parts(static_cast<int>(parts.size()));
    directory::v1::Command body;
    for (size_t i = 0; i < parts.size(); ++i) {
      auto* stage = body.mutable_stage_pack();
      stage->set_pack_hash(pack.hash);
      stage->set_index(static_cast<int>(i));
      *stage->mutable_part() = parts[i];
      Send(body);
    }
    staged_ = pack;
    auto* activate = body.mutable_activate_pack();
    activate->set_pack_hash(pack.hash);
    *activate->mutable_counts() = pack.counts;
    activate->set_effective_at_ms(effective.empty() ? 0 : MsOf(effective));
    return activate_ ? Send(body) : outcome_;
  }
  Decision Publish(const std::string& effective = "") {
    return PublishWith([](auto*) {}, effective);
  }
  // The same without activating it; `staged()` is the pack.
  template <typename Change>
  const directory::Pack& StageWith(Change change) {
    activate_ = false;
    PublishWith(change);
    activate_ = true;
    return staged_;
  }

  static directory::v1::LineChange Line(const std::string& office, const std::string& number = "") {
    directory::v1::LineChange line;
    line.set_office(office);
    line.set_number(number);
    return line;
  }
  static directory::v1::LineChange Test(const std::string& office, bool failed = false) {
    directory::v1::LineChange line = Line(office);
    line.add_test_calls("5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21");
    line.set_test_failed(failed);
    return line;
  }
  // `happened` empty: now.
  static directory::v1::Command StepOf(directory::v1::LineStep step,
                                       const std::vector<directory::v1::LineChange>& lines) {
    directory::v1::Command body;
    auto* advance = body.mutable_advance_lines();
    advance->set_step(step);
    for (const auto& line : lines) *advance->add_lines() = line;
    advance->mutable_evidence()->set_id("2009-18");
    advance->mutable_evidence()->set_text("as filed");
    return body;
  }
  Decision Step(directory::v1::LineStep step, const std::vector<directory::v1::LineChange>& lines) {
    return Send(StepOf(step, lines));
  }

  Decision Change(const directory::v1::OfficeChange& change, const std::string& effective = "") {
    directory::v1::Command body;
    *body.mutable_change_office()->mutable_change() = change;
    body.mutable_change_office()->set_effective_at_ms(effective.empty() ? 0 : MsOf(effective));
    body.mutable_change_office()->mutable_evidence()->set_id("2009-18");
    body.mutable_change_office()->mutable_evidence()->set_text("as decided");
    return Send(body);
  }

  // "accepted", or why the last command was refused.
  std::string reason() const {
    const auto* rejection = std::get_if<Rejection>(&outcome_);
    return rejection == nullptr ? "accepted" : rejection->reason;
  }
  Rejection rejection() const {
    const auto* rejection = std::get_if<Rejection>(&outcome_);
    return rejection == nullptr ? Rejection{} : *rejection;
  }

  // What is in force then.
  const directory::Directory& Then(const std::string& text) const {
    return service_.current()->At(TimeOf(text));
  }
  directory::v1::LineState StateAt(const std::string& office, const std::string& text) const {
    const directory::Directory& then = Then(text);
    return then.LineAt(then.offices().Find(office), TimeOf(text)).state;
  }
  std::string NumberAt(const std::string& office, const std::string& text) const {
    const directory::Directory& then = Then(text);
    return std::string(then.LineAt(then.offices().Find(office), TimeOf(text)).number);
  }
  // Code of the office that answers for `office`; empty: none.
  std::string ServedBy(const std::string& office, const std::string& text) const {
    const directory::Directory& then = Then(text);
    const auto open = then.NearestOpen(then.offices().Find(office), TimeOf(text));
    return open == directory::kNoOffice ? "" : then.offices()[open].code;
  }

  const directory::Pack& pack() const { return pack_; }
  directory::DirectoryService& service() { return service_; }
  Context& context() { return context_; }
  std::string Digest() const {
    std::string digest;
    service_.AppendDigest(subject_, &digest);
    return digest;
  }

 private:
  static Context Initial() {
    Context context;
    context.principal.set_role(base::v1::ROLE_OFFICE_ADMIN);
    context.principal.set_office("900000");
    return context;
  }

  directory::Pack pack_;
  directory::Pack staged_;
  bool activate_ = true;
  absl::TimeZone zone_;
  directory::DirectoryService service_;
  Subject subject_;
  Context context_ = Initial();
  Decision outcome_ = Rejection{.reason = "NOTHING_HAPPENED"};
  uint64_t events_ = 0;
  uint64_t requests_ = 0;
};

}  // namespace tierline::kit
