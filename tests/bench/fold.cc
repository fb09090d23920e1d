// Folds a log of intake events with persisted state, against the bare limit: a RocksDB scan of the
// same log that parses every event into one reused message.
//
//   fold --dir D --events 1000000 --rounds 5
//   fold --dir D --events 1000000 --prepare-only
//
// D becomes a data directory that a server can start on. One JSON line per round:
// {"scan_s":…,"fold_s":…,"threads_s":…,"threads":…,"events":…}: the bare scan, the fold on one
// thread, and on as many as the machine has cores, as a server does it.

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "base/record.h"
#include "directory/directory.h"
#include "intake/intake.h"
#include "runtime/log/rocks_log.h"
#include "runtime/partition/partitions.h"
#include "runtime/ports.h"
#include "runtime/store/rocks_store.h"
#include "tests/kit/keys.h"
#include "tests/kit/packs.h"
#include "tests/kit/ports.h"

namespace tierline {
namespace {

constexpr int kEventsPerInquiry = 10;
constexpr int32_t kPartitions = 8;

double Seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

void Die(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

std::vector<std::unique_ptr<Service>> Services() {
  std::vector<std::unique_ptr<Service>> services;
  services.push_back(std::make_unique<intake::IntakeService>());
  return services;
}

std::unique_ptr<google::protobuf::Message> Body(int step) {
  auto body = std::make_unique<intake::v1::Command>();
  const std::string text(160, 'x');
  if (step == 0) {
    auto* open = body->mutable_open_inquiry();
    open->set_channel(events::v1::INQUIRY_CHANNEL_BY_HAND);
    open->set_office("110000");
    open->set_category("dues");
    open->set_question(text);
  } else if (step == 1) {
    body->mutable_register_inquiry()->set_explanation(text);
    body->mutable_register_inquiry()->set_next_step(text);
  } else if (step == kEventsPerInquiry - 1) {
    body->mutable_close_inquiry()->set_outcome(events::v1::CLOSE_OUTCOME_RESOLVED);
  } else {
    body->mutable_add_note()->set_note(text);
  }
  return body;
}

// What the partitions of a server stand on, without the server.
struct Ground {
  std::unique_ptr<log::RocksLog> log;
  std::unique_ptr<store::RocksStore> store;
  std::shared_ptr<const directory::Directory> directory;
  testing::FakeClock clock;
  testing::SeededRandom random;
  testing::FakeSealer sealer;
  testing::FakeKeys keys;

  explicit Ground(const std::string& dir) {
    auto opened = log::RocksLog::Open(dir + "/log", {.partitions = kPartitions});
    if (!opened.ok()) Die(opened.status());
    log = *std::move(opened);
  }

  std::unique_ptr<partition::Partitions> Make() {
    const partition::Ports ports{.log = log.get(),
                                 .clock = &clock,
                                 .random = &random,
                                 .sealer = &sealer,
                                 .keys = &keys,
                                 .directory = [this] {
                                   return partition::DirectoryAt{directory.get(), 0};
                                 }};
    const auto make = [&](log::TopicPartition of, const std::string& name) {
      return std::make_unique<partition::Processor>(
          of, std::make_unique<partition::Fold>(name, Services(), store.get()), ports,
          partition::ProcessorOptions{.pending_max = 4096});
    };
    std::vector<std::unique_ptr<partition::Processor>> history;
    for (int32_t i = 0; i < kPartitions; ++i) {
      history.push_back(make({log::Topic::kHistory, i}, "b" + std::to_string(i)));
    }
    return std::make_unique<partition::Partitions>(std::move(history),
                                                   make({log::Topic::kDirectory, 0}, "d"));
  }
};

// Writes `events` intake events: inquiries of ten events each, many under way at a time, as in a
// working day.
void Prepare(const std::string& dir, int64_t events) {
  Ground ground(dir);
  ground.directory = kit::NationalDirectory();
  const auto partitions = ground.Make();
  if (const auto started = partitions->Start(1); !started.ok()) Die(started);
  partitions->ForEach([](partition::Processor& p) {
    if (p.partition().topic == log::Topic::kHistory) p.SetAssigned(base::v1::SERVICE_INTAKE, true);
  });
  const auto step = [&] {
    if (const auto any = partitions->Step(ground.log.get(), absl::Now()); !any.ok())
      Die(any.status());
  };
  step();
  constexpr int kAtOnce = 1000;  // inquiries under way
  int64_t done = 0;
  for (int64_t first = 0; first < events / kEventsPerInquiry; first += kAtOnce) {
    for (int at = 0; at < kEventsPerInquiry; ++at) {
      for (int64_t i = first; i < std::min<int64_t>(first + kAtOnce, events / kEventsPerInquiry);
           ++i) {
        Command command;
        command.service = base::v1::SERVICE_INTAKE;
        command.request_id = MakeUuidV7(i, ground.random.Next(), ground.random.Next());
        command.subject = MakeInquiryId("bench", std::to_string(i), 0).ToString();
        command.body = Body(at);
        partitions->Of(command.subject)
            .Submit(std::move(command), [&done](const partition::CommandResult& result) {
              if (result.rejection || !result.status.ok()) {
                std::fprintf(stderr, "refused: %s\n",
                             result.rejection ? result.rejection->message.c_str()
                                              : result.status.ToString().c_str());
                std::exit(1);
              }
              ++done;
            });
      }
      while (partitions->waiting() > 0) step();
    }
  }
  std::fprintf(stderr, "prepared %lld events in %s\n", static_cast<long long>(done), dir.c_str());
}

double Scan(const std::string& dir, int64_t* events) {
  rocksdb::DB* raw = nullptr;
  rocksdb::Options options;
  const auto status = rocksdb::DB::OpenForReadOnly(options, dir + "/log", &raw);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str()), std::exit(1);
  const std::unique_ptr<rocksdb::DB> db(raw);
  rocksdb::ReadOptions read;
  read.readahead_size = 2 << 20;
  read.fill_cache = false;
  const auto start = std::chrono::steady_clock::now();
  const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(read));
  Event event;
  *events = 0;
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    const auto record = DecodeRecord({it->value().data(), it->value().size()});
    if (record.ok() &&
        event.ParseFromArray(record->value.data(), static_cast<int>(record->value.size())))
      ++*events;
  }
  return Seconds(start);
}

