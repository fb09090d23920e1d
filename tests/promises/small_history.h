#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/event_types.h"
#include "runtime/log/memory_log.h"
#include "tests/kit/ports.h"
#include "tests/kit/toy_services.h"
#include "tests/promises/checker.h"

namespace tierline::promises {

using testing::kEcho;
using testing::kNotes;
using testing::kReports;

inline constexpr char kSubject[] = "subject-1";
inline constexpr int64_t kFirstMs = 1'000'000;

class Toys : public World {
 public:
  std::vector<std::unique_ptr<Service>> MakeServices() const override {
    std::vector<std::unique_ptr<Service>> services;
    services.push_back(testing::MakeNotes());
    services.push_back(testing::MakeReports());
    services.push_back(testing::MakeEcho());
    services.push_back(testing::MakeTally());
    return services;
  }
  partition::DirectoryAt DirectoryAt(int64_t position) const override {
    return {.position = position};
  }
};

// A log of one subject of the toys, written and answered as one owner would who keeps every
// promise; for tests that bend it.
//
//   history.Do(1, "note a");
//   history.Acknowledge(1).acceptances[0].receipt.set_etag("\"2\"");
//   EXPECT_THAT(history.Violations(), Contains(…));
class SmallHistory {
 public:
  SmallHistory() { Claim(kNotes), Claim(kReports), Claim(kEcho); }

  // The command `number` with this text, by `service`: asked for, and not yet decided.
  Operation& Ask(uint64_t number, const std::string& text, base::v1::Service service = kNotes) {
    Operation& operation = operations_[number];
    Command command = testing::MakeCommand(service, kSubject, testing::RequestId(number), text);
    operation.request = {.service = service,
                         .subject = kSubject,
                         .request_id = command.request_id,
                         .body = std::move(command.body)};
    operation.invoked = Tick();
    return operation;
  }
  // What the service decides on it now.
  Event Decide(uint64_t number) {
    const Request& request = operations_.at(number).request;
    const Subject state = State();
    return std::get<Event>(
        fold_.FindService(request.service)->Decide(state, request.MakeCommand(), ContextOf(state)));
  }
  // `event` is appended as what came of command `number`.
  void Write(uint64_t number, Event event) {
    const Request& request = operations_.at(number).request;
    RecordView record{.source = request.service, .command = request.request_id};
    const Offset offset = Append(record, std::move(event));
    const int64_t version = fold_.FindService(request.service)->Version(State());
    written_.emplace(number, Written{IdAt(offset), offset, version});
  }
  void Do(uint64_t number, const std::string& text, base::v1::Service service = kNotes) {
    Ask(number, text, service);
    Write(number, Decide(number));
  }

  // The first client to hear of it, rightly so if it was written.
  Operation& Acknowledge(uint64_t number) {
    Operation& operation = operations_.at(number);
    const Written written =
        written_.contains(number) ? written_.at(number) : Written{IdAt(0), 0, 1};
    operation.returned = operation.accepted = Tick();
    auto& receipt = operation.acceptances.emplace_back().receipt;
    receipt.set_event_id(written.id.ToString());
    receipt.set_etag(EtagOf(written.version));
    receipt.mutable_position()->set_history(written.offset + 1);
    return operation;
  }
  Refusal& Refuse(uint64_t number, const std::string& reason) {
    Operation& operation = operations_.at(number);
    operation.returned = Tick();
    return operation.refusals.emplace_back(Refusal{.reason = reason, .at_ms = now_ms_});
  }

  // The first obligation of the subject, and what its service makes of it now.
  Obligation Owed() { return State().obligations(0); }
  Event React() {
    const Subject state = State();
    const Obligation& owed = state.obligations(0);
    Event event = fold_.FindService(kEcho)->React(state, owed, ContextOf(state));
    event.set_reaction(owed.reaction());
    return event;
  }
  void WriteReaction(const Obligation& owed, Event event) {
    const Uuid cause = Uuid::FromBytes(owed.cause_id());
    Append({.source = kEcho,
            .causation = cause,
            .command = MakeReactionId(cause, owed.reaction(), kSubject)},
           std::move(event));
  }

