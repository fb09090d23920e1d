#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/log/memory_log.h"
#include "runtime/partition/processor.h"
#include "runtime/store/memory_store.h"
#include "tests/kit/keys.h"
#include "tests/kit/ports.h"
#include "tests/kit/toy_services.h"

namespace tierline::testing {

inline constexpr log::TopicPartition kPartition{log::Topic::kHistory, 0};
inline constexpr char kSubject[] = "0190a000-0000-8000-8000-000000000001";

inline std::vector<std::unique_ptr<Service>> AllToys() {
  std::vector<std::unique_ptr<Service>> toys;
  toys.push_back(MakeNotes());
  toys.push_back(MakeReports());
  toys.push_back(MakeEcho());
  toys.push_back(MakeTally());
  return toys;
}

// What a reply said, when it came.
struct Answer {
  int replies = 0;
  absl::Status status;
  std::string owner_endpoint;
  std::string rejection;  // its reason
  base::v1::Receipt receipt;
  bool accepted() const { return replies == 1 && status.ok() && rejection.empty(); }
};

// One processor of one partition with its own store, on a log that it may share.
class Replica {
 public:
  Replica(log::EventLog* log, FakeClock* clock, std::string name = "a")
      : log_(log), clock_(clock), name_(name) {
    options_.instance = name;
    options_.endpoint = name + ":8000";
    random_ = std::make_unique<SeededRandom>(std::hash<std::string>()(name));
    Restart();
  }

  // A new process on the same store.
  void Restart() {
    partition::Ports ports{
        .log = log_, .clock = clock_, .random = random_.get(), .sealer = &sealer_, .keys = &keys_};
    ports.directory = [this] {
      return partition::DirectoryAt{.position = directory_position_, .edition = edition_};
    };
    processor_ = std::make_unique<partition::Processor>(
        kPartition, std::make_unique<partition::Fold>("0", AllToys(), &store_, fold_options_),
        ports, options_);
    EXPECT_TRUE(processor_->Start().ok());
  }

  // Owns everything from here on.
  void Own() {
    for (const auto service : {kNotes, kReports, kEcho}) processor_->SetAssigned(service, true);
    Settle();
  }

  std::shared_ptr<Answer> Send(Command command) {
    auto answer = std::make_shared<Answer>();
    processor_->Submit(std::move(command), [answer](const partition::CommandResult& result) {
      ++answer->replies;
      answer->status = result.status;
      answer->owner_endpoint = result.owner_endpoint;
      if (result.rejection) answer->rejection = result.rejection->reason;
      if (result.accepted()) FillReceipt(result.receipt, &answer->receipt);
    });
    return answer;
  }
  std::shared_ptr<Answer> Send(uint64_t request, std::string text,
                               base::v1::Service service = kNotes) {
    return Send(MakeCommand(service, kSubject, RequestId(request), std::move(text)));
  }

  // One round of the loop of a server.
  void Step() {
    processor_->Decide();
    log_->Poll(absl::ZeroDuration());
    EXPECT_TRUE(processor_->ReadBack().ok());
  }
  void Settle(int rounds = 8) {
    for (int i = 0; i < rounds; ++i) Step();
  }

  Hash Digest() {
    int64_t subjects = 0;
    return *processor_->fold().Digest(&subjects);
  }
  Subject State(const std::string& subject = kSubject) {
    const auto found = processor_->fold().Find(subject);
    return found.ok() && *found != nullptr ? **found : Subject();
  }
  std::string TallyOf(base::v1::Service service, Event::EventCase arm) {
    std::string count = "0";
    processor_->fold().FindService(kTally)->VisitRows(
        [&](std::string_view key, std::string_view value) {
          if (key == std::to_string(service) + "/" + std::to_string(arm)) count = value;
        });
    return count;
  }

  partition::Processor& operator*() { return *processor_; }
  partition::Processor* operator->() { return processor_.get(); }
  store::MemoryStore& store() { return store_; }
  FakeKeys& keys() { return keys_; }
  partition::ProcessorOptions& options() { return options_; }
  partition::FoldOptions& fold_options() { return fold_options_; }
  void set_directory_position(int64_t position) { directory_position_ = position; }
  // Another snapshot is in force.
  void set_edition(int64_t position, uint64_t edition) {
    directory_position_ = position;
    edition_ = edition;
  }

