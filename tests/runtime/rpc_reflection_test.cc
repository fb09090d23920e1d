#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "absl/time/clock.h"
#include "grpc/health/v1/health.pb.h"
#include "runtime/rpc/client.h"
#include "runtime/rpc/server.h"
#include "tierline/directory/v1/directory.pb.h"
#include "tierline/escalation/v1/escalation.pb.h"
#include "tierline/intake/v1/intake.pb.h"
#include "tierline/reporting/v1/reporting.pb.h"
#include "tierline/routing/v1/routing.pb.h"

// What grpcurl and buf curl ask a server: its services, and how they are made.

namespace tierline::rpc {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptorProto;
using google::protobuf::Message;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using ::testing::IsSupersetOf;

constexpr std::string_view kHealth = "grpc.health.v1.Health";
constexpr absl::Duration kPatience = absl::Seconds(20);

const std::vector<std::pair<std::string, std::string>>& OneRpcOfEachService() {
  static const auto& rpcs = *new std::vector<std::pair<std::string, std::string>>{
      {"tierline.routing.v1.RoutingService", "GetCall"},
      {"tierline.directory.v1.DirectoryService", "GetOffice"},
      {"tierline.intake.v1.IntakeService", "GetInquiry"},
      {"tierline.escalation.v1.EscalationService", "GetDeadlines"},
      {"tierline.reporting.v1.ReportingService", "GetTotals"}};
  return rpcs;
}

void LinkDescriptors() {
  routing::v1::GetCallRequest::descriptor();
  directory::v1::GetOfficeRequest::descriptor();
  intake::v1::GetInquiryRequest::descriptor();
  escalation::v1::GetDeadlinesRequest::descriptor();
  reporting::v1::GetTotalsRequest::descriptor();
}

// A server that turns on a thread of its own, until the end.
class Turning {
 public:
  Turning() {
    LinkDescriptors();
    for (const auto& [service, method] : OneRpcOfEachService()) {
      server.Handle(service, method,
                    [](Call call) { call.Fail(absl::InternalError("not of interest")); });
    }
    EXPECT_TRUE(server.Start().ok());
    thread_ = std::thread([this] {
      while (!stop_) {
        server.Drain(absl::Now() + absl::Milliseconds(5));
        if (begin_shutdown_.exchange(false)) server.BeginShutdown();
      }
      server.Shutdown(absl::ZeroDuration());
    });
  }
  ~Turning() { Stop(); }
  void BeginShutdown() { begin_shutdown_ = true; }
  void Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

  Server server{ServerOptions()};

