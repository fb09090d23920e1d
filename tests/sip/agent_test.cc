#include "sip/agent.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "runtime/observe/metrics.h"
#include "tests/sip/messages.h"

// The redirect server on a socket, while the test is the one who decides: in its own thread, when
// it likes.

namespace tierline::sip {
namespace {

using ::testing::HasSubstr;
using testing::Invite;
using testing::ReportText;
using ::testing::StartsWith;

constexpr absl::Duration kPatience = absl::Seconds(20);

class Socket {
 public:
  explicit Socket(const std::string& address) : fd_(socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in to{.sin_family = AF_INET};
    to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    const timeval patience{.tv_sec = absl::ToInt64Seconds(kPatience)};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Socket() { close(fd_); }

  void Send(const std::string& text) {
    const std::string wire =
        absl::StrReplaceAll(text, {{"\n", "\r\n"}, {"192.0.2.1:5060;", "127.0.0.1:5060;rport;"}});
    EXPECT_EQ(send(fd_, wire.data(), wire.size(), 0), std::ssize(wire));
  }
  // The next answer that is not a provisional one.
  std::string Receive() {
    std::string buffer(65536, '\0');
    for (;;) {
      const ssize_t size = recv(fd_, buffer.data(), buffer.size(), 0);
      if (size < 0) return "nothing came";
      const std::string answer = buffer.substr(0, static_cast<size_t>(size));
      if (!answer.starts_with("SIP/2.0 1")) return answer;
    }
  }

 private:
  const int fd_;
};

class AgentTest : public ::testing::Test {
 protected:
  struct Call {
    routing::v1::ReceiveCallRequest request;
    std::string inquiry_id;
    Received done;
  };
  struct Report {
    routing::v1::ReportCallRequest request;
    Reported done;
  };

  void Start(int in_flight_max = 8, absl::Duration patience = AgentOptions{}.patience) {
    const AgentOptions options{.in_flight_max = in_flight_max,
                               .patience = patience,
                               .settings = {.gateway = "gw.example"}};
    Handover handover;
    handover.receive = [this](auto request, auto inquiry_id, auto done) {
      absl::MutexLock lock(&mutex_);
      calls_.push_back({std::move(request), std::move(inquiry_id), std::move(done)});
    };
    handover.report = [this](auto request, auto done) {
      absl::MutexLock lock(&mutex_);
      reports_.push_back({std::move(request), std::move(done)});
    };
    const absl::Status started = loop_.Start([&](su_root_s* root) {
      auto agent = Agent::Start(root, &loop_, options, std::move(handover), &counts_);
      if (agent.ok()) agent_ = *std::move(agent);
      return agent.status();
    });
    ASSERT_TRUE(started.ok()) << started;
    socket_ = std::make_unique<Socket>(agent_->address());
  }
  void TearDown() override {
    loop_.Stop([this] { agent_.reset(); });
  }

  template <typename One>
  One Next(std::deque<One>* queue) {
    absl::MutexLock lock(&mutex_);
    const auto some = [queue] { return !queue->empty(); };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&some), kPatience));
    if (queue->empty()) return {};
    One one = std::move(queue->front());
    queue->pop_front();
    return one;
  }
  Call NextCall() { return Next(&calls_); }
  Report NextReport() { return Next(&reports_); }
  size_t Waiting() {
    absl::MutexLock lock(&mutex_);
    return calls_.size() + reports_.size();
  }

  // From this thread, as the host does.
  void Ring(Call call, rpc::RpcStatus status = {}) {
    routing::v1::ReceiveCallResponse response;
    response.set_inquiry_id(call.inquiry_id);
    response.mutable_decision()->set_action(events::v1::ROUTE_ACTION_RING);
    response.mutable_decision()->set_line("+8676900441900");
    loop_.Post(
        [done = std::move(call.done), status, response]() mutable { done(status, response); });
  }
  void Answer(Report report, rpc::RpcStatus status = {}) {
    loop_.Post([done = std::move(report.done), status]() mutable { done(status); });
  }
  std::string Ask(const std::string& text) {
    socket_->Send(text);
    return socket_->Receive();
  }
  void AwaitIdle() {
    const absl::Time give_up = absl::Now() + kPatience;
    while (agent_->in_flight() > 0 && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(1));
    EXPECT_EQ(agent_->in_flight(), 0);
  }