 private:
  log::EventLog* log_;
  FakeClock* clock_;
  std::string name_;
  partition::ProcessorOptions options_;
  partition::FoldOptions fold_options_;
  std::unique_ptr<SeededRandom> random_;
  store::MemoryStore store_;
  FakeKeys keys_;
  FakeSealer sealer_;
  int64_t directory_position_ = 0;
  uint64_t edition_ = 0;
  std::unique_ptr<partition::Processor> processor_;
};

// Every record of the partition, decoded, for tests that look at the log itself.
struct Logged {
  std::string frame;
  RecordView view() const { return *DecodeRecord(frame); }
  Event event() const {
    Event event;
    const std::string_view value = view().value;
    EXPECT_TRUE(event.ParseFromArray(value.data(), static_cast<int>(value.size())));
    return event;
  }
};

inline std::vector<Logged> AllOf(log::EventLog* log) {
  std::vector<Logged> all;
  EXPECT_TRUE(log->Read(kPartition, 0, 1 << 20,
                        [&](Offset, const RecordView& record) {
                          all.emplace_back();
                          EncodeRecord(record, &all.back().frame);
                          return true;
                        })
                  .ok());
  return all;
}

// Those that count.
inline std::vector<Logged> ValidOf(log::EventLog* log) {
  partition::Fold fold("", AllToys(), nullptr);
  std::vector<Logged> valid;
  Offset offset = 0;
  for (Logged& record : AllOf(log)) {
    if (fold.Apply(offset++, record.view(), nullptr).verdict == Verdict::kValid)
      valid.push_back(std::move(record));
  }
  return valid;
}

inline int CountOf(log::EventLog* log, Event::EventCase arm) {
  int count = 0;  // of valid ones
  for (const Logged& record : ValidOf(log)) count += record.event().event_case() == arm;
  return count;
}

// Passes everything on to another log, and fails or loses on demand.
class FlakyLog : public log::EventLog {
 public:
  explicit FlakyLog(log::EventLog* log) : log_(log) {}

  enum class Fault { kNone, kFull, kLost, kLateAndLost, kAppendedButReported, kSilent };
  // What happens to the next appends, until it is changed.
  void set_fault(Fault fault) { fault_ = fault; }

  absl::Status Append(log::TopicPartition to, std::span<const RecordView> records,
                      log::Delivered delivered) override {
    ++appends_;
    switch (fault_) {
      case Fault::kNone:
        return log_->Append(to, records, std::move(delivered));
      case Fault::kFull:
        return absl::ResourceExhaustedError("full");
      case Fault::kSilent:
        return log_->Append(to, records, [](const absl::Status&) {});
      case Fault::kAppendedButReported: {
        reports_.push_back(std::move(delivered));
        return log_->Append(to, records, [](const absl::Status&) {});
      }
      case Fault::kLateAndLost:
      case Fault::kLost:
        reports_.push_back(std::move(delivered));
        return absl::OkStatus();
    }
    return absl::OkStatus();
  }
  void Poll(absl::Duration wait) override {
    log_->Poll(wait);
    if (fault_ == Fault::kLateAndLost) return;
    std::vector<log::Delivered> reports = std::move(reports_);
    reports_.clear();
    for (log::Delivered& report : reports) report(absl::UnavailableError("in doubt"));
  }
  absl::StatusOr<Offset> Read(log::TopicPartition of, Offset from, int64_t max,
                              log::RecordVisitor visitor) override {
    return log_->Read(of, from, max, visitor);
  }
  absl::StatusOr<Offset> ReadAside(log::TopicPartition of, Offset from, Offset to,
                                   log::RecordVisitor visitor) override {
    return log_->ReadAside(of, from, to, visitor);
  }
  absl::StatusOr<Offset> End(log::TopicPartition of) override { return log_->End(of); }
  void Refresh(log::TopicPartition of, log::Delivered ready) override {
    if (!slow_refresh_) return log_->Refresh(of, std::move(ready));
    refreshes_.push_back(std::move(ready));
  }
  // From now on Refresh answers when it is told to, as a log does that others append to.
  void set_slow_refresh() { slow_refresh_ = true; }
  void AnswerRefreshes(const absl::Status& status) {
    for (log::Delivered& ready : std::exchange(refreshes_, {})) ready(status);
  }
  int32_t Partitions(log::Topic topic) const override { return log_->Partitions(topic); }
  int appends() const { return appends_; }

 private:
  log::EventLog* log_;
  Fault fault_ = Fault::kNone;
  std::vector<log::Delivered> reports_;
  bool slow_refresh_ = false;
  std::vector<log::Delivered> refreshes_;
  int appends_ = 0;
};

}  // namespace tierline::testing
