// How long partitions are without service: one client a partition adds notes to an inquiry there,
// one after the other, each again with the same request id until it is acknowledged.
//
//   gap --target HOST:PORT --partitions 8 --seconds 20
//
// One JSON line: {"gaps_ms":[…],"acknowledged":…}: for each partition the longest time from one
// acknowledgement to the next. Any error but UNAVAILABLE and DEADLINE_EXCEEDED ends it with 1.

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "base/ids.h"
#include "runtime/rpc/client.h"
#include "tierline/intake/v1/intake.pb.h"

namespace tierline {
namespace {

constexpr std::string_view kIntake = "tierline.intake.v1.IntakeService";
constexpr absl::Duration kAttempt = absl::Seconds(1);
constexpr absl::Duration kPause = absl::Milliseconds(5);
// An inquiry takes a thousand notes. Part of every gap that is measured.
constexpr absl::Duration kBetween = absl::Milliseconds(20);

std::string RequestId() {
  thread_local std::mt19937_64 dice(std::random_device{}());
  return MakeUuidV7(absl::ToUnixMillis(absl::Now()), dice(), dice()).ToString();
}

// Until it is answered; `request` bears its request id.
template <typename Request, typename Response>
Response Insist(rpc::Channel* channel, std::string_view method, const Request& request) {
  for (;;) {
    Response response;
    const rpc::RpcStatus status =
        channel->Call(kIntake, method, request, &response, {.deadline = absl::Now() + kAttempt});
    if (status.ok()) return response;
    if (status.code != absl::StatusCode::kUnavailable &&
        status.code != absl::StatusCode::kDeadlineExceeded) {
      std::fprintf(stderr, "gap: %s\n", status.ToString().c_str());
      std::exit(1);
    }
    absl::SleepFor(kPause);
  }
}

// An inquiry in each partition.
std::vector<std::string> OpenInquiries(rpc::Channel* channel, size_t partitions) {
  std::vector<std::string> inquiries(partitions);
  for (size_t found = 0; found < partitions;) {
    intake::v1::OpenInquiryRequest request;
    request.set_request_id(RequestId());
    request.set_channel(events::v1::INQUIRY_CHANNEL_BY_HAND);
    request.set_office("110000");
    request.set_category("dues");
    const auto opened = Insist<intake::v1::OpenInquiryRequest, intake::v1::OpenInquiryResponse>(
        channel, "OpenInquiry", request);
    std::string& place = inquiries.at(opened.receipt().position().partition());
    found += place.empty();
    place = opened.inquiry_id();
  }
  return inquiries;
}

double LongestGapMs(rpc::Channel* channel, const std::string& inquiry, absl::Time until,
                    std::atomic<int64_t>* acknowledged) {
  absl::Duration longest;
  for (absl::Time last = absl::Now(); last < until;) {
    intake::v1::AddNoteRequest request;
    request.set_request_id(RequestId());
    request.set_inquiry_id(inquiry);
    request.set_note("still there");
    Insist<intake::v1::AddNoteRequest, intake::v1::AddNoteResponse>(channel, "AddNote", request);
    const absl::Time now = absl::Now();
    longest = std::max(longest, now - last);
    last = now;
    ++*acknowledged;
    absl::SleepFor(kBetween);
  }
  return absl::ToDoubleMilliseconds(longest);
}

void Run(const std::string& target, size_t partitions, double seconds) {
  const auto channel = *rpc::Channel::Connect(target, {.retry = false});
  const std::vector<std::string> inquiries = OpenInquiries(channel.get(), partitions);
  const absl::Time until = absl::Now() + absl::Seconds(seconds);
  std::vector<double> gaps(partitions);
  std::atomic<int64_t> acknowledged{0};
  std::vector<std::thread> clients;
  for (size_t i = 0; i < partitions; ++i) {
    clients.emplace_back(
        [&, i] { gaps[i] = LongestGapMs(channel.get(), inquiries[i], until, &acknowledged); });
  }
  for (std::thread& client : clients) client.join();
  std::printf("{\"gaps_ms\":[");
  for (size_t i = 0; i < partitions; ++i) std::printf("%s%.1f", i == 0 ? "" : ",", gaps[i]);
  std::printf("],\"acknowledged\":%lld}\n", static_cast<long long>(acknowledged));
}

}  // namespace
}  // namespace tierline

int main(int argc, char** argv) {
  std::string target;
  size_t partitions = 8;
  double seconds = 20;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i], value = argv[i + 1];
    if (flag == "--target") target = value;
    if (flag == "--partitions") partitions = std::stoul(value);
    if (flag == "--seconds") seconds = std::stod(value);
  }
  if (target.empty())
    return std::fprintf(stderr, "usage: gap --target HOST:PORT [--partitions N] [--seconds S]\n"),
           2;
  tierline::Run(target, partitions, seconds);
}
