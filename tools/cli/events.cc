#include <google/protobuf/descriptor.pb.h>

#include <csignal>
#include <iostream>
#include <memory>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tierline/events/v1/event.pb.h"
#include "tierline/reporting/v1/reporting.pb.h"
#include "tools/cli/commands.h"
#include "tools/cli/cursor.h"
#include "tools/cli/labels.h"
#include "tools/cli/phrase.h"

namespace tierline::cli {
namespace {

using reporting::v1::HistoryRecord;
using reporting::v1::ReadEventsRequest;
using reporting::v1::ReadEventsResponse;

constexpr int kPageSize = 200;  // full pages of the longest texts stay below the 4 MiB of a message
constexpr int kWaitMs = 10'000;
constexpr absl::Duration kTick = absl::Milliseconds(200);  // how soon Ctrl-C is noticed
constexpr absl::Duration kRetryAfter = absl::Seconds(1);

volatile std::sig_atomic_t interrupted = 0;

struct TailOptions {
  std::string partition = "all";
  std::string from;
  bool follow = false;
  bool include_void = false;
};

// A line with columns of fixed width, because what follows is not known yet.
std::string LineOf(const HistoryRecord& record, Labels* labels) {
  std::string line;
  auto add = [&](const std::string& cell, int width) {
    line += cell;
    line.append(static_cast<size_t>(std::max(0, width - DisplayWidth(cell)) + 2), ' ');
  };
  add(absl::StrCat(record.partition(), ":", record.offset()), 8);
  add(labels->Time(record.time_ms()), 25);
  add(std::string(Writer(record.source())), 10);
  add(std::string(ShortType(record.type())), 18);
  add(record.subject().empty() ? "-" : record.subject(), 36);
  if (!record.void_reason().empty()) absl::StrAppend(&line, "VOID ", record.void_reason(), ": ");
  return Printable(line + PhraseOf(record.event(), labels));
}

// Reads one partition after the other, or follows all at once.
class Tail {
 public:
  Tail(Program* program, const TailOptions& options, From from)
      : program_(program), labels_(program), options_(options), from_(std::move(from)) {}

  ExitCode Run() {
    const ExitCode code = FindPartitions();
    if (code != kOk) return code;
    if (program_->out().format() == Format::kJson) std::cout << "[";
    while (!Done()) {
      SendRequests();
      program_->channel().Poll(absl::Now() + kTick);
    }
    if (program_->out().format() == Format::kJson) std::cout << "\n]\n";
    PrintNext();
    return failure_;
  }

 private:
  struct Cursor {
    int32_t partition = 0;
    int64_t next = 0;
    bool asked = false;
    bool done = false;
    absl::Time not_before = absl::InfinitePast();
  };

  // Offset of the end of `partition`, and how many there are.
  ExitCode AskEnd(int32_t partition, int64_t* end, int32_t* partitions) {
    ReadEventsRequest request;
    ReadEventsResponse response;
    request.set_partition(partition);
    request.set_page_size(1);
    const ExitCode code = program_->Ask(kReporting, "ReadEvents", request, &response);
    *end = response.end();
    *partitions = response.partitions();
    return code;
  }

  ExitCode FindPartitions() {
    int32_t first = 0;
    const bool one = absl::SimpleAtoi(options_.partition, &first);
    int32_t last = first;
    for (int32_t partition = first; partition <= last; ++partition) {
      Cursor cursor{.partition = partition, .next = from_.Of(partition)};
      if (partition == first || from_.end) {
        int64_t end = 0;
        int32_t partitions = 0;
        const ExitCode code = AskEnd(partition, &end, &partitions);
        if (code != kOk) return code;
        if (!one) last = partitions - 1;
        if (from_.end) cursor.next = end;
      }
      cursors_.push_back(cursor);
    }
    return kOk;
  }

  bool Done() const {
    if (interrupted != 0 || failure_ != kOk) return true;
    return std::all_of(cursors_.begin(), cursors_.end(), [](const Cursor& c) { return c.done; });
  }

  void SendRequests() {
    for (Cursor& cursor : cursors_) {
      if (cursor.done) continue;
      if (!cursor.asked && cursor.not_before <= absl::Now()) Ask(&cursor);
      if (!options_.follow) return;
    }
  }

  void Ask(Cursor* cursor) {
    ReadEventsRequest request;
    request.set_partition(cursor->partition);
    request.set_from(cursor->next);
    request.set_page_size(kPageSize);
    request.set_wait_ms(options_.follow ? kWaitMs : 0);
    request.set_include_void(options_.include_void);
    cursor->asked = true;
    const absl::Duration patience =
        absl::Milliseconds(request.wait_ms()) + program_->options().timeout;
    program_->channel().CallAsync(
        kReporting, "ReadEvents", request, program_->CallFor(patience),
        [this, cursor](const rpc::RpcStatus& status, std::string_view bytes) {
          cursor->asked = false;
          if (interrupted != 0) return;
          status.ok() ? Show(cursor, bytes) : Fail(cursor, program_->Named(status));
        });
  }

