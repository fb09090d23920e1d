#include "runtime/rpc/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "absl/time/clock.h"
#include "runtime/rpc/server.h"
#include "tierline/intake/v1/intake.pb.h"

namespace tierline::rpc {
namespace {

using intake::v1::GetInquiryRequest;
using intake::v1::GetInquiryResponse;
using ::testing::HasSubstr;

constexpr std::string_view kService = "tierline.intake.v1.IntakeService";
constexpr absl::Duration kPatience = absl::Seconds(20);

class Turning {
 public:
  explicit Turning(ServerOptions options, Handler handler) : server_(std::move(options)) {
    server_.Handle(kService, "GetInquiry", std::move(handler));
    const absl::Status started = server_.Start();
    EXPECT_TRUE(started.ok()) << started;
    thread_ = std::thread([this] {
      while (!stop_) server_.Drain(absl::Now() + absl::Milliseconds(5));
    });
  }
  ~Turning() {
    stop_ = true;
    thread_.join();
  }
  std::string address() const { return server_.address(); }
  int port() const { return server_.port(); }

 private:
  Server server_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

void Accept(Call call) { call.Reply(GetInquiryResponse()); }

RpcStatus Get(Channel& channel, absl::Duration patience = kPatience) {
  GetInquiryResponse response;
  return channel.Call(kService, "GetInquiry", GetInquiryRequest(), &response,
                      {.deadline = absl::Now() + patience});
}

TEST(RpcClient, CallsAndBlocks) {
  Turning server({}, Accept);
  auto channel = *Channel::Connect(server.address(), {});
  EXPECT_TRUE(Get(*channel).ok());
}

TEST(RpcClient, RetriesWhatIsUnavailable) {
  std::atomic<int> calls{0};
  Turning server({}, [&](Call call) {
    if (++calls < 3) return call.Fail(absl::UnavailableError("not yet"));
    Accept(std::move(call));
  });
  EXPECT_TRUE(Get(**Channel::Connect(server.address(), {})).ok());
  EXPECT_EQ(calls, 3);

  calls = 0;
  auto impatient = *Channel::Connect(server.address(), {.retry = false});
  EXPECT_EQ(Get(*impatient).code, absl::StatusCode::kUnavailable);
  EXPECT_EQ(calls, 1);
}

TEST(RpcClient, RetriesNothingElse) {
  std::atomic<int> calls{0};
  Turning server({}, [&](Call call) {
    ++calls;
    call.Fail(absl::AbortedError("changed meanwhile"));
  });
  EXPECT_EQ(Get(**Channel::Connect(server.address(), {})).code, absl::StatusCode::kAborted);
  EXPECT_EQ(calls, 1);
}

TEST(RpcClient, SaysUnavailableWhenNobodyListens) {
  int port = 0;
  {
    Turning gone({}, Accept);
    port = gone.port();
  }
  auto channel = *Channel::Connect("127.0.0.1:" + std::to_string(port), {.retry = false});
  EXPECT_EQ(Get(*channel).code, absl::StatusCode::kUnavailable);
}

TEST(RpcClient, SpeaksOverAUnixSocket) {
  const std::string path =
      std::filesystem::path(::testing::TempDir()) / ("tl" + std::to_string(::getpid()) + ".sock");
  Turning server({.listen = "unix:" + path}, Accept);
  EXPECT_TRUE(Get(**Channel::Connect(server.address(), {})).ok());
}

TEST(RpcClient, CancelsAsynchronousCallsWhenItGoes) {
  Turning server(
      {}, [kept = std::vector<Call>()](Call call) mutable { kept.push_back(std::move(call)); });
  RpcStatus status;
  {
    auto channel = *Channel::Connect(server.address(), {});
    channel->CallAsync(kService, "GetInquiry", GetInquiryRequest(),
                       {.deadline = absl::Now() + kPatience},
                       [&](const RpcStatus& s, std::string_view) { status = s; });
    EXPECT_EQ(channel->in_flight(), 1);
  }
  EXPECT_EQ(status.code, absl::StatusCode::kCancelled);
}

TEST(RpcClient, ReturnsFromPollAtItsDeadline) {
  Turning server({}, Accept);
  auto channel = *Channel::Connect(server.address(), {});
  EXPECT_EQ(channel->Poll(absl::InfiniteFuture()), 0) << "nothing is under way";
}

// A certificate for localhost that signs itself, and its key, as PEM files.
TlsFiles MakeCertificate(const std::string& name) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const uint8_t*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  for (const auto& [nid, value] : {std::pair(NID_subject_alt_name, "DNS:localhost"),
                                   std::pair(NID_basic_constraints, "CA:TRUE")}) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(certificate, key, EVP_sha256());

  const std::string stem = std::filesystem::path(::testing::TempDir()) /
                           ("tierline_" + name + std::to_string(::getpid()));
  TlsFiles files{.certificate = stem + ".crt", .key = stem + ".key"};
  FILE* out = std::fopen(files.certificate.c_str(), "w");
  PEM_write_X509(out, certificate);
  std::fclose(out);
  out = std::fopen(files.key.c_str(), "w");
  PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return files;
}

TEST(RpcTls, ServesClientsThatTrustTheServer) {
  const TlsFiles own = MakeCertificate("server");
  Turning server({.tls = own}, Accept);
  const std::string address = "localhost:" + std::to_string(server.port());
  EXPECT_TRUE(Get(**Channel::Connect(address, {.tls = {.ca = own.certificate}})).ok());
  EXPECT_EQ(Get(**Channel::Connect(address, {.retry = false})).code, absl::StatusCode::kUnavailable)
      << "plain text";
  const TlsFiles other = MakeCertificate("other");
  EXPECT_EQ(
      Get(**Channel::Connect(address, {.tls = {.ca = other.certificate}, .retry = false})).code,
      absl::StatusCode::kUnavailable);
}

TEST(RpcTls, AsksClientsForACertificateWhenItHasTheirAuthority) {
  const TlsFiles own = MakeCertificate("server"), client = MakeCertificate("client");
  Turning server(
      {.tls = {.certificate = own.certificate, .key = own.key, .ca = client.certificate}}, Accept);
  const std::string address = "localhost:" + std::to_string(server.port());
  const TlsFiles known{.certificate = client.certificate, .key = client.key, .ca = own.certificate};
  EXPECT_TRUE(Get(**Channel::Connect(address, {.tls = known})).ok());
  const TlsFiles unknown{.ca = own.certificate};
  EXPECT_EQ(Get(**Channel::Connect(address, {.tls = unknown, .retry = false})).code,
            absl::StatusCode::kUnavailable);
}

TEST(RpcTls, RefusesFilesThatItCanNotRead) {
  Server server({.tls = {.certificate = "/no/such.crt", .key = "/no/such.key"}});
  const absl::Status status = server.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/no/such.crt"));
  EXPECT_EQ(Channel::Connect("localhost:1", {.tls = {.certificate = "a.crt"}}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tierline::rpc
