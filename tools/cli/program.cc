#include "tools/cli/program.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/ids.h"
#include "base/text.h"
#include "tools/cli/enum_names.h"
#include "tools/cli/times.h"

namespace tierline::cli {
namespace {

Format FormatOf(const std::string& name) {
  if (name == "json") return Format::kJson;
  return name == "jsonl" ? Format::kJsonLines : Format::kTable;
}

bool UseColor(const std::string& choice) {
  if (choice != "auto") return choice == "always";
  const char* no_color = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): one thread
  return isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
}

// "Connection refused" of a message that names every layer it came through.
std::string LastCause(const std::string& message) {
  const size_t colon = message.rfind(": ");
  return colon == std::string::npos ? message : message.substr(colon + 2);
}

CLI::Option* AddTimeout(CLI::App* root, absl::Duration* timeout) {
  auto parse = [timeout](const std::string& text) {
    const std::optional<absl::Duration> parsed = ParseTimeout(text);
    if (!parsed)
      throw CLI::ValidationError("--timeout", text + " is no duration: write 10s or 500ms");
    *timeout = *parsed;
  };
  return root->add_option_function<std::string>("--timeout", parse,
                                                "Wait for a reply at most so long [10s]");
}

}  // namespace

void Program::AddGlobalOptions(CLI::App* root) {
  constexpr const char* kGroup = "Global options (before or after the command)";
  auto add = [&](CLI::Option* option) { return option->group(kGroup); };
  add(root->add_option("--address", options_.address, "Server, host:port"))
      ->envname("TIERLINE_ADDRESS")
      ->capture_default_str();
  add(root->add_option("--role", options_.role, "On whose behalf: role"))
      ->envname("TIERLINE_ROLE")
      ->check(CLI::IsMember(NamesOf<base::v1::Role>()));
  add(root->add_option("--office", options_.office,
                       "On whose behalf: office code; stands before the command, after it --office "
                       "is the command's own"))
      ->envname("TIERLINE_OFFICE");
  add(AddTimeout(root, &options_.timeout))->envname("TIERLINE_TIMEOUT");
  add(root->add_option("-o,--output", options_.format, "How results are printed"))
      ->check(CLI::IsMember({"table", "json", "jsonl"}))
      ->capture_default_str();
  add(root->add_option("--color", options_.color, "Colours in tables"))
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  add(root->add_option("--tls-ca", options_.tls.ca, "PEM file: whom to trust; turns TLS on"))
      ->envname("TIERLINE_TLS_CA")
      ->check(CLI::ExistingFile);
  add(root->add_option("--tls-cert", options_.tls.certificate,
                       "PEM file: own certificate, for mutual TLS"))
      ->envname("TIERLINE_TLS_CERT")
      ->check(CLI::ExistingFile);
  add(root->add_option("--tls-key", options_.tls.key, "PEM file: its private key"))
      ->envname("TIERLINE_TLS_KEY")
      ->check(CLI::ExistingFile);
}

void Program::OnRun(CLI::App* command, std::function<ExitCode()> run) {
  command->callback([this, run = std::move(run)] { run_ = run; });
}

ExitCode Program::Prepare() {
  out_ = Output(FormatOf(options_.format), UseColor(options_.color));
  auto principal = rpc::ParsePrincipal(options_.role, options_.office);
  if (const auto* rejection = std::get_if<Rejection>(&principal)) {
    Complain(rpc::FromRejection(*rejection), "");
    return kUsage;
  }
  metadata_ = rpc::MetadataOf(std::get<base::v1::Principal>(principal));
  rpc::ChannelOptions channel_options;
  channel_options.tls = options_.tls;
  auto channel = rpc::Channel::Connect(options_.address, channel_options);
  if (!channel.ok()) {
    Complain(ToStd(channel.status().message()));
    return kUsage;
  }
  channel_ = *std::move(channel);
  return kOk;
}

ExitCode Program::Run() {
  const ExitCode prepared = Prepare();
  if (prepared != kOk) return prepared;
  const ExitCode code = run_();
  std::cout.flush();
  return code;
}

rpc::CallOptions Program::CallFor(absl::Duration timeout) const {
  return {.deadline = absl::Now() + timeout, .metadata = metadata_};
}

rpc::RpcStatus Program::Named(rpc::RpcStatus status) const {
  const bool from_service = !status.reason.empty();
  if (!from_service && status.code == absl::StatusCode::kUnavailable) {
    status.message =
        absl::StrCat("no server answers at ", options_.address, ": ", LastCause(status.message));
  }
  return status;
}

rpc::RpcStatus Program::Call(std::string_view service, std::string_view method,
                             const google::protobuf::MessageLite& request,
                             google::protobuf::MessageLite* response) {
  return Named(channel_->Call(service, method, request, response, CallFor(options_.timeout)));
}

ExitCode Program::Ask(std::string_view service, std::string_view method,
                      const google::protobuf::MessageLite& request,
                      google::protobuf::MessageLite* response) {
  const rpc::RpcStatus status = Call(service, method, request, response);
  if (!status.ok()) Complain(status, "");
  return ExitCodeOf(status);
}

ExitCode Program::SendWithId(std::string_view service, std::string_view method,
                             const google::protobuf::MessageLite& request,
                             std::string_view request_id, google::protobuf::MessageLite* response) {
  const rpc::RpcStatus status = Call(service, method, request, response);
  const ExitCode code = ExitCodeOf(status);
  if (!status.ok()) Complain(status, code == kUnreachable ? request_id : "");
  if (status.ok() && generated_id_ && out_.json()) std::cerr << "request id " << request_id << "\n";
  return code;
}

std::string Program::NewRequestId() {
  std::random_device random;
  auto next = [&] { return (uint64_t{random()} << 32) | random(); };
  return MakeUuidV7(absl::ToUnixMillis(absl::Now()), next(), next()).ToString();
}

}  // namespace tierline::cli