  Findings Check(const CheckOptions& options = {}) {
    std::vector<const Operation*> operations;
    for (const auto& [number, operation] : operations_) operations.push_back(&operation);
    Checker checker(world_, std::move(operations), options);
    EXPECT_TRUE(checker.Read(&log_, 0).ok());
    return checker.Finish();
  }
  std::vector<std::string> Violations() { return Check().violations; }
  Offset LastEvent() { return *Checker(world_, {}, {}).Read(&log_, 0); }

  void Pass(int64_t ms) { now_ms_ += ms; }
  void set_directory(int64_t position) { directory_ = position; }
  // What follows names this as its predecessor; empty: the right one.
  void set_prev(std::string prev) { prev_ = std::move(prev); }
  Subject State() {
    const auto found = fold_.Find(kSubject);
    return *found == nullptr ? Subject() : **found;
  }
  int64_t now_ms() const { return now_ms_; }

 private:
  struct Written {
    Uuid id;
    Offset offset;
    int64_t version;
  };

  static Uuid IdAt(Offset offset) { return MakeUuidV7(kFirstMs, 1, static_cast<uint64_t>(offset)); }
  static Uuid ClaimOf(base::v1::Service service) { return MakeUuidV7(kFirstMs, 2, service); }
  Context ContextOf(const Subject& state) {
    key_ = state.key_id().empty() ? "key-000000000001" : state.key_id();
    return {.now = absl::FromUnixMillis(now_ms_), .key_id = key_};
  }
  int64_t Tick() { return ++clock_; }

  void Claim(base::v1::Service service) {
    Event event;
    event.mutable_owner_claimed()->set_service(service);
    const std::string value = event.SerializeAsString();
    Hand({.id = ClaimOf(service),
          .type = kOwnerClaimed,
          .source = service,
          .time_ms = now_ms_,
          .value = value});
  }
  // Fills in what a processor does.
  Offset Append(RecordView record, Event event) {
    const Hash head = HashFromBytes(State().head());
    const std::string prev = prev_.empty() ? std::string(Bytes(head)) : prev_;
    event.set_subject(kSubject);
    event.set_occurred_at_ms(now_ms_);
    event.set_directory(directory_);
    const std::string value = event.SerializeAsString();
    record.id = IdAt(fold_.offset());
    record.type = TypeOf(event).type;
    record.subject = kSubject;
    record.time_ms = now_ms_;
    record.epoch = ClaimOf(record.source);
    record.seq = seq_[record.source]++;
    if (TypeOf(event).bears_prev) record.prev = prev;
    record.value = value;
    return Hand(record);
  }
  Offset Hand(const RecordView& record) {
    const log::TopicPartition to{log::Topic::kHistory, 0};
    EXPECT_TRUE(log_.Append(to, {&record, 1}, [](absl::Status) {}).ok());
    log_.Poll(absl::ZeroDuration());
    const auto read = log_.Read(to, fold_.offset(), 10, [&](Offset offset, const RecordView& one) {
      EXPECT_EQ(fold_.Apply(offset, one, nullptr).verdict, Verdict::kValid);
      return true;
    });
    EXPECT_TRUE(read.ok());
    ++now_ms_;
    return fold_.offset() - 1;
  }

  Toys world_;
  testing::SeededRandom random_;
  log::MemoryLog log_{1, random_};
  partition::Fold fold_{"", world_.MakeServices(), nullptr, {.rules = {.prev = false}}};
  std::map<base::v1::Service, int64_t> seq_;
  std::map<uint64_t, Operation> operations_;  // by number
  std::map<uint64_t, Written> written_;       // the first event of each
  std::string key_, prev_;
  int64_t now_ms_ = kFirstMs, clock_ = 0, directory_ = 0;
};

}  // namespace tierline::promises
