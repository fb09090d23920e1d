#include "runtime/rpc/stream.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <thread>

#include "absl/time/clock.h"
#include "grpc/health/v1/health.pb.h"
#include "runtime/rpc/client.h"
#include "runtime/rpc/server.h"
#include "tierline/routing/v1/routing.pb.h"

// Streams both ways. The method is routing's; what it does in these tests is not.

namespace tierline::rpc {
namespace {

using routing::v1::ReportCallsRequest;
using routing::v1::ReportCallsResponse;

constexpr std::string_view kService = "tierline.routing.v1.RoutingService";
constexpr absl::Duration kPatience = absl::Seconds(20);

// Acknowledges each request at once, in its order; one is read when the one before was answered.
class EchoHandler : public StreamHandler {
 public:
  explicit EchoHandler(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {
    stream_->Read();
  }
  void OnRequest(std::string_view bytes) override {
    ReportCallsRequest request;
    request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    ReportCallsResponse response;
    for (const auto& report : request.reports())
      response.add_acks()->set_request_id(report.request_id());
    stream_->Write(response);
  }
  void OnEnd() override { stream_->Finish({}); }
  void OnWritten() override { stream_->Read(); }

 protected:
  const std::shared_ptr<Stream> stream_;
};

// A server on a thread of its own, and a client.
class Streaming {
 public:
  template <typename Handler = EchoHandler>
  void Start() {
    server_.HandleStream(kService, "ReportCalls", [this](const std::shared_ptr<Stream>& stream) {
      ++begun;
      return std::make_shared<Handler>(stream);
    });
    ASSERT_TRUE(server_.Start().ok());
    thread_ = std::thread([this] {
      while (!stop_) server_.Drain(absl::Now() + absl::Milliseconds(5));
      server_.Shutdown(absl::Seconds(1));
    });
    channel_ = *Channel::Connect(server_.address(), {.retry = false});
  }
  ~Streaming() { Stop(); }
  void Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  std::unique_ptr<ClientStream> Open(Metadata metadata = {}) {
    return channel_->OpenStream(
        kService, "ReportCalls",
        {.deadline = absl::Now() + kPatience, .metadata = std::move(metadata)});
  }

  std::atomic<int> begun{0};

