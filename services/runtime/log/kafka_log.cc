#include "runtime/log/kafka_log.h"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/event_types.h"
#include "base/text.h"
#include "runtime/log/genesis.h"
#include "runtime/log/kafka_admin.h"
#include "runtime/log/kafka_ends.h"
#include "runtime/log/kafka_producer.h"
#include "runtime/log/kafka_replay.h"
#include "runtime/log/kafka_signal.h"
#include "runtime/log/kafka_tail.h"
#include "runtime/log/kafka_topics.h"

namespace tierline::log {
namespace {

constexpr absl::Duration kFounderPatience = absl::Seconds(2);

Uuid RandomId() {
  std::random_device device;
  const auto half = [&device] { return uint64_t{device()} << 32 | device(); };
  const uint64_t high = half();
  return MakeUuidV7(absl::ToUnixMillis(absl::Now()), high, half());
}

std::string NameOf(TopicPartition at, const std::vector<std::string>& topics) {
  return absl::StrCat(topics[static_cast<size_t>(at.topic)], "/", at.partition);
}

}  // namespace

struct KafkaLog::Core {
  explicit Core(const KafkaLogOptions& given) : options(given) {}

  absl::Status Open();
  absl::Status NameTopics();
  absl::Status Connect();
  absl::Status Found();
  absl::Status FoundPartitions(const std::vector<TopicPartition>& at, const GenesisFacts& facts);
  absl::Status CheckNoneWasLost(const std::vector<TopicPartition>& at);
  bool Begun(bool by_genesis) const;
  absl::StatusOr<GenesisFacts> FirstRecord(TopicPartition of);
  bool Step();
  absl::StatusOr<Offset> ReadTail(const TailCache& tail, Offset from, Offset to,
                                  RecordVisitor visitor);
  Offset EndOf(TopicPartition of) const { return tail->At(IndexOf(of, options.partitions)).end(); }

