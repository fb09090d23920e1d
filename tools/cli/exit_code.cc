#include "tools/cli/exit_code.h"

#include "absl/strings/str_cat.h"

namespace tierline::cli {

ExitCode ExitCodeOf(const rpc::RpcStatus& status) {
  switch (status.code) {
    case absl::StatusCode::kOk:
      return kOk;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kResourceExhausted:
      return kUnreachable;
    case absl::StatusCode::kDataLoss:
      return kUnverified;
    default:
      return kRefused;
  }
}

std::string AdviceFor(const rpc::RpcStatus& status) {
  if (status.reason == "NO_DIRECTORY") return "tierline directory load PATH puts a pack in force";
  switch (status.code) {
    case absl::StatusCode::kUnavailable:
      return "see that a server listens at --address; `tierline doctor` says more";
    case absl::StatusCode::kDeadlineExceeded:
      return "allow more with --timeout; `tierline doctor` says whether the server is well";
    case absl::StatusCode::kResourceExhausted:
      return status.retry_after > absl::ZeroDuration()
                 ? absl::StrCat("try again in ", absl::FormatDuration(status.retry_after))
                 : "try again later";
    case absl::StatusCode::kAborted:
      return "it changed meanwhile: look at it again (show), then send the new --etag, or none";
    case absl::StatusCode::kNotFound:
      return "check the id or code as it is written";
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return "say on whose behalf: tierline --role ROLE --office CODE COMMAND";
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return "correct the value; the command's --help says what is expected";
    case absl::StatusCode::kAlreadyExists:
      return "leave --request-id out, or use the one of the same command";
    case absl::StatusCode::kFailedPrecondition:
      return "look at how it stands (show) and what the rule asks for first";
    case absl::StatusCode::kUnimplemented:
      return "ask a server that has this service (--roles), of this program's version";
    default:
      return "look into the server's log";
  }
}

}  // namespace tierline::cli
