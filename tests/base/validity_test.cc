#include "base/validity.h"

#include <gtest/gtest.h>

#include "base/event_types.h"

namespace tierline {
namespace {

const Uuid kFirst = MakeUuidV7(1, 0, 1);
const Uuid kSecond = MakeUuidV7(2, 0, 2);
const Hash kHead = Sha256Of("head");
const Hash kOtherHead = Sha256Of("other");

RecordView Claim(const Uuid& id) {
  return {.id = id, .type = kOwnerClaimed, .source = base::v1::SERVICE_INTAKE};
}

RecordView EventOf(const Uuid& epoch, int64_t seq, std::string_view prev = {}) {
  return {.id = MakeUuidV7(9, epoch.bytes()[15], static_cast<uint64_t>(seq)),
          .type = "tierline.intake.note-added.v1",
          .source = base::v1::SERVICE_INTAKE,
          .subject = "subject",
          .epoch = epoch,
          .seq = seq,
          .prev = prev};
}

// One row: a record that follows the claim kFirst and two events, with the subject's head at kHead.
struct Row {
  const char* name;
  RecordView record;
  Verdict verdict;
  int64_t next_seq;  // afterwards
};

class Validity : public ::testing::TestWithParam<Row> {};

TEST_P(Validity, FollowsFromTheRecordsBefore) {
  state::v1::Writer writer;
  ASSERT_EQ(Judge(Claim(kFirst), {}, {}, &writer), Verdict::kValid);
  ASSERT_EQ(Judge(EventOf(kFirst, 0), {}, {}, &writer), Verdict::kValid);
  ASSERT_EQ(Judge(EventOf(kFirst, 1), {}, {}, &writer), Verdict::kValid);
  EXPECT_EQ(Judge(GetParam().record, kHead, {}, &writer), GetParam().verdict);
  EXPECT_EQ(writer.next_seq(), GetParam().next_seq);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Validity,
    ::testing::Values(
        Row{"TheNextEvent", EventOf(kFirst, 2), Verdict::kValid, 3},
        Row{"TheNextEventOnTheHead", EventOf(kFirst, 2, Bytes(kHead)), Verdict::kValid, 3},
        Row{"AnotherHead", EventOf(kFirst, 2, Bytes(kOtherHead)), Verdict::kPrevConflict, 3},
        Row{"ADuplicate", EventOf(kFirst, 1), Verdict::kBadSeq, 2},
        Row{"AGap", EventOf(kFirst, 3), Verdict::kBadSeq, 2},
        Row{"AGapOnAnotherHead", EventOf(kFirst, 3, Bytes(kOtherHead)), Verdict::kBadSeq, 2},
        Row{"ANegativeSeq", EventOf(kFirst, -1), Verdict::kBadSeq, 2},
        Row{"ANewOwnersEventBeforeItsClaim", EventOf(kSecond, 0), Verdict::kStaleEpoch, 2},
        Row{"AnotherEpochWithTheRightSeq", EventOf(kSecond, 2), Verdict::kStaleEpoch, 2},
        Row{"NoEpoch", EventOf(Uuid(), 2), Verdict::kStaleEpoch, 2},
        Row{"TheSameClaimAgain", Claim(kFirst), Verdict::kRepeatedClaim, 2},
        Row{"ANewClaim", Claim(kSecond), Verdict::kValid, 0}),
    [](const auto& info) { return info.param.name; });

TEST(ValidityRule, AClaimEndsTheEpochBeforeForEver) {
  state::v1::Writer writer;
  Judge(Claim(kFirst), {}, {}, &writer);
  Judge(Claim(kSecond), {}, {}, &writer);
  EXPECT_EQ(Judge(EventOf(kFirst, 0), {}, {}, &writer), Verdict::kStaleEpoch);
  EXPECT_EQ(Judge(Claim(kFirst), {}, {}, &writer),
            Verdict::kRepeatedClaim);  // it can not come back
  EXPECT_EQ(Judge(EventOf(kSecond, 0), {}, {}, &writer), Verdict::kValid);
}

TEST(ValidityRule, NothingIsValidBeforeTheFirstClaim) {
  state::v1::Writer writer;
  EXPECT_EQ(Judge(EventOf(kFirst, 0), {}, {}, &writer), Verdict::kStaleEpoch);
  EXPECT_EQ(Judge(EventOf(Uuid(), 0), {}, {}, &writer), Verdict::kStaleEpoch);
}

TEST(ValidityRule, APrevConflictDoesNotVoidWhatWasPipelinedAfterIt) {
  state::v1::Writer writer;
  Judge(Claim(kFirst), {}, {}, &writer);
  EXPECT_EQ(Judge(EventOf(kFirst, 0, Bytes(kOtherHead)), kHead, {}, &writer),
            Verdict::kPrevConflict);
  EXPECT_EQ(Judge(EventOf(kFirst, 1), kHead, {}, &writer), Verdict::kValid);
}

TEST(ValidityRule, ALostEventVoidsEverythingAfterItInItsEpoch) {
  state::v1::Writer writer;
  Judge(Claim(kFirst), {}, {}, &writer);
  for (int64_t seq = 1; seq < 5; ++seq) {
    EXPECT_EQ(Judge(EventOf(kFirst, seq), kHead, {}, &writer), Verdict::kBadSeq);
  }
}

TEST(ValidityRule, AReleaseIsRememberedUntilTheNextClaim) {
  state::v1::Writer writer;
  Judge(Claim(kFirst), {}, {}, &writer);
  RecordView release = EventOf(kFirst, 0);
  release.type = kOwnerReleased;
  EXPECT_EQ(Judge(release, {}, {}, &writer), Verdict::kValid);
  EXPECT_TRUE(writer.released());
  Judge(Claim(kSecond), {}, {}, &writer);
  EXPECT_FALSE(writer.released());
}

TEST(ValidityRule, EachRuleCanBeSwitchedOff) {
  const auto judge = [](const RecordView& record, ValidityRules rules) {
    state::v1::Writer writer;
    Judge(Claim(kFirst), {}, {}, &writer);
    return Judge(record, kHead, rules, &writer);
  };
  EXPECT_EQ(judge(EventOf(kSecond, 0), {.epoch = false}), Verdict::kValid);
  EXPECT_EQ(judge(EventOf(kFirst, 7), {.seq = false}), Verdict::kValid);
  EXPECT_EQ(judge(EventOf(kFirst, 0, Bytes(kOtherHead)), {.prev = false}), Verdict::kValid);
}

TEST(ValidityRule, NamesItsVerdicts) {
  EXPECT_EQ(VerdictName(Verdict::kValid), "");
  EXPECT_EQ(VerdictName(Verdict::kStaleEpoch), "stale_epoch");
  EXPECT_EQ(VerdictName(Verdict::kBadSeq), "bad_seq");
  EXPECT_EQ(VerdictName(Verdict::kPrevConflict), "prev_conflict");
  EXPECT_EQ(VerdictName(Verdict::kRepeatedClaim), "repeated_claim");
}

TEST(ChainHash, DependsOnEveryFieldThatAReaderReliesOn) {
  const auto with = [](auto change) {
    RecordView record = EventOf(kFirst, 0);
    record.time_ms = 5;
    record.command = MakeUuidV7(3, 3, 3);
    record.value = "value";
    change(&record);
    return ChainHash(kHead, record);
  };
  const Hash hash = with([](RecordView*) {});
  EXPECT_NE(with([](RecordView* r) { r->id = kSecond; }), hash);
  EXPECT_NE(with([](RecordView* r) { r->type = "tierline.intake.inquiry-closed.v1"; }), hash);
  EXPECT_NE(with([](RecordView* r) { r->source = base::v1::SERVICE_ROUTING; }), hash);
  EXPECT_NE(with([](RecordView* r) { r->subject = "another"; }), hash);
  EXPECT_NE(with([](RecordView* r) { r->time_ms = 6; }), hash);
  EXPECT_NE(with([](RecordView* r) { r->command = kSecond; }), hash);
  EXPECT_NE(with([](RecordView* r) { r->value = "other"; }), hash);
  EXPECT_NE(ChainHash(kOtherHead, EventOf(kFirst, 0)), ChainHash(kHead, EventOf(kFirst, 0)));
  // Who wrote it under which epoch may differ between a log and its mirror; the history does not.
  EXPECT_EQ(with([](RecordView* r) { r->epoch = kSecond; }), hash);
  EXPECT_EQ(with([](RecordView* r) { r->seq = 9; }), hash);
}

}  // namespace
}  // namespace tierline