  const KafkaLogOptions options;
  absl::Time deadline;              // of Open
  std::vector<std::string> topics;  // names, by Topic
  KafkaSignal signal;               // outlives those who raise it
  std::unique_ptr<KafkaProducer> producer;
  std::unique_ptr<KafkaTail> tail;
  std::unique_ptr<KafkaReplay> replay;
  std::unique_ptr<KafkaEnds> ends;  // uses the tail's client
  bool polling = false;
};

KafkaLog::KafkaLog(std::unique_ptr<Core> core) : core_(std::move(core)) {}
KafkaLog::~KafkaLog() { core_->signal.SetWaker({}); }

absl::StatusOr<std::unique_ptr<KafkaLog>> KafkaLog::Open(const KafkaLogOptions& options) {
  if (options.partitions < 1) return absl::InvalidArgumentError("a log has at least one partition");
  auto core = std::make_unique<Core>(options);
  if (absl::Status status = core->Open(); !status.ok()) return status;
  return std::unique_ptr<KafkaLog>(new KafkaLog(std::move(core)));
}

absl::Status KafkaLog::Core::Open() {
  deadline = absl::Now() + options.open_timeout;
  if (absl::Status status = NameTopics(); !status.ok()) return status;
  if (absl::Status status = Connect(); !status.ok()) return status;
  return Found();
}

absl::Status KafkaLog::Core::NameTopics() {
  const std::vector<TopicSpec> specs =
      PlanTopics({options.topic_prefix, options.partitions, options.replication});
  for (const TopicSpec& spec : specs) topics.push_back(spec.name);
  return PrepareTopics(options.connection, specs, options.create, deadline);
}

absl::Status KafkaLog::Core::Connect() {
  auto opened_tail =
      KafkaTail::Open({options.connection, topics, options.partitions, &signal}, deadline);
  if (!opened_tail.ok()) return opened_tail.status();
  tail = *std::move(opened_tail);
  ends = std::make_unique<KafkaEnds>(tail->client(), &topics, &signal);
  auto opened_replay =
      KafkaReplay::Open({options.connection, topics, options.partitions, options.read_timeout});
  if (!opened_replay.ok()) return opened_replay.status();
  replay = *std::move(opened_replay);
  auto opened_producer = KafkaProducer::Open(
      {options.connection, topics, options.partitions, options.delivery_timeout, &signal},
      deadline);
  if (!opened_producer.ok()) return opened_producer.status();
  producer = *std::move(opened_producer);
  return absl::OkStatus();
}

absl::Status KafkaLog::Core::Found() {
  const std::vector<TopicPartition> all = AllPartitions(options.partitions);
  // Of several founders, the one whose record is the first of the first partition names the log.
  if (absl::Status status = FoundPartitions({all.front()}, {RandomId(), options.partitions});
      !status.ok())
    return status;
  absl::StatusOr<GenesisFacts> facts = FirstRecord(all.front());
  if (!facts.ok()) return facts.status();
  const std::string where = options.topic_prefix.empty() ? topics.front() : options.topic_prefix;
  if (absl::Status same = CheckPartitions(*facts, options.partitions, where); !same.ok())
    return same;
  if (absl::Status status = FoundPartitions(all, *facts); !status.ok()) return status;
  for (const TopicPartition of : all) {
    const absl::StatusOr<GenesisFacts> its = FirstRecord(of);
    if (!its.ok()) return its.status();
    if (its->log_id != facts->log_id || its->partitions != facts->partitions) {
      return absl::DataLossError(
          absl::StrCat(NameOf(of, topics), " is of the log ", its->log_id.ToString(), ", ",
                       NameOf(all.front(), topics), " of ", facts->log_id.ToString()));
    }
  }
  return absl::OkStatus();
}

// A partition that is empty in a log that has begun was deleted: to found it anew would hide that.
// Records on their way from another founder are waited for.
absl::Status KafkaLog::Core::CheckNoneWasLost(const std::vector<TopicPartition>& at) {
  const absl::Time until = std::min(deadline, absl::Now() + kFounderPatience);
  for (;;) {
    const auto empty =
        std::find_if(at.begin(), at.end(), [this](TopicPartition of) { return EndOf(of) == 0; });
    // The first partition is founded before all others.
    if (empty == at.end() || !Begun(/*by_genesis=*/at.size() == 1)) return absl::OkStatus();
    if (absl::Now() > until) {
      return absl::DataLossError(absl::StrCat(
          NameOf(*empty, topics), " is empty although the log has begun: it was deleted or made ",
          "anew; restore the topic, or found a new log under another topic prefix"));
    }
    Step();
    signal.Take(absl::Milliseconds(20));
  }
}

// Whether any partition has a record. Until all partitions are founded, nobody appends any but
// genesis records; `by_genesis` counts these too.
bool KafkaLog::Core::Begun(bool by_genesis) const {
  for (const TopicPartition of : AllPartitions(options.partitions)) {
    const TailCache& last = tail->At(IndexOf(of, options.partitions));
    if (last.end() == 0) continue;
    if (by_genesis || last.first() == last.end()) return true;
    const absl::StatusOr<RecordView> record = DecodeRecord(last.At(last.end() - 1));
    if (record.ok() && record->type != kGenesis) return true;
  }
  return false;
}

// Appends the genesis record to those of `at` that are empty, until none is.
absl::Status KafkaLog::Core::FoundPartitions(const std::vector<TopicPartition>& at,
                                             const GenesisFacts& facts) {
  if (absl::Status status = CheckNoneWasLost(at); !status.ok()) return status;
  absl::Status last;
  for (;;) {
    size_t under_way = 0;
    for (const TopicPartition to : at) {
      if (EndOf(to) > 0) continue;
      if (!options.create)
        return absl::NotFoundError(absl::StrCat(NameOf(to, topics), " is empty"));
      const std::string frame = GenesisFrame(facts, to);
      const absl::StatusOr<RecordView> record = DecodeRecord(frame);
      // Compaction keeps one record of each key, and all founders' records have to stay.
      const std::string key = RandomId().ToString();
      const absl::Status queued = producer->Append(
          to, {&*record, 1},
          [&](absl::Status status) {
            --under_way;
            last.Update(status);
          },
          to.topic == Topic::kKeys ? std::string_view(key) : std::string_view());
      if (!queued.ok()) return queued;
      ++under_way;
    }
    if (under_way == 0) return absl::OkStatus();
    while (under_way > 0 && absl::Now() < deadline) {
      Step();
      signal.Take(absl::Milliseconds(20));
    }
    if (absl::Now() >= deadline)
      return last.ok() ? absl::UnavailableError("kafka: the log can not be founded in time") : last;
  }
}

absl::StatusOr<GenesisFacts> KafkaLog::Core::FirstRecord(TopicPartition of) {
  absl::StatusOr<GenesisFacts> facts = absl::DataLossError("no record");
  const auto see = [&](Offset, const RecordView& record) {
    facts = ReadGenesis(record);
    return false;
  };
  const TailCache& last = tail->At(IndexOf(of, options.partitions));
  bool stopped = false;
  const absl::StatusOr<Offset> next =
      last.first() == 0 ? ReadTail(last, 0, 1, see) : replay->Read(of, 0, 1, see, &stopped);
  if (last.first() > 0) replay->Rest(of);
  if (!next.ok()) return next.status();
  if (facts.ok()) return facts;
  return absl::DataLossError(
      absl::StrCat(NameOf(of, topics), " offset 0: ", facts.status().message()));
}

bool KafkaLog::Core::Step() {
  producer->Serve();
  const bool read = tail->Take();
  const auto end = [this](TopicPartition of) { return EndOf(of); };
  const bool asked = ends->CallBack(end);
  return producer->CallBack(end) || asked || read;
}

absl::StatusOr<Offset> KafkaLog::Core::ReadTail(const TailCache& tail, Offset from, Offset to,
                                                RecordVisitor visitor) {
  while (from < to) {
    const absl::StatusOr<RecordView> record = DecodeRecord(tail.At(from));
    if (!record.ok()) return record.status();
    if (!visitor(from++, *record)) break;
  }
  return from;
}

absl::Status KafkaLog::Append(TopicPartition to, std::span<const RecordView> records,
                              Delivered delivered) {
  return core_->producer->Append(to, records, std::move(delivered));
}

void KafkaLog::Poll(absl::Duration wait) {
  if (std::exchange(core_->polling, true)) return;  // from a callback
  core_->signal.Take(absl::ZeroDuration());
  if (!core_->Step() && wait > absl::ZeroDuration() && core_->signal.Take(wait)) core_->Step();
  core_->polling = false;
}

absl::StatusOr<Offset> KafkaLog::Read(TopicPartition of, Offset from, int64_t max,
                                      RecordVisitor visitor) {
  const int32_t index = IndexOf(of, core_->options.partitions);
  if (index < 0) return UnknownPartition(of, core_->options.partitions);
  if (const absl::Status& damage = core_->tail->damage(index); !damage.ok()) return damage;
  const TailCache& tail = core_->tail->At(index);
  if (from < 0 || from > tail.end()) return BeyondEnd(of, from, tail.end());
  const Offset to = from + std::min(std::max<int64_t>(max, 0), tail.end() - from);
  if (from < std::min(to, tail.first())) {
    bool stopped = false;
    const Offset old = std::min(to, tail.first());
    const absl::StatusOr<Offset> next = core_->replay->Read(of, from, old, visitor, &stopped);
    if (!next.ok() || stopped || *next < old) return next;
    from = *next;
    if (from == tail.first()) core_->replay->Rest(of);
  }
  return core_->ReadTail(tail, from, to, visitor);
}

absl::StatusOr<Offset> KafkaLog::ReadAside(TopicPartition of, Offset from, Offset to,
                                           RecordVisitor visitor) {
  if (IndexOf(of, core_->options.partitions) < 0)
    return UnknownPartition(of, core_->options.partitions);
  bool stopped = false;
  while (from < to && !stopped) {
    const absl::StatusOr<Offset> next = core_->replay->Read(of, from, to, visitor, &stopped);
    if (!next.ok()) return next;
    from = *next;
  }
  return from;
}

absl::StatusOr<Offset> KafkaLog::End(TopicPartition of) {
  const int32_t index = IndexOf(of, core_->options.partitions);
  if (index < 0) return UnknownPartition(of, core_->options.partitions);
  if (const absl::Status& damage = core_->tail->damage(index); !damage.ok()) return damage;
  return core_->tail->At(index).end();
}

int32_t KafkaLog::Partitions(Topic topic) const {
  return PartitionsOf(topic, core_->options.partitions);
}

void KafkaLog::Refresh(TopicPartition of, Delivered ready) {
  if (IndexOf(of, core_->options.partitions) < 0)
    return ready(UnknownPartition(of, core_->options.partitions));
  core_->ends->Ask(of, std::move(ready));
}

void KafkaLog::SetWaker(std::function<void()> waker) { core_->signal.SetWaker(std::move(waker)); }

}  // namespace tierline::log
