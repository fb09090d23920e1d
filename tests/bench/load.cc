// A closed-loop client: one channel, one completion queue, one thread; the same for our server and
// for the bare ones that it is compared with, and as light as gRPC lets it be, for it shares the
// machine with them.
//
//   load --target HOST:PORT --kind echo --bytes 120 --in-flight 64 --seconds 5
//   load --target HOST:PORT --kind decide …            DecideRoute, dry run
//   load --target HOST:PORT --kind note --inquiries N  AddNote on N inquiries, which it opens first
//   load --target HOST:PORT --kind report …            ReportCall, 8 reports of each call
//   load --target HOST:PORT --kind reports …           the same on one stream, ReportCalls; p50 is
//                                                      the time between two messages of
//                                                      acknowledgements
//   load … --method /pkg.Service/Method                echo of another method
//
// One JSON line: {"qps":…,"p50_us":…,"p99_us":…,"calls":…,"errors":…,"bytes":…}

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "base/ids.h"
#include "runtime/rpc/client.h"
#include "tierline/intake/v1/intake.pb.h"
#include "tierline/routing/v1/routing.pb.h"

namespace {

using Clock = std::chrono::steady_clock;
using Bytes = grpc::ByteBuffer;

std::mt19937_64 dice(std::random_device{}());

Bytes ToBytes(const std::string& text) {
  const grpc::Slice slice(text);
  return Bytes(&slice, 1);
}

constexpr uint64_t kReportsPerCall = 8;
constexpr uint64_t kCallsInProgress = 4000;
// Received before, off the clock.
constexpr uint64_t kCallsAtATime = 4 * kCallsInProgress;
constexpr int kReportsPerMessage = 200;
constexpr int64_t kArrivedMs = 1238547600000;

// The report of number `number`: of the calls that are in progress at a time in turn, until they
// have all theirs; then of the next ones.
tierline::routing::v1::ReportCallRequest MakeReport(const std::vector<std::string>& inquiries,
                                                    uint64_t number) {
  const uint64_t first = number / (kCallsInProgress * kReportsPerCall) * kCallsInProgress;
  const uint64_t sequence = 1 + number / kCallsInProgress % kReportsPerCall;
  tierline::routing::v1::ReportCallRequest report;
  report.set_request_id(tierline::MakeUuidV7(kArrivedMs, dice(), dice()).ToString());
  report.set_inquiry_id(inquiries[first + number % kCallsInProgress]);
  report.set_sequence(static_cast<int32_t>(sequence));
  report.set_switch_time_ms(kArrivedMs + static_cast<int64_t>(1000 * sequence));
  report.set_kind(tierline::events::v1::CALL_REPORT_KIND_OFFERED);
  return report;
}

std::string RequestId() { return tierline::MakeUuidV7(1238544000000, dice(), dice()).ToString(); }

// Made beforehand: what is measured is the server.
std::vector<std::string> MakeDecisions() {
  std::vector<std::string> requests;
  for (int i = 0; i < 9000; ++i) {
    tierline::routing::v1::DecideRouteRequest request;
    request.mutable_call()->set_caller("+861380055" + std::to_string(1000 + i));
    request.mutable_call()->set_dialled("055112371");
    request.mutable_call()->set_trunk_area("0551");
    request.mutable_call()->set_arrived_at_ms(1238547600000 + i);
    requests.push_back(request.SerializeAsString());
  }
  return requests;
}

// What is asked: a method and one request after the other.
struct Workload {
  std::string method;
  std::vector<std::string> inquiries;
  std::string fixed;
  std::string kind;
  std::vector<std::string> decisions = MakeDecisions();
  uint64_t reported = 0;

  bool all_reported() const { return reported >= kCallsAtATime * kReportsPerCall; }

