#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "runtime/rpc/client.h"
#include "tierline/base/v1/base.pb.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/output.h"

// What every command is made with. A command declares its options at the tree of CLI11, and what it
// does as a function that runs after the whole command line was read:
//
//   void AddVersion(CLI::App* root, Program* program) {
//     CLI::App* command = AddCommand(root, "version", "Says which version this is", "tierline
//     version"); program->OnRun(command, [program] { program->out().Print("tierline 1.0"); return
//     kOk; });
//   }

namespace tierline::cli {

inline constexpr std::string_view kDirectory = "tierline.directory.v1.DirectoryService";
inline constexpr std::string_view kRouting = "tierline.routing.v1.RoutingService";
inline constexpr std::string_view kIntake = "tierline.intake.v1.IntakeService";
inline constexpr std::string_view kEscalation = "tierline.escalation.v1.EscalationService";
inline constexpr std::string_view kReplica = "tierline.base.v1.ReplicaService";
inline constexpr std::string_view kReporting = "tierline.reporting.v1.ReportingService";

struct GlobalOptions {
  std::string address = "127.0.0.1:12371";
  std::string role;
  std::string office;
  absl::Duration timeout = absl::Seconds(10);
  std::string format = "table";
  std::string color = "auto";
  rpc::TlsFiles tls;
};

class Program {
 public:
  // Adds the global options to `root`.
  void AddGlobalOptions(CLI::App* root);

  // `run` is what `command` does.
  void OnRun(CLI::App* command, std::function<ExitCode()> run);
  // Does what the parsed command line says.
  ExitCode Run();

  const GlobalOptions& options() const { return options_; }
  const Output& out() const { return out_; }

  // Calls and waits, at most --timeout.
  rpc::RpcStatus Call(std::string_view service, std::string_view method,
                      const google::protobuf::MessageLite& request,
                      google::protobuf::MessageLite* response);
  // The same for a query; a failure is printed.
  ExitCode Ask(std::string_view service, std::string_view method,
               const google::protobuf::MessageLite& request,
               google::protobuf::MessageLite* response);
  template <typename Request>
  void EnsureRequestId(Request* request) {
    if (!request->request_id().empty()) return;
    request->set_request_id(NewRequestId());
    generated_id_ = true;
  }
  // The same for a command, which is given a request id when it has none. The id is printed where
  // it is needed for a retry.
  template <typename Request>
  ExitCode Send(std::string_view service, std::string_view method, Request* request,
                google::protobuf::MessageLite* response) {
    EnsureRequestId(request);
    return SendWithId(service, method, *request, request->request_id(), response);
  }

  // For calls that do not wait.
  rpc::Channel& channel() { return *channel_; }
  rpc::CallOptions CallFor(absl::Duration timeout) const;
  // `status` with the address in it when no server of ours sent it.
  rpc::RpcStatus Named(rpc::RpcStatus status) const;

 private:
  ExitCode Prepare();
  ExitCode SendWithId(std::string_view service, std::string_view method,
                      const google::protobuf::MessageLite& request, std::string_view request_id,
                      google::protobuf::MessageLite* response);
  static std::string NewRequestId();

  GlobalOptions options_;
  rpc::Metadata metadata_;
  Output out_;
  std::unique_ptr<rpc::Channel> channel_;
  std::function<ExitCode()> run_;
  bool generated_id_ = false;
};

// A subcommand whose help ends with `examples`, one a line.
CLI::App* AddCommand(CLI::App* parent, std::string name, std::string description,
                     std::string_view examples);
// A command that only has subcommands.
CLI::App* AddGroup(CLI::App* parent, std::string name, std::string description,
                   std::string_view examples);

// --- Kinds of options.
// RFC 3339; `ms` becomes milliseconds since 1970.
CLI::Option* AddInstant(CLI::App* command, std::string name, int64_t* ms, std::string description);
// YYYY-MM-DD.
CLI::Option* AddDay(CLI::App* command, std::string name, std::string* day, std::string description);
// A text; "-" stands for stdin, which one option can have.
CLI::Option* AddText(CLI::App* command, std::string name, std::string* text,
                     std::string description);
// --request-id of a command.
CLI::Option* AddRequestId(CLI::App* command, std::string* id);
// --etag of a command; with or without its quotes, which a shell eats.
CLI::Option* AddEtag(CLI::App* command, std::string* etag);
CLI::Option* AddInquiry(CLI::App* command, std::string* inquiry);

}  // namespace tierline::cli
