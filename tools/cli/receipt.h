#pragma once

#include <string>

#include "tierline/base/v1/base.pb.h"
#include "tools/cli/labels.h"
#include "tools/cli/program.h"

// What an accepted command answers.

namespace tierline::cli {

inline void AddReceipt(const std::string& request_id, const base::v1::Receipt& receipt,
                       Fields* fields) {
  fields->insert(fields->end(), {{"request id", request_id},
                                 {"event id", receipt.event_id()},
                                 {"etag", receipt.etag()},
                                 {"position", PositionToString(receipt.position())}});
}

// Sends a command that answers with a receipt only, and prints that below `fields`, which say what
// it is about.
template <typename Response, typename Request>
ExitCode SendAndPrint(Program* program, std::string_view service, std::string_view method,
                      Request* request, Fields fields) {
  Response response;
  const ExitCode code = program->Send(service, method, request, &response);
  if (code != kOk) return code;
  if (program->out().json()) {
    program->out().PrintJson(response);
    return kOk;
  }
  AddReceipt(request->request_id(), response.receipt(), &fields);
  program->out().Print(fields);
  return kOk;
}

// The same of a command about an inquiry.
template <typename Response, typename Request>
ExitCode SendAndPrint(Program* program, std::string_view service, std::string_view method,
                      Request* request) {
  return SendAndPrint<Response>(program, service, method, request,
                                {{"inquiry", request->inquiry_id()}});
}

}  // namespace tierline::cli