 private:
  Server server_{ServerOptions{}};
  std::atomic<bool> stop_{false};
  std::thread thread_;
  std::unique_ptr<Channel> channel_;
};

ReportCallsRequest Request(const std::string& id) {
  ReportCallsRequest request;
  request.add_reports()->set_request_id(id);
  return request;
}

TEST(RpcStream, AnswersManyRequestsOfOneStream) {
  Streaming streaming;
  streaming.Start();
  const auto stream = streaming.Open();
  std::thread writer([&] {
    for (int i = 0; i < 2000; ++i) ASSERT_TRUE(stream->Write(Request(std::to_string(i))));
    stream->EndWrites();
  });
  ReportCallsResponse response;
  int answers = 0;
  for (; stream->Read(&response); ++answers)
    EXPECT_EQ(response.acks(0).request_id(), std::to_string(answers));
  writer.join();
  EXPECT_EQ(answers, 2000);
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(streaming.begun, 1);
}

TEST(RpcStream, ServesSeveralStreamsAtATime) {
  Streaming streaming;
  streaming.Start();
  std::vector<std::unique_ptr<ClientStream>> streams;
  for (int i = 0; i < 8; ++i) streams.push_back(streaming.Open());
  for (const auto& stream : streams) ASSERT_TRUE(stream->Write(Request("a")));
  for (const auto& stream : streams) {
    ReportCallsResponse response;
    ASSERT_TRUE(stream->Read(&response));
    stream->EndWrites();
    EXPECT_FALSE(stream->Read(&response));
    EXPECT_TRUE(stream->Finish().ok());
  }
}

// Reads the first request and no other.
class StubbornHandler : public EchoHandler {
 public:
  using EchoHandler::EchoHandler;
  void OnWritten() override {}
};

// Back-pressure: what the handler does not read waits at the client.
TEST(RpcStream, ClientWaitsWhileTheHandlerDoesNotRead) {
  Streaming streaming;
  streaming.Start<StubbornHandler>();
  const auto stream = streaming.Open();
  ReportCallsRequest large = Request(std::string(64 << 10, 'x'));
  std::atomic<int> written{0};
  std::thread writer([&] {
    while (written < 10'000 && stream->Write(large)) ++written;
  });
  ReportCallsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  int before = -1;
  while (written != before) {  // until nothing more goes out
    before = written;
    absl::SleepFor(absl::Milliseconds(200));
  }
  EXPECT_LT(written, 1000);  // 64 MB
  stream->Cancel();
  writer.join();
  EXPECT_EQ(stream->Finish().code, absl::StatusCode::kCancelled);
}

// Ends the stream at the first request.
class RefusingHandler : public EchoHandler {
 public:
  using EchoHandler::EchoHandler;
  void OnRequest(std::string_view) override {
    stream_->Finish({.code = absl::StatusCode::kInvalidArgument, .message = "no", .reason = "NO"});
    stream_->Read();
    stream_->Write(ReportCallsResponse());
    stream_->Finish({});
  }
};

TEST(RpcStream, EndsWithTheStatusOfTheHandlerAndNothingAfterIt) {
  Streaming streaming;
  streaming.Start<RefusingHandler>();
  const auto stream = streaming.Open();
  stream->Write(Request("a"));
  ReportCallsResponse response;
  EXPECT_FALSE(stream->Read(&response));
  const RpcStatus status = stream->Finish();
  EXPECT_EQ(status.code, absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.reason, "NO");
}

TEST(RpcStream, SurvivesClientsThatGo) {
  Streaming streaming;
  streaming.Start();
  for (int i = 0; i < 20; ++i) {
    const auto stream = streaming.Open();
    stream->Write(Request("a"));
    stream->Cancel();
    stream->Finish();
  }
  const auto stream = streaming.Open();
  ASSERT_TRUE(stream->Write(Request("a")));
  ReportCallsResponse response;
  EXPECT_TRUE(stream->Read(&response));
}

TEST(RpcStream, EndsWithTheServer) {
  Streaming streaming;
  streaming.Start();
  const auto stream = streaming.Open();
  ASSERT_TRUE(stream->Write(Request("a")));
  ReportCallsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  streaming.Stop();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_FALSE(stream->Finish().ok());
}

// Takes all that comes, and answers when it is told to.
class LateHandler : public EchoHandler {
 public:
  using EchoHandler::EchoHandler;
  void OnRequest(std::string_view) override {
    ++taken;
    stream_->Read();
  }
  void OnWritten() override {}
  int in_flight() const override { return taken - answered; }
  void Answer() {
    if (in_flight() == 0 || stream_->writing()) return;
    ++answered;
    stream_->Write(ReportCallsResponse());
  }

  int taken = 0;
  int answered = 0;
};

TEST(RpcStream, AnswersWhatItHasTakenAndTakesNoMoreWhenTheServerShutsDown) {
  Server server{ServerOptions{}};
  std::shared_ptr<LateHandler> handler;
  std::atomic<bool> refusing{false}, go{false};
  server.HandleStream(kService, "ReportCalls", [&](const std::shared_ptr<Stream>& stream) {
    handler = std::make_shared<LateHandler>(stream);
    return handler;
  });
  ASSERT_TRUE(server.Start().ok());
  const auto channel = *Channel::Connect(server.address(), {.retry = false});
  std::thread thread([&] {
    const auto drain = [&] { server.Drain(absl::Now() + absl::Milliseconds(1)); };
    while (handler == nullptr || handler->taken == 0) drain();
    server.BeginShutdown();
    refusing = true;
    while (!go) drain();
    server.Shutdown(kPatience, [&] { handler->Answer(); });
  });
  const auto stream =
      channel->OpenStream(kService, "ReportCalls", {.deadline = absl::Now() + kPatience});
  EXPECT_TRUE(stream->Write(Request("a")));
  while (!refusing) std::this_thread::yield();
  stream->Write(Request("b"));
  // It comes on the same connection, after "b".
  grpc::health::v1::HealthCheckResponse health;
  EXPECT_TRUE(channel
                  ->Call("grpc.health.v1.Health", "Check", grpc::health::v1::HealthCheckRequest(),
                         &health, {.deadline = absl::Now() + kPatience})
                  .ok());
  go = true;
  ReportCallsResponse response;
  EXPECT_TRUE(stream->Read(&response));
  EXPECT_FALSE(stream->Read(&response));
  const RpcStatus status = stream->Finish();
  EXPECT_EQ(status.code, absl::StatusCode::kUnavailable);
  EXPECT_EQ(status.reason, "SHUTTING_DOWN");
  thread.join();
  EXPECT_EQ(handler->taken, 1);
}

// The service is served, this method of it is not.
TEST(RpcStream, AnswersUnimplementedWhereNobodyServesTheMethod) {
  Server server{ServerOptions{}};
  server.Handle(kService, "GetCall", [](Call call) { call.ReplyBytes(""); });
  ASSERT_TRUE(server.Start().ok());
  std::atomic<bool> stop{false};
  std::thread thread([&] {
    while (!stop) server.Drain(absl::Now() + absl::Milliseconds(5));
  });
  const auto channel = *Channel::Connect(server.address(), {.retry = false});
  const auto stream =
      channel->OpenStream(kService, "ReportCalls", {.deadline = absl::Now() + kPatience});
  ReportCallsResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().code, absl::StatusCode::kUnimplemented);
  stop = true;
  thread.join();
}

TEST(RpcStream, RefusesStreamsBeyondTheCap) {
  Streaming streaming;
  streaming.Start();
  std::vector<std::unique_ptr<ClientStream>> streams;
  for (int i = 0; i < kStreamsMax; ++i) {
    streams.push_back(streaming.Open());
    ReportCallsResponse response;
    ASSERT_TRUE(streams.back()->Write(Request("a")));
    ASSERT_TRUE(streams.back()->Read(&response));
  }
  const auto one_more = streaming.Open();
  ReportCallsResponse response;
  EXPECT_FALSE(one_more->Read(&response));
  EXPECT_EQ(one_more->Finish().code, absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace tierline::rpc