  observe::Metrics metrics_;
  Counts counts_{&metrics_};
  Loop loop_;
  std::unique_ptr<Agent> agent_;
  std::unique_ptr<Socket> socket_;
  absl::Mutex mutex_;
  std::deque<Call> calls_;
  std::deque<Report> reports_;
};

std::string Cancel(const Invite& invite) {
  return absl::StrReplaceAll(invite.Text(), {{"INVITE", "CANCEL"}});
}

TEST_F(AgentTest, MovesACallWhenItIsDecidedAndNotBefore) {
  Start();
  socket_->Send(Invite().Text());
  Call call = NextCall();
  EXPECT_EQ(call.request.call().dialled(), "12371");
  EXPECT_EQ(agent_->in_flight(), 1);
  Ring(std::move(call));
  const std::string answer = socket_->Receive();
  EXPECT_THAT(answer, StartsWith("SIP/2.0 302 "));
  EXPECT_THAT(answer, HasSubstr("Contact: <sip:+8676900441900@gw.example;user=phone>"));
  AwaitIdle();
}

TEST_F(AgentTest, HandsARetransmittedCallOverOnce) {
  Start();
  for (int i = 0; i < 3; ++i) socket_->Send(Invite().Text());
  Ring(NextCall());
  EXPECT_THAT(socket_->Receive(), StartsWith("SIP/2.0 302 "));
  const std::string again = Ask(Invite().Text());  // now by Sofia alone
  EXPECT_THAT(again, StartsWith("SIP/2.0 302 "));
  EXPECT_EQ(Waiting(), 0u);
}

//
TEST_F(AgentTest, ReportsACancelledCallEndedByItsCallerOnceItIsReceived) {
  Start();
  socket_->Send(Invite().Text());
  Call call = NextCall();
  const std::string inquiry = call.inquiry_id;
  socket_->Send(Cancel({}));
  const std::string first = socket_->Receive(), second = socket_->Receive();
  EXPECT_THAT(first + second, HasSubstr("SIP/2.0 200 "));
  EXPECT_THAT(first + second, HasSubstr("SIP/2.0 487 "));
  EXPECT_EQ(Waiting(), 0u);  // what is not received can not be ended
  Ring(std::move(call));
  Report report = NextReport();
  EXPECT_EQ(report.request.inquiry_id(), inquiry);
  EXPECT_EQ(report.request.sequence(), 1);
  EXPECT_EQ(report.request.switch_time_ms(), 0);  // no report of a switch
  EXPECT_EQ(report.request.kind(), events::v1::CALL_REPORT_KIND_ENDED);
  EXPECT_EQ(report.request.cause(), events::v1::CALL_END_CAUSE_CALLER_HUNG_UP);
  Answer(std::move(report));
  AwaitIdle();
}

// however long the call itself took.
TEST_F(AgentTest, IsAsPatientWithTheEndOfACancelledCallAsWithTheCall) {
  const absl::Duration patience = absl::Seconds(2);
  Start(8, patience);
  socket_->Send(Invite().Text());
  Call call = NextCall();
  const absl::Time taken = absl::Now();
  socket_->Send(Cancel({}));
  socket_->Receive();
  socket_->Receive();
  while (absl::Now() < taken + patience) absl::SleepFor(absl::Milliseconds(10));
  Ring(std::move(call));
  Answer(NextReport(), {.code = absl::StatusCode::kUnavailable});
  Report again = NextReport();
  EXPECT_EQ(again.request.kind(), events::v1::CALL_REPORT_KIND_ENDED);
  Answer(std::move(again));
  AwaitIdle();
}

