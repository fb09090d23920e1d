#include "runtime/log/cloud_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/event_types.h"
#include "base/text.h"
#include "base/validity.h"

namespace tierline::log {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kPrev = "0123456789abcdef0123456789ABCDEF";

RecordView Full() {
  return {.id = *Uuid::Parse("01890a5d-ac96-774b-bcce-b302099a8057"),
          .type = "tierline.intake.inquiry-opened.v1",
          .source = base::v1::SERVICE_INTAKE,
          .subject = "8f14e45f-ceea-867a-9a36-dedd4bea2543",
          .time_ms = 1'795'533'247'123,
          .causation = *Uuid::Parse("01890a5d-ac96-774b-bcce-b302099a8058"),
          .command = *Uuid::Parse("01890a5d-ac96-774b-bcce-b302099a8059"),
          .epoch = *Uuid::Parse("01890a5d-ac96-774b-bcce-b302099a805a"),
          .seq = 17,
          .prev = kPrev,
          .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          .value = "value"};
}

Headers HeadersOf(const RecordView& record) {
  Headers headers;
  const CloudEventHeaders encoded(record);
  for (const Header& header : encoded.all()) headers.emplace_back(header.name, header.value);
  return headers;
}

RecordView Decode(CloudEventDecoder* decoder, const Headers& headers, std::string_view key,
                  std::string_view value) {
  for (const auto& [name, text] : headers) decoder->Add(name, text);
  return decoder->Take(key, value);
}

bool Same(const RecordView& a, const RecordView& b) {
  return a.id == b.id && a.type == b.type && a.source == b.source && a.subject == b.subject &&
         a.time_ms == b.time_ms && a.causation == b.causation && a.command == b.command &&
         a.epoch == b.epoch && a.seq == b.seq && a.prev == b.prev &&
         a.traceparent == b.traceparent && a.value == b.value;
}

TEST(CloudEvents, HasTheseHeaders) {
  EXPECT_THAT(
      HeadersOf(Full()),
      ElementsAre(
          Pair("ce_specversion", "1.0"), Pair("ce_id", "01890a5d-ac96-774b-bcce-b302099a8057"),
          Pair("ce_source", "/tierline/intake"),
          Pair("ce_type", "tierline.intake.inquiry-opened.v1"),
          Pair("ce_time", "2026-11-24T15:14:07.123Z"),
          Pair("ce_subject", "8f14e45f-ceea-867a-9a36-dedd4bea2543"),
          Pair("ce_correlationid", "8f14e45f-ceea-867a-9a36-dedd4bea2543"),
          Pair("ce_causationid", "01890a5d-ac96-774b-bcce-b302099a8058"),
          Pair("ce_commandid", "01890a5d-ac96-774b-bcce-b302099a8059"),
          Pair("ce_writerepoch", "01890a5d-ac96-774b-bcce-b302099a805a"),
          Pair("ce_writerseq", "17"),
          Pair("ce_prev", "3031323334353637383961626364656630313233343536373839414243444546"),
          Pair("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
          Pair("content-type", "application/protobuf")));
}

TEST(CloudEvents, OmitsWhatIsAbsent) {
  const RecordView erasure{.id = *Uuid::Parse("01890a5d-ac96-774b-bcce-b302099a8057"),
                           .type = "tierline.keys.data-key.v1",
                           .subject = "00ff"};
  EXPECT_THAT(
      HeadersOf(erasure),
      ElementsAre(Pair("ce_specversion", "1.0"),
                  Pair("ce_id", "01890a5d-ac96-774b-bcce-b302099a8057"),
                  Pair("ce_source", "/tierline/log"), Pair("ce_type", "tierline.keys.data-key.v1"),
                  Pair("ce_time", "1970-01-01T00:00:00.000Z"), Pair("ce_subject", "00ff"),
                  Pair("ce_correlationid", "00ff")));
}

std::string Bytes(size_t min, size_t max) {
  const auto size = *rc::gen::inRange(min, max + 1);
  return *rc::gen::container<std::string>(size, rc::gen::arbitrary<char>());
}

Uuid MaybeId() {
  return *rc::gen::arbitrary<bool>() ? Uuid()
                                     : Uuid::FromHalves(*rc::gen::arbitrary<uint64_t>(),
                                                        *rc::gen::inRange<uint64_t>(1, UINT64_MAX));
}

RC_GTEST_PROP(CloudEvents, ReadsBackEveryRecordThatItWrites, ()) {
  const std::string type = Bytes(1, 255);
  const std::string subject = Bytes(0, 300);
  const std::string trace = Bytes(0, 255);
  const std::string value = Bytes(0, 50);
  const std::string prev = *rc::gen::arbitrary<bool>() ? "" : Bytes(32, 32);
  RecordView record{.id = Uuid::FromHalves(*rc::gen::arbitrary<uint64_t>(), 1),
                    .type = type,
                    .source = static_cast<base::v1::Service>(*rc::gen::inRange(0, 5)),
                    .subject = subject,
                    .time_ms = *rc::gen::inRange<int64_t>(0, 253'402'300'800'000),
                    .causation = MaybeId(),
                    .command = MaybeId(),
                    .epoch = MaybeId(),
                    .seq = *rc::gen::inRange<int64_t>(0, INT64_MAX),
                    .prev = prev,
                    .traceparent = trace,
                    .value = value};
  RC_ASSERT(Writable(record).ok());
  CloudEventDecoder decoder;
  const Headers headers = HeadersOf(record);
  RC_ASSERT(Same(Decode(&decoder, headers, subject, value), record));
  RC_ASSERT(Same(Decode(&decoder, headers, subject, value), record));  // nothing is left over
}

RC_GTEST_PROP(CloudEvents, WritesTimesAsOthersDo, ()) {
  RecordView record = Full();
  record.time_ms = *rc::gen::inRange<int64_t>(0, 253'402'300'800'000);
  RC_ASSERT(HeadersOf(record)[4].second == absl::FormatTime("%E4Y-%m-%dT%H:%M:%E3SZ",
                                                            absl::FromUnixMillis(record.time_ms),
                                                            absl::UTCTimeZone()));
}

// Of any message: void in the eyes of every writer, and the next one is read as if it had not been.
void ExpectForeign(const Headers& headers, std::string_view key, const std::string& what) {
  CloudEventDecoder decoder;
  const RecordView record = Decode(&decoder, headers, key, "value");
  EXPECT_TRUE(Same(record, {.subject = key, .value = "value"})) << what;
  state::v1::Writer writer;
  EXPECT_EQ(Judge(record, Hash{}, {}, &writer), Verdict::kStaleEpoch) << what;
  RecordView claim = Full();
  claim.type = kOwnerClaimed;
  EXPECT_EQ(Judge(claim, Hash{}, {}, &writer), Verdict::kValid);
  EXPECT_EQ(Judge(record, Hash{}, {}, &writer), Verdict::kStaleEpoch) << what;
  const RecordView next = Full();
  EXPECT_TRUE(Same(Decode(&decoder, HeadersOf(next), next.subject, next.value), next)) << what;
}

TEST(CloudEvents, TakesAMessageForForeignWhenAHeaderIsMissing) {
  ExpectForeign({}, "key", "no header");
  for (const std::string name :
       {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"}) {
    Headers headers = HeadersOf(Full());
    std::erase_if(headers, [&](const auto& header) { return header.first == name; });
    ExpectForeign(headers, Full().subject, absl::StrCat("without ", name));
  }
}

TEST(CloudEvents, TakesAMessageForForeignWhenAHeaderIsMalformed) {
  const Headers wrong = {
      {"ce_specversion", "0.3"},
      {"ce_id", ""},
      {"ce_id", "00000000-0000-0000-0000-000000000000"},
      {"ce_id", "01890A5D-AC96-774B-BCCE-B302099A8057"},
      {"ce_id", "01890a5dxac96-774b-bcce-b302099a8057"},
      {"ce_source", "/tierline/billing"},
      {"ce_type", ""},
      {"ce_type", std::string(256, 'x')},
      {"ce_time", "2026-11-24T15:14:07Z"},
      {"ce_time", "2026-11-24T15:14:07.123+"},
      {"ce_time", "2026-02-29T15:14:07.123Z"},
      {"ce_time", "2026-00-24T15:14:07.123Z"},
      {"ce_time", "2026-11-24T24:14:07.123Z"},
      {"ce_time", "1969-12-31T23:59:59.999Z"},
      {"ce_subject", "another than the key"},
      {"ce_causationid", "x"},
      {"ce_commandid", "x"},
      {"ce_writerepoch", "x"},
      {"ce_writerseq", ""},
      {"ce_writerseq", "-1"},
      {"ce_writerseq", "01"},
      {"ce_writerseq", "9223372036854775808"},
      {"ce_writerseq", "1 "},
      {"ce_prev", "30"},
      {"ce_prev", std::string(64, 'A')},
      {"traceparent", std::string(256, 'x')},
      {"content-type", "application/json"},
  };
  for (const auto& [name, value] : wrong) {
    Headers headers = HeadersOf(Full());
    for (auto& header : headers) {
      if (header.first == name) header.second = value;
    }
    ExpectForeign(headers, Full().subject, absl::StrCat(name, ": ", value));
  }
}

TEST(CloudEvents, TakesAMessageForForeignWhenAHeaderIsThereTwice) {
  Headers headers = HeadersOf(Full());
  headers.push_back(headers[1]);
  ExpectForeign(headers, Full().subject, "twice");
}

TEST(CloudEvents, LeavesOutAKeyThatNoRecordHolds) {
  CloudEventDecoder decoder;
  EXPECT_TRUE(Same(Decode(&decoder, {}, std::string(1 << 16, 'k'), "v"), {.value = "v"}));
}

TEST(CloudEvents, IgnoresHeadersOfOthers) {
  Headers headers = HeadersOf(Full());
  headers.insert(headers.begin(), {"tracestate", "x"});
  headers.push_back({"ce_dataschema", "x"});
  CloudEventDecoder decoder;
  EXPECT_TRUE(Same(Decode(&decoder, headers, Full().subject, Full().value), Full()));
}

TEST(CloudEvents, IgnoresTheKeyOfARecordWithoutASubject) {
  RecordView record = Full();
  record.subject = "";
  CloudEventDecoder decoder;
  EXPECT_TRUE(Same(Decode(&decoder, HeadersOf(record), "any", record.value), record));
}

TEST(CloudEvents, RefusesWhatWouldBeReadBackAsForeign) {
  const auto refused = [](auto change) {
    RecordView record = Full();
    change(record);
    return absl::IsInvalidArgument(Writable(record));
  };
  const std::string long_text(70'000, 'x');
  EXPECT_TRUE(Writable(Full()).ok());
  EXPECT_TRUE(refused([](RecordView& r) { r.id = Uuid(); }));
  EXPECT_TRUE(refused([](RecordView& r) { r.type = ""; }));
  EXPECT_TRUE(refused([&](RecordView& r) { r.type = long_text; }));
  EXPECT_TRUE(refused([&](RecordView& r) { r.subject = long_text; }));
  EXPECT_TRUE(refused([&](RecordView& r) { r.traceparent = long_text; }));
  EXPECT_TRUE(refused([](RecordView& r) { r.prev = "short"; }));
  EXPECT_TRUE(refused([](RecordView& r) { r.time_ms = -1; }));
  EXPECT_TRUE(refused([](RecordView& r) { r.time_ms = 253'402'300'800'000; }));
  EXPECT_TRUE(refused([](RecordView& r) { r.seq = -1; }));
  EXPECT_TRUE(refused([](RecordView& r) { r.source = static_cast<base::v1::Service>(99); }));
}

}  // namespace
}  // namespace tierline::log
