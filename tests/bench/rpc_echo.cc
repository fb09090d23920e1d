// Our server as an echo, to be compared with the bare ones of grpc_echo:
//
//   rpc_echo --port-file F
//   load --target HOST:PORT --method /tierline.intake.v1.IntakeService/GetInquiry …
//
// The bytes go back as they came: what is measured is the server, not messages.

#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

#include "absl/time/clock.h"
#include "runtime/observe/metrics.h"
#include "runtime/rpc/server.h"
#include "tierline/intake/v1/intake.pb.h"

int main(int argc, char** argv) {
  if (argc != 3 || std::string(argv[1]) != "--port-file") {
    std::cerr << "usage: rpc_echo --port-file F\n";
    return 2;
  }
  tierline::intake::v1::GetInquiryRequest::descriptor();  // links what the name below names
  tierline::observe::Metrics metrics;
  tierline::rpc::Server server({.metrics = &metrics});
  server.Handle("tierline.intake.v1.IntakeService", "GetInquiry",
                [](tierline::rpc::Call call) { call.ReplyBytes(call.request()); });
  if (absl::Status started = server.Start(); !started.ok()) {
    std::cerr << started << "\n";
    return 1;
  }
  const std::string path = argv[2];
  std::ofstream(path + ".new") << server.port();
  std::rename((path + ".new").c_str(), path.c_str());
  while (true) server.Drain(absl::Now() + absl::Seconds(1));
}