// Seconds that a server takes to fold the log from nothing, on so many threads.
double Fold(const std::string& dir, int threads, int64_t* events) {
  std::filesystem::remove_all(dir + "/bench-state");
  Ground ground(dir);
  auto opened = store::RocksStore::Open(dir + "/bench-state");
  if (!opened.ok()) Die(opened.status());
  ground.store = *std::move(opened);
  const auto partitions = ground.Make();
  const auto start = std::chrono::steady_clock::now();
  if (const auto started = partitions->Start(threads); !started.ok()) Die(started);
  const double seconds = Seconds(start);
  *events = 0;
  partitions->ForEach([&](partition::Processor& p) {
    if (p.partition().topic == log::Topic::kHistory) *events += p.fold().offset();
  });
  return seconds;
}

}  // namespace
}  // namespace tierline

int main(int argc, char** argv) {
  std::string dir;
  int64_t events = 1000000;
  int rounds = 5;
  const int threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  bool prepare_only = false;
  for (int i = 1; i < argc; ++i) {
    if (!std::strcmp(argv[i], "--prepare-only")) prepare_only = true;
    if (i + 1 >= argc) continue;
    if (!std::strcmp(argv[i], "--dir"))
      dir = argv[++i];
    else if (!std::strcmp(argv[i], "--events"))
      events = std::atoll(argv[++i]);
    else if (!std::strcmp(argv[i], "--rounds"))
      rounds = std::atoi(argv[++i]);
  }
  if (dir.empty())
    return std::fprintf(stderr, "usage: fold --dir D [--events N] [--rounds R] [--prepare-only]\n"),
           2;
  if (!std::filesystem::exists(dir + "/log")) tierline::Prepare(dir, events);
  if (prepare_only) return 0;
  int64_t scanned = 0, folded = 0;
  tierline::Scan(dir, &scanned);  // warms the page cache
  for (int round = 0; round < rounds; ++round) {
    const double scan_s = tierline::Scan(dir, &scanned);
    const double fold_s = tierline::Fold(dir, 1, &folded);
    const double threads_s = tierline::Fold(dir, threads, &folded);
    std::printf(
        "{\"scan_s\":%.4f,\"fold_s\":%.4f,\"threads_s\":%.4f,\"threads\":%d,\"events\":%lld}\n",
        scan_s, fold_s, threads_s, threads, static_cast<long long>(folded));
    std::fflush(stdout);
  }
}
