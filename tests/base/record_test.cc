#include "base/record.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>  // needs gtest before it

#include <cstdlib>
#include <random>

#include "base/hash.h"

namespace tierline {
namespace {

RecordView Sample() {
  static const std::string prev(32, '\x5a');
  return {.id = MakeUuidV7(1, 2, 3),
          .type = "tierline.intake.note-added.v1",
          .source = base::v1::SERVICE_INTAKE,
          .subject = "subject",
          .time_ms = 1'780'000'000'000,
          .causation = MakeUuidV7(4, 5, 6),
          .command = MakeUuidV7(7, 8, 9),
          .epoch = MakeUuidV7(10, 11, 12),
          .seq = 13,
          .prev = prev,
          .traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
          .value = "value"};
}

std::string FrameOf(const RecordView& record) {
  std::string frame;
  EncodeRecord(record, &frame);
  return frame;
}

bool Same(const RecordView& a, const RecordView& b) {
  return a.id == b.id && a.type == b.type && a.source == b.source && a.subject == b.subject &&
         a.time_ms == b.time_ms && a.causation == b.causation && a.command == b.command &&
         a.epoch == b.epoch && a.seq == b.seq && a.prev == b.prev &&
         a.traceparent == b.traceparent && a.value == b.value;
}

TEST(Record, FrameHasTheDocumentedLayout) {
  const RecordView record = Sample();
  const std::string frame = FrameOf(record);
  ASSERT_EQ(frame.size(),
            88 + 32 + record.type.size() + record.subject.size() + record.traceparent.size() + 5);
  EXPECT_EQ(frame[0], 1);
  EXPECT_EQ(frame[1], base::v1::SERVICE_INTAKE);
  EXPECT_EQ(static_cast<size_t>(frame[2]), record.type.size());
  EXPECT_EQ(frame[3], 32);
  EXPECT_EQ(frame.substr(4, 2), std::string("\7\0", 2));
  EXPECT_EQ(frame.substr(16, 8), std::string("\15\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(frame.substr(24, 16), record.id.bytes());
  EXPECT_EQ(frame.substr(72, 16), record.epoch.bytes());
  EXPECT_EQ(frame.substr(88, 32), record.prev);
  EXPECT_EQ(frame.substr(frame.size() - 5), "value");
}

TEST(Record, AppendsToWhatIsThere) {
  std::string out = "before";
  EncodeRecord(Sample(), &out);
  EXPECT_EQ(out, "before" + FrameOf(Sample()));
}

TEST(Record, RefusesWhatIsNoFrame) {
  const std::string frame = FrameOf(Sample());
  for (size_t size = 0; size < frame.size() - 5; ++size) {  // the value is the rest, of any length
    EXPECT_EQ(DecodeRecord(frame.substr(0, size)).status().code(), absl::StatusCode::kDataLoss)
        << size;
  }
  for (const auto& [at, byte] :
       {std::pair(0, 2), std::pair(1, 9), std::pair(3, 31), std::pair(5, 77)}) {
    std::string broken = frame;
    broken[at] = static_cast<char>(byte);
    EXPECT_EQ(DecodeRecord(broken).status().code(), absl::StatusCode::kDataLoss) << at;
  }
}

TEST(Record, NamesItsSource) {
  EXPECT_EQ(SourceName(base::v1::SERVICE_ROUTING), "/tierline/routing");
  EXPECT_EQ(SourceName(base::v1::SERVICE_UNSPECIFIED), "/tierline/log");
  EXPECT_EQ(ServiceName(base::v1::SERVICE_ESCALATION), "escalation");
  EXPECT_EQ(ServiceName(static_cast<base::v1::Service>(99)), "log");
}

RC_GTEST_PROP(RecordProperty, FrameRoundTrips,
              (const std::string& type, const std::string& subject, const std::string& trace,
               const std::string& value, int64_t time_ms, int64_t seq, uint64_t salt,
               bool bears_prev)) {
  const std::string prev(Bytes(Sha256Of(value)));
  RecordView record{.id = MakeUuidV7(static_cast<int64_t>(salt >> 20), salt, ~salt),
                    .type = std::string_view(type).substr(0, 255),
                    .source = static_cast<base::v1::Service>(salt % 5),
                    .subject = subject,
                    .time_ms = time_ms,
                    .causation = MakeUuidV7(2, salt, 0),
                    .seq = seq};
  record.prev = bears_prev ? std::string_view(prev) : std::string_view();
  record.traceparent = std::string_view(trace).substr(0, 255);
  record.value = value;
  const std::string frame = FrameOf(record);
  const auto decoded = DecodeRecord(frame);
  RC_ASSERT(decoded.ok());
  RC_ASSERT(Same(*decoded, record));
  RC_ASSERT(FrameOf(*decoded) == frame);
}

// Any bytes are either refused or a frame that encodes to the same bytes; nothing is read beyond
// their end (under AddressSanitizer, the exact copy on the heap would show it).
TEST(Record, DecodesAnyBytesSafely) {
  const char* text = std::getenv("TIERLINE_FUZZ_SEED");
  const uint64_t seed = text != nullptr ? std::strtoull(text, nullptr, 10) : 1;
  std::mt19937_64 random(seed);
  const std::string frame = FrameOf(Sample());
  int decoded = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string bytes =
        frame.substr(0, random() % 8 == 0 ? random() % (frame.size() + 1) : frame.size());
    for (uint64_t changes = random() % 4; changes > 0 && !bytes.empty(); --changes) {
      bytes[random() % std::min<size_t>(bytes.size(), 96)] = static_cast<char>(random());
    }
    const std::vector<char> exact(bytes.begin(), bytes.end());
    const auto record = DecodeRecord({exact.data(), exact.size()});
    if (!record.ok()) continue;
    ++decoded;
    std::string again = FrameOf(*record);
    again[7] = bytes.size() > 7 ? bytes[7] : '\0';  // unused
    ASSERT_EQ(again, bytes) << "seed " << seed << " round " << round;
  }
  EXPECT_GT(decoded, 1000);
}

}  // namespace
}  // namespace tierline
