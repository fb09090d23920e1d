#include "tests/promises/operation.h"

#include "absl/strings/str_cat.h"
#include "base/record.h"

namespace tierline::promises {

Command Request::MakeCommand() const {
  Command command;
  command.service = service;
  command.subject = subject;
  command.request_id = request_id;
  command.etag = etag;
  command.principal = principal;
  command.body.reset(body->New());
  command.body->CopyFrom(*body);
  return command;
}

std::string Request::Describe() const {
  return absl::StrCat("'", body->ShortDebugString(), "' of ", std::string(ServiceName(service)),
                      " on ", subject);
}

}  // namespace tierline::promises