 private:
  std::atomic<bool> stop_{false}, begin_shutdown_{false};
  std::thread thread_;
};

grpc::ByteBuffer ToBuffer(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

bool FromBuffer(grpc::ByteBuffer buffer, google::protobuf::MessageLite* message) {
  grpc::ProtoBufferReader reader(&buffer);
  return message->ParseFromZeroCopyStream(&reader);
}

// A call with streams, one step after the other.
class Stream {
 public:
  Stream(const std::string& address, const std::string& path)
      : stub_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())) {
    context_.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    stream_ = stub_.PrepareCall(&context_, path, &queue_);
    stream_->StartCall(nullptr);
    Wait();
  }
  ~Stream() {
    context_.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  bool Write(const google::protobuf::MessageLite& message) {
    stream_->Write(ToBuffer(message), nullptr);
    return Wait();
  }
  bool Read(google::protobuf::MessageLite* message) {
    grpc::ByteBuffer buffer;
    stream_->Read(&buffer, nullptr);
    return Wait() && FromBuffer(buffer, message);
  }
  grpc::StatusCode Finish() {
    grpc::Status status;
    stream_->Finish(&status, nullptr);
    Wait();
    return status.error_code();
  }

 private:
  bool Wait() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
};

// The messages of the reflection service are linked with gRPC's plugin, their header is not
// installed.
class Reflection {
 public:
  explicit Reflection(const std::string& address)
      : stream_(address, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo") {}

  std::set<std::string> Services() {
    const auto response = Ask("list_services", "*");
    std::set<std::string> names;
    const Message& list = Sub(*response, "list_services_response");
    for (const Message* service : All(list, "service")) names.insert(Text(*service, "name"));
    return names;
  }

  // The files that describe `symbol`; empty when the server can not.
  std::vector<FileDescriptorProto> FilesOf(const std::string& symbol) {
    const auto response = Ask("file_containing_symbol", symbol);
    const Message& answer = Sub(*response, "file_descriptor_response");
    const auto* field = answer.GetDescriptor()->FindFieldByName("file_descriptor_proto");
    std::vector<FileDescriptorProto> files(answer.GetReflection()->FieldSize(answer, field));
    for (int i = 0; i < static_cast<int>(files.size()); ++i) {
      files[i].ParseFromString(answer.GetReflection()->GetRepeatedString(answer, field, i));
    }
    return files;
  }

 private:
  static std::unique_ptr<Message> New(const std::string& name) {
    const auto* type =
        DescriptorPool::generated_pool()->FindMessageTypeByName("grpc.reflection.v1alpha." + name);
    return std::unique_ptr<Message>(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  }
  static const Message& Sub(const Message& of, const std::string& field) {
    return of.GetReflection()->GetMessage(of, of.GetDescriptor()->FindFieldByName(field));
  }
  static std::vector<const Message*> All(const Message& of, const std::string& field) {
    const auto* descriptor = of.GetDescriptor()->FindFieldByName(field);
    std::vector<const Message*> all;
    for (int i = 0; i < of.GetReflection()->FieldSize(of, descriptor); ++i) {
      all.push_back(&of.GetReflection()->GetRepeatedMessage(of, descriptor, i));
    }
    return all;
  }
  static std::string Text(const Message& of, const std::string& field) {
    return of.GetReflection()->GetString(of, of.GetDescriptor()->FindFieldByName(field));
  }

  std::unique_ptr<Message> Ask(const std::string& field, const std::string& value) {
    auto request = New("ServerReflectionRequest"), response = New("ServerReflectionResponse");
    request->GetReflection()->SetString(request.get(),
                                        request->GetDescriptor()->FindFieldByName(field), value);
    EXPECT_TRUE(stream_.Write(*request) && stream_.Read(response.get())) << field;
    return response;
  }

  Stream stream_;
};

TEST(Reflection, ListsEveryServiceAndHealth) {
  Turning turning;
  std::set<std::string> expected = {std::string(kHealth)};
  for (const auto& [service, method] : OneRpcOfEachService()) expected.insert(service);
  EXPECT_THAT(Reflection(turning.server.address()).Services(), IsSupersetOf(expected));
}

TEST(Reflection, DescribesEveryServiceThatItLists) {
  Turning turning;
  Reflection reflection(turning.server.address());
  for (const std::string& name : reflection.Services()) {
    // buf curl builds the files in the order that their imports ask for.
    std::map<std::string, FileDescriptorProto> files;
    for (const auto& file : reflection.FilesOf(name)) files[file.name()] = file;
    DescriptorPool pool;
    const std::function<void(const FileDescriptorProto&)> build =
        [&](const FileDescriptorProto& file) {
          for (const std::string& import : file.dependency()) {
            if (files.contains(import) && pool.FindFileByName(import) == nullptr)
              build(files[import]);
          }
          EXPECT_NE(pool.BuildFile(file), nullptr) << file.name();
        };
    for (const auto& [path, file] : files) {
      if (pool.FindFileByName(path) == nullptr) build(file);
    }
    const auto* service = pool.FindServiceByName(name);
    ASSERT_NE(service, nullptr) << name;
    EXPECT_GT(service->method_count(), 0) << name;
  }
}

TEST(Reflection, DescribesTheDetailsOfErrors) {
  Turning turning;
  EXPECT_FALSE(Reflection(turning.server.address()).FilesOf("google.rpc.ErrorInfo").empty());
}

class HealthTest : public ::testing::Test {
 protected:
  RpcStatus Check(const std::string& service, HealthCheckResponse* response) {
    HealthCheckRequest request;
    request.set_service(service);
    return channel_->Call(kHealth, "Check", request, response,
                          {.deadline = absl::Now() + kPatience});
  }

  Turning turning_;
  std::unique_ptr<Channel> channel_ = *Channel::Connect(turning_.server.address(), {});
};

TEST_F(HealthTest, SaysServingForTheServerAndForEachService) {
  HealthCheckResponse response;
  for (const std::string& name : {std::string(), std::string("tierline.intake.v1.IntakeService")}) {
    ASSERT_TRUE(Check(name, &response).ok()) << name;
    EXPECT_EQ(response.status(), HealthCheckResponse::SERVING) << name;
  }
  EXPECT_EQ(Check("no.such.Service", &response).code, absl::StatusCode::kNotFound);
}

TEST_F(HealthTest, SaysNotServingWhileItShutsDown) {
  turning_.BeginShutdown();
  HealthCheckResponse response;
  const absl::Time until = absl::Now() + kPatience;
  do {
    ASSERT_TRUE(Check("", &response).ok());
  } while (response.status() == HealthCheckResponse::SERVING && absl::Now() < until);
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
}

TEST_F(HealthTest, TellsWhoWatchesOfEachChange) {
  Stream watch(turning_.server.address(), "/grpc.health.v1.Health/Watch");
  ASSERT_TRUE(watch.Write(HealthCheckRequest()));
  HealthCheckResponse response;
  ASSERT_TRUE(watch.Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  turning_.BeginShutdown();
  ASSERT_TRUE(watch.Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  turning_.Stop();
  EXPECT_FALSE(watch.Read(&response));
  EXPECT_EQ(watch.Finish(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(HealthTest, SaysUnknownToWhoWatchesAnUnknownService) {
  Stream watch(turning_.server.address(), "/grpc.health.v1.Health/Watch");
  HealthCheckRequest request;
  request.set_service("no.such.Service");
  ASSERT_TRUE(watch.Write(request));
  HealthCheckResponse response;
  ASSERT_TRUE(watch.Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);
}

TEST_F(HealthTest, SurvivesWatchersThatLeave) {
  for (int i = 0; i < 200; ++i) {
    Stream watch(turning_.server.address(), "/grpc.health.v1.Health/Watch");
    HealthCheckResponse response;
    ASSERT_TRUE(watch.Write(HealthCheckRequest()) && watch.Read(&response)) << i;
  }
}

}  // namespace
}  // namespace tierline::rpc
