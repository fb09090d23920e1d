#include "runtime/rpc/tls.h"

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace tierline::rpc {
namespace {

absl::Status ReadInto(const std::string& path, std::string* text) {
  if (path.empty()) return absl::OkStatus();
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (!file || bytes.str().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("TLS file ", path, " can not be read or is empty"));
  }
  *text = bytes.str();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TlsFiles> ReadPem(const TlsFiles& paths) {
  if (paths.certificate.empty() != paths.key.empty()) {
    return absl::InvalidArgumentError(
        "a TLS certificate and its key are given together or not at all");
  }
  TlsFiles pem;
  for (const auto& [path, text] :
       {std::pair(&paths.certificate, &pem.certificate), std::pair(&paths.key, &pem.key),
        std::pair(&paths.ca, &pem.ca)}) {
    if (absl::Status read = ReadInto(*path, text); !read.ok()) return read;
  }
  return pem;
}

}  // namespace tierline::rpc