  void Show(Cursor* cursor, std::string_view bytes) {
    ReadEventsResponse response;
    if (!response.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      Fail(cursor, {.code = absl::StatusCode::kDataLoss, .message = "the reply can not be read"});
      return;
    }
    complained_ = false;
    for (const HistoryRecord& record : response.records()) ShowRecord(record);
    std::cout.flush();
    const bool moved = response.next() > cursor->next;
    cursor->next = std::max(cursor->next, response.next());
    if (!options_.follow && (cursor->next >= response.end() || !moved)) cursor->done = true;
  }

  void ShowRecord(const HistoryRecord& record) {
    switch (program_->out().format()) {
      case Format::kTable:
        std::cout << LineOf(record, &labels_) << "\n";
        break;
      case Format::kJson:
        std::cout << (shown_ == 0 ? "\n" : ",\n") << ToJson(record, false);
        break;
      case Format::kJsonLines:
        std::cout << ToJson(record, false) << "\n";
        break;
    }
    ++shown_;
  }

  void Fail(Cursor* cursor, const rpc::RpcStatus& status) {
    const bool may_pass = ExitCodeOf(status) == kUnreachable;
    if (!complained_ || !may_pass) Complain(status, "");
    complained_ = true;
    if (options_.follow && may_pass) {
      cursor->not_before = absl::Now() + kRetryAfter;
    } else {
      failure_ = ExitCodeOf(status);
    }
  }

  void PrintNext() const {
    std::map<int32_t, int64_t> offsets;
    for (const Cursor& cursor : cursors_) offsets[cursor.partition] = cursor.next;
    std::cout.flush();
    std::cerr << "goes on with --from " << OffsetsToString(offsets) << "\n";
  }

  Program* program_;
  Labels labels_;
  TailOptions options_;
  From from_;
  std::vector<Cursor> cursors_;
  int64_t shown_ = 0;
  bool complained_ = false;  // since the last answer
  ExitCode failure_ = kOk;
};

ExitCode TailEvents(Program* program, const TailOptions& options) {
  std::string text = options.from;
  if (text.empty()) text = options.follow ? "end" : "start";
  std::signal(SIGINT, [](int) { interrupted = 1; });
  std::signal(SIGTERM, [](int) { interrupted = 1; });
  return Tail(program, options, *ParseFrom(text)).Run();
}

// The file behind what it imports, as protoc orders a set.
void AddFile(const google::protobuf::FileDescriptor& file, std::set<std::string>* added,
             google::protobuf::FileDescriptorSet* set) {
  if (!added->insert(file.name()).second) return;
  for (int i = 0; i < file.dependency_count(); ++i) AddFile(*file.dependency(i), added, set);
  google::protobuf::FileDescriptorProto* proto = set->add_file();
  file.CopyTo(proto);
  file.CopyJsonNameTo(proto);
}

ExitCode PrintDescriptor() {
  google::protobuf::FileDescriptorSet set;
  std::set<std::string> added;
  AddFile(*events::v1::Event::descriptor()->file(), &added, &set);
  set.SerializeToOstream(&std::cout);
  std::cout.flush();
  return std::cout ? kOk : kRefused;
}

std::string CheckPartition(const std::string& text) {
  int32_t number = 0;
  if (text == "all" || (absl::SimpleAtoi(text, &number) && number >= 0)) return "";
  return text + " is no partition: write a number from 0, or all";
}

std::string CheckFrom(const std::string& text) {
  return ParseFrom(text) ? "" : text + " is no position: write start, end, 1200 or 0:1200,3:88";
}

}  // namespace

void AddEvents(CLI::App* root, Program* program) {
  CLI::App* group = AddGroup(root, "events", "The log itself", "tierline events tail --follow");
  CLI::App* descriptor = AddCommand(
      group, "descriptor",
      "What decodes the events on Kafka, for any language: a FileDescriptorSet with "
      "tierline.events.v1.Event",
      "tierline events descriptor > tierline.public.binpb\n"
      "protoc --descriptor_set_in=tierline.public.binpb --decode=tierline.events.v1.Event < value");
  program->OnRun(descriptor, [] { return PrintDescriptor(); });
  CLI::App* command =
      AddCommand(group, "tail",
                 "Events of the log, from any position on; Ctrl-C ends and says where it goes on",
                 "tierline events tail\n"
                 "tierline events tail --follow --from 0:1200,3:88\n"
                 "tierline events tail --partition 3 --void -o jsonl | jq -r .void_reason");
  auto options = std::make_shared<TailOptions>();
  command->add_option("--partition", options->partition, "A number, or all")
      ->check(CheckPartition)
      ->capture_default_str();
  command
      ->add_option("--from", options->from,
                   "start, end, an offset, or partition:offset,…; else start, with --follow end")
      ->check(CheckFrom);
  command->add_flag("--follow", options->follow, "Wait for new events");
  command->add_flag("--void", options->include_void, "Show records that do not count, too");
  program->OnRun(command, [=] { return TailEvents(program, *options); });
}

}  // namespace tierline::cli
