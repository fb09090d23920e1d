#include <atomic>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "base/validity.h"
#include "runtime/rpc/server.h"
#include "tests/system/run_program.h"
#include "tierline/base/v1/replica.pb.h"
#include "tierline/directory/v1/directory.pb.h"
#include "tierline/reporting/v1/reporting.pb.h"

// What the program `tierline` makes of a server's answers. A server of a few lines gives them.

namespace tierline {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Result;
using ::testing::StartsWith;

constexpr const char* kInquiry = "5c1f3a52-7d2e-8c11-9a40-0b9a6d0f6e21";

// A server whose answers a test chooses, on a thread of its own.
class Answers {
 public:
  template <typename Request, typename Response>
  void Give(std::string_view service, std::string_view method,
            std::function<Response(const Request&)> answer) {
    server_.Handle(service, method, [answer](rpc::Call call) {
      Request request;
      if (call.Parse(&request)) call.Reply(answer(request));
    });
  }
  void Refuse(std::string_view service, std::string_view method, Rejection rejection) {
    server_.Handle(service, method, [rejection](rpc::Call call) { call.Fail(rejection); });
  }

  Result RunCli(std::vector<std::string> args) {
    EXPECT_TRUE(server_.Start().ok());
    args.insert(args.begin(), {"--address", server_.address()});
    std::atomic<bool> stop{false};
    std::thread thread([&] {
      while (!stop) server_.Drain(absl::Now() + absl::Milliseconds(5));
    });
    const Result result = testing::RunCli(args);
    stop = true;
    thread.join();
    return result;
  }

 private:
  rpc::Server server_{rpc::ServerOptions{}};
};

constexpr std::string_view kReplica = "tierline.base.v1.ReplicaService";
constexpr std::string_view kReporting = "tierline.reporting.v1.ReportingService";

reporting::v1::HistoryRecord RecordOf(int64_t offset, const Hash& prev, Hash* head) {
  reporting::v1::HistoryRecord record;
  record.set_offset(offset);
  record.set_id(MakeUuidV7(1, 2, static_cast<uint64_t>(offset)).ToString());
  record.set_type("tierline.intake.note-added.v1");
  record.set_source("/tierline/intake");
  record.set_subject(kInquiry);
  record.set_time_ms(1'236'000'000'000);
  record.mutable_event()->set_subject(kInquiry);
  record.mutable_event()->mutable_note_added();
  const std::string value = record.event().SerializeAsString();
  *head = ChainHash(prev, {.id = *Uuid::Parse(record.id()),
                           .type = record.type(),
                           .source = base::v1::SERVICE_INTAKE,
                           .subject = record.subject(),
                           .time_ms = record.time_ms(),
                           .value = value});
  record.set_prev_hash(HexOf(Bytes(prev)));
  record.set_hash(HexOf(Bytes(*head)));
  return record;
}

// Two pages of one record each; `tamper` may change them.
Result HistoryOf(const std::function<void(reporting::v1::GetHistoryResponse*)>& tamper) {
  Hash first{}, second{};
  reporting::v1::GetHistoryResponse pages[2];
  *pages[0].add_records() = RecordOf(7, Hash{}, &first);
  *pages[1].add_records() = RecordOf(9, first, &second);
  pages[0].set_next_page_token("1");
  for (auto& page : pages) {
    page.mutable_chain()->set_verified(true);
    page.mutable_chain()->set_events(2);
    page.mutable_chain()->set_head(HexOf(Bytes(second)));
  }
  tamper(&pages[1]);
  Answers answers;
  answers.Give<reporting::v1::GetHistoryRequest, reporting::v1::GetHistoryResponse>(
      kReporting, "GetHistory",
      [&](const auto& request) { return pages[request.page_token().empty() ? 0 : 1]; });
  return answers.RunCli({"history", kInquiry});
}

TEST(CliHistory, AChainThatHoldsIsVerified) {
  const Result result = HistoryOf([](auto*) {});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("note-added"), HasSubstr("verified: 2 events, 2 hashed again here")));
}

TEST(CliHistory, AChangedEventIsExitCode4ThoughTheServerSaysVerified) {
  const Result result =
      HistoryOf([](auto* page) { page->mutable_records(0)->mutable_event()->set_directory(99); });
  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(result.err, HasSubstr("offset 9: its hash is not that of its content"));
}

TEST(CliHistory, AMissingEventIsExitCode4) {
  const Result result = HistoryOf([](auto* page) { page->clear_records(); });
  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(result.err, HasSubstr("counts 2 events, but sent 1"));
}

TEST(CliHistory, WhatTheServerFoundIsSaid) {
  const Result result = HistoryOf([](auto* page) {
    page->mutable_chain()->set_verified(false);
    page->mutable_chain()->set_fault("the head differs");
  });
  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(result.err, HasSubstr("the head differs"));
}