//
TEST_F(AgentTest, TriesAgainWhatCanNotBeRecordedForAMoment) {
  Start();
  socket_->Send(Invite().Text());
  Call first = NextCall();
  const std::string content = first.request.SerializeAsString();
  Ring(std::move(first), {.code = absl::StatusCode::kUnavailable});
  Call second = NextCall();
  EXPECT_EQ(second.request.SerializeAsString(), content);
  Ring(std::move(second));
  EXPECT_THAT(socket_->Receive(), StartsWith("SIP/2.0 302 "));
}

TEST_F(AgentTest, DoesNotTryAgainWhatIsRefused) {
  Start();
  socket_->Send(Invite().Text());
  Ring(NextCall(), {.code = absl::StatusCode::kFailedPrecondition, .reason = "NO_DIRECTORY"});
  EXPECT_THAT(socket_->Receive(), StartsWith("SIP/2.0 503 "));
  EXPECT_EQ(Waiting(), 0u);
}

//
TEST_F(AgentTest, AnswersAReportWhenItIsRecorded) {
  Start();
  socket_->Send(
      ReportText("Call-ID: a@b\nSequence: 1\nTime: 2009-04-01T10:00:00Z\nEvent: offered\n"));
  Answer(NextReport());
  EXPECT_THAT(socket_->Receive(), StartsWith("SIP/2.0 200 "));
}

TEST_F(AgentTest, RefusesBeyondItsCapWithoutKeepingAnything) {
  Start(1);
  socket_->Send(Invite().Text());
  Call call = NextCall();
  const Invite other{.call_id = "other@switch.example"};
  const std::string refused =
      Ask(absl::StrReplaceAll(other.Text(), {{"z9hG4bK776asdhds", "z9hG4bKother"}}));
  EXPECT_THAT(refused, StartsWith("SIP/2.0 503 "));
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1"));
  Ring(std::move(call));
  EXPECT_THAT(socket_->Receive(), StartsWith("SIP/2.0 302 "));
}

TEST_F(AgentTest, RefusesCallsWhileItShutsDownAndEndsThoseUnderWay) {
  Start();
  socket_->Send(Invite().Text());
  Call call = NextCall();
  absl::Notification refusing;
  loop_.Post([&] {
    agent_->BeginShutdown();
    refusing.Notify();
  });
  ASSERT_TRUE(refusing.WaitForNotificationWithTimeout(kPatience));
  const Invite other{.call_id = "other@switch.example"};
  EXPECT_THAT(Ask(absl::StrReplaceAll(other.Text(), {{"z9hG4bK776asdhds", "z9hG4bKother"}})),
              StartsWith("SIP/2.0 503 "));
  Ring(std::move(call));
  EXPECT_THAT(socket_->Receive(), StartsWith("SIP/2.0 302 "));
}

TEST_F(AgentTest, AnswersThatComeWhenItIsGoneAreDropped) {
  Start();
  socket_->Send(Invite().Text());
  Call call = NextCall();
  loop_.Stop([this] { agent_.reset(); });
  EXPECT_THAT(socket_->Receive(), StartsWith("SIP/2.0 503 "));
  Ring(std::move(call));
}

TEST_F(AgentTest, CountsByMethodAndCode) {
  Start();
  EXPECT_THAT(Ask(absl::StrReplaceAll(Invite().Text(), {{"INVITE", "FROBNICATE"}})),
              StartsWith("SIP/2.0 405 "));
  EXPECT_THAT(Ask(absl::StrReplaceAll(Invite().Text(), {{"INVITE", "OPTIONS"}})),
              StartsWith("SIP/2.0 200 "));
  const std::string page = metrics_.Expose();
  EXPECT_THAT(page, HasSubstr("tierline_sip_requests_total{code=\"405\",method=\"other\"} 1"));
  EXPECT_THAT(page, HasSubstr("tierline_sip_requests_total{code=\"200\",method=\"OPTIONS\"} 1"));
}

// A second server on the port is a mistake, and fails.
TEST_F(AgentTest, SaysWhereItCanNotListen) {
  Start();
  Loop other;
  const absl::Status status = other.Start([&](su_root_s* root) {
    return Agent::Start(root, &other, {.listen = agent_->address()}, {}, &counts_).status();
  });
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(agent_->address()));
}

}  // namespace
}  // namespace tierline::sip