  std::string Next(uint64_t number) {
    if (kind == "echo") return fixed;
    if (kind == "report") return MakeReport(inquiries, reported++).SerializeAsString();
    if (kind == "decide") return decisions[number % decisions.size()];
    tierline::intake::v1::AddNoteRequest request;
    request.set_request_id(RequestId());
    request.set_inquiry_id(inquiries[number % inquiries.size()]);
    request.set_note("The caller asked about the dues of last year; told what the rule says.");
    return request.SerializeAsString();
  }
};

struct Result {
  std::vector<double> micros;
  int64_t errors = 0;
  double seconds = 0;
  std::string first_error;
};

// One call after the other in the same place.
struct Call {
  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  Bytes response;
  grpc::Status status;
  Clock::time_point begun;
};

// Keeps `in_flight` calls under way until `done()` says so.
template <typename Done, typename OnResponse>
Result Drive(grpc::GenericStub* stub, Workload* workload, int in_flight, Done done,
             OnResponse on_response) {
  grpc::CompletionQueue queue;
  Result result;
  std::vector<Call> calls(in_flight);
  uint64_t started = 0;
  int open = 0;
  const auto begin = Clock::now();
  const auto start = [&](Call* call) {
    const Bytes request = ToBytes(workload->Next(started++));
    call->begun = Clock::now();
    call->reader.reset();
    call->context.emplace();
    call->reader = stub->PrepareUnaryCall(&*call->context, workload->method, request, &queue);
    call->reader->StartCall();
    call->reader->Finish(&call->response, &call->status, call);
    ++open;
  };
  for (Call& call : calls) {
    if (!done()) start(&call);
  }
  void* tag = nullptr;
  bool ok = false;
  while (open > 0 && queue.Next(&tag, &ok)) {
    auto* call = static_cast<Call*>(tag);
    const std::chrono::duration<double, std::micro> took = Clock::now() - call->begun;
    --open;
    result.micros.push_back(took.count());
    if (call->status.ok()) {
      on_response(call->response);
    } else if (result.errors++ == 0) {
      result.first_error = call->status.error_message();
    }
    if (!done()) start(call);
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return result;
}

std::vector<std::string> ReceiveCalls(grpc::GenericStub* stub, int count) {
  Workload receiving;
  receiving.method = "/tierline.routing.v1.RoutingService/ReceiveCall";
  receiving.kind = "echo";
  std::vector<std::string> ids;
  int left = count;
  tierline::routing::v1::ReceiveCallRequest request;
  request.set_platform("bench");
  request.mutable_call()->set_caller("076983311223");
  request.mutable_call()->set_dialled("12371");
  request.mutable_call()->set_arrived_at_ms(kArrivedMs);
  const auto next = [&] {
    request.set_request_id(RequestId());
    request.set_switch_call_id(request.request_id());
    receiving.fixed = request.SerializeAsString();
    return left-- <= 0;
  };
  const Result result = Drive(stub, &receiving, 64, next, [&](Bytes& response) {
    grpc::Slice slice;
    response.DumpToSingleSlice(&slice);
    tierline::routing::v1::ReceiveCallResponse received;
    received.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
    ids.push_back(received.inquiry_id());
  });
  if (!ids.empty()) return ids;
  std::fprintf(stderr, "can not receive a call: %s\n", result.first_error.c_str());
  std::exit(1);
}

// Reports on one stream for `seconds`; one thread writes, this one reads.
Result DriveStream(const std::string& target, Workload* workload, double seconds) {
  using tierline::routing::v1::ReportCallsRequest;
  using tierline::routing::v1::ReportCallsResponse;
  const auto channel = *tierline::rpc::Channel::Connect(target, {.retry = false});
  const auto stream = channel->OpenStream("tierline.routing.v1.RoutingService", "ReportCalls", {});
  Result result;
  const auto begin = Clock::now();
  const auto until = begin + std::chrono::duration<double>(seconds);
  std::thread writer([&] {
    while (Clock::now() < until && !workload->all_reported()) {
      ReportCallsRequest request;
      for (int i = 0; i < kReportsPerMessage; ++i)
        *request.add_reports() = MakeReport(workload->inquiries, workload->reported++);
      if (!stream->Write(request)) break;
    }
    stream->EndWrites();
  });
  ReportCallsResponse response;
  auto last = begin;
  while (stream->Read(&response)) {
    const std::chrono::duration<double, std::micro> took = Clock::now() - last;
    last = Clock::now();
    for (const auto& ack : response.acks()) {
      result.micros.push_back(took.count());
      if (ack.has_error() && result.errors++ == 0) result.first_error = ack.error().message();
    }
  }
  writer.join();
  if (const auto status = stream->Finish(); !status.ok()) {
    ++result.errors;
    result.first_error = status.ToString();
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return result;
}

// Reports for `seconds`, not counting the time in which their calls are received.
Result DriveReports(grpc::GenericStub* stub, const std::string& target, Workload* workload,
                    int in_flight, double seconds) {
  Result all;
  while (all.seconds < seconds) {
    workload->inquiries = ReceiveCalls(stub, kCallsAtATime);
    workload->reported = 0;
    const auto until = Clock::now() + std::chrono::duration<double>(seconds - all.seconds);
    const auto done = [&] { return Clock::now() >= until || workload->all_reported(); };
    const Result part = workload->kind == "reports"
                            ? DriveStream(target, workload, seconds - all.seconds)
                            : Drive(stub, workload, in_flight, done, [](Bytes&) {});
    all.micros.insert(all.micros.end(), part.micros.begin(), part.micros.end());
    all.seconds += part.seconds;
    if (all.errors == 0) all.first_error = part.first_error;
    all.errors += part.errors;
  }
  return all;
}

std::vector<std::string> OpenInquiries(grpc::GenericStub* stub, int count) {
  Workload opening;
  opening.method = "/tierline.intake.v1.IntakeService/OpenInquiry";
  opening.kind = "echo";
  std::vector<std::string> ids;
  tierline::intake::v1::OpenInquiryRequest request;
  request.set_channel(tierline::events::v1::INQUIRY_CHANNEL_BY_HAND);
  request.set_office("110000");
  request.set_category("dues");
  while (static_cast<int>(ids.size()) < count) {
    const size_t before = ids.size();
    const Result result = [&] {
      int left = 64;
      return Drive(
          stub, &opening, 1,
          [&] {
            request.set_request_id(RequestId());
            opening.fixed = request.SerializeAsString();
            return left-- <= 0;
          },
          [&](Bytes& response) {
            grpc::Slice slice;
            response.DumpToSingleSlice(&slice);
            tierline::intake::v1::OpenInquiryResponse opened;
            opened.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
            ids.push_back(opened.inquiry_id());
          });
    }();
    if (ids.size() == before) {
      std::fprintf(stderr, "can not open an inquiry: %s\n", result.first_error.c_str());
      std::exit(1);
    }
  }
  return ids;
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as the server does
  std::string target, kind = "echo", method;
  int in_flight = 64, bytes = 120, inquiries = 2000;
  double seconds = 5, warm_up = 0.5;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i], value = argv[i + 1];
    if (flag == "--target") target = value;
    if (flag == "--kind") kind = value;
    if (flag == "--method") method = value;
    if (flag == "--in-flight") in_flight = std::stoi(value);
    if (flag == "--bytes") bytes = std::stoi(value);
    if (flag == "--seconds") seconds = std::stod(value);
    if (flag == "--inquiries") inquiries = std::stoi(value);
  }
  if (target.empty())
    return std::fprintf(
               stderr, "usage: load --target HOST:PORT --kind echo|decide|note|report|reports …\n"),
           2;
  grpc::GenericStub stub(grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  Workload workload;
  workload.kind = kind;
  workload.fixed = std::string(bytes, 'x');
  workload.method = !method.empty()    ? method
                    : kind == "echo"   ? "/tierline.bench.Echo/Echo"
                    : kind == "decide" ? "/tierline.routing.v1.RoutingService/DecideRoute"
                    : kind == "report" ? "/tierline.routing.v1.RoutingService/ReportCall"
                                       : "/tierline.intake.v1.IntakeService/AddNote";
  if (kind == "note") workload.inquiries = OpenInquiries(&stub, inquiries);
  const auto run = [&](double length) {
    if (kind == "report" || kind == "reports")
      return DriveReports(&stub, target, &workload, in_flight, length);
    const auto until = Clock::now() + std::chrono::duration<double>(length);
    return Drive(
        &stub, &workload, in_flight, [&] { return Clock::now() >= until; }, [](Bytes&) {});
  };
  run(warm_up);
  Result result = run(seconds);
  std::sort(result.micros.begin(), result.micros.end());
  const auto rank = [&](double share) {
    return result.micros[static_cast<size_t>(share * (result.micros.size() - 1))];
  };
  std::printf(
      "{\"qps\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"calls\":%zu,\"errors\":%lld,\"bytes\":%zu}"
      "\n",
      static_cast<double>(result.micros.size()) / result.seconds, rank(0.5), rank(0.99),
      result.micros.size(), static_cast<long long>(result.errors),
      kind == "reports" ? 0 : workload.Next(0).size());
  if (result.errors > 0) std::fprintf(stderr, "first error: %s\n", result.first_error.c_str());
  return result.errors == 0 ? 0 : 1;
}