//
TEST(CliReport, FiguresThatDoNotSumAreExitCode4) {
  Answers answers;
  answers.Give<reporting::v1::GetTotalsRequest, reporting::v1::GetTotalsResponse>(
      kReporting, "GetTotals", [](const auto&) {
        reporting::v1::GetTotalsResponse totals;
        totals.mutable_sum()->set_received(3);
        totals.set_residual(1);
        return totals;
      });
  const Result result = answers.RunCli({"report", "totals"});
  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(result.out, HasSubstr("MUST BE 0"));
}

TEST(CliReport, ADigestThatTheLogDoesNotGiveIsExitCode4) {
  Answers answers;
  answers.Give<base::v1::GetDigestRequest, base::v1::GetDigestResponse>(
      kReplica, "GetDigest", [](const auto& request) {
        base::v1::GetDigestResponse digest;
        auto* partition = digest.add_partitions();
        partition->set_digest("aa");
        if (request.recompute()) partition->set_recomputed("bb");
        return digest;
      });
  EXPECT_EQ(answers.RunCli({"report", "digest", "--recompute"}).code, 4);
}

TEST(CliRefused, FieldValueRuleAndWhatToDoAreSaid) {
  Answers answers;
  answers.Refuse("tierline.directory.v1.DirectoryService", "GetOffice",
                 {.code = absl::StatusCode::kNotFound,
                  .reason = "OFFICE_NOT_FOUND",
                  .message = "there is no such office",
                  .rule = "R-201",
                  .field = "code",
                  .value = "999999"});
  const Result result = answers.RunCli({"directory", "office", "999999"});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, AllOf(StartsWith("tierline: there is no such office\n"),
                                HasSubstr("OFFICE_NOT_FOUND"), HasSubstr("code"),
                                HasSubstr("999999"), HasSubstr("R-201"), HasSubstr("\n  do ")));
}

// A Chinese character takes two columns.
TEST(CliTable, ColumnsAlignUnderChineseNames) {
  Answers answers;
  answers.Give<directory::v1::ListOfficesRequest, directory::v1::ListOfficesResponse>(
      "tierline.directory.v1.DirectoryService", "ListOffices", [](const auto&) {
        directory::v1::ListOfficesResponse offices;
        for (const char* parent : {"省", "中央组织部"}) {
          auto* office = offices.add_offices();
          office->set_code("340000");
          office->set_parent(parent);
          office->set_name("x");
        }
        return offices;
      });
  EXPECT_THAT(answers.RunCli({"directory", "offices"}).out,
              AllOf(HasSubstr("省          x\n"), HasSubstr("中央组织部  x\n")));
}

TEST(CliTable, NobodysDataMovesTheCursor) {
  Answers answers;
  answers.Give<directory::v1::ListOfficesRequest, directory::v1::ListOfficesResponse>(
      "tierline.directory.v1.DirectoryService", "ListOffices", [](const auto&) {
        directory::v1::ListOfficesResponse offices;
        offices.add_offices()->set_name("\x1b[2Jname");
        return offices;
      });
  EXPECT_THAT(answers.RunCli({"directory", "offices"}).out,
              AllOf(HasSubstr("?[2Jname"), Not(HasSubstr("\x1b"))));
}

// The first offset that is asked for in each of two partitions.
std::vector<int64_t> FirstReads(const std::string& from) {
  std::vector<int64_t> reads(2, -1);
  Answers answers;
  answers.Give<reporting::v1::ReadEventsRequest, reporting::v1::ReadEventsResponse>(
      kReporting, "ReadEvents", [&reads](const auto& request) {
        const bool asks_the_end = request.page_size() == 1;
        if (!asks_the_end) reads[static_cast<size_t>(request.partition())] = request.from();
        reporting::v1::ReadEventsResponse events;
        events.set_next(request.from());
        events.set_end(7);
        events.set_partitions(2);
        return events;
      });
  EXPECT_EQ(answers.RunCli({"events", "tail", "--from", from}).code, 0);
  return reads;
}

TEST(CliEvents, BeginWhereTheyAreToldTo) {
  EXPECT_THAT(FirstReads("start"), ElementsAre(0, 0));
  EXPECT_THAT(FirstReads("5"), ElementsAre(5, 5));
  EXPECT_THAT(FirstReads("1:5"), ElementsAre(0, 5));
  EXPECT_THAT(FirstReads("0:3,1:5"), ElementsAre(3, 5));
  EXPECT_THAT(FirstReads("end"), ElementsAre(7, 7));
}

}  // namespace
}  // namespace tierline
