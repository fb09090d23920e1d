#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace tierline::rpc {

// Paths of PEM files. All empty: no TLS.
struct TlsFiles {
  std::string certificate;  // own chain; a server needs it, a client has one for mutual TLS
  std::string key;          // private key of `certificate`
  std::string ca;  // whom to trust: a server then asks clients for certificates; a client without:
                   // the system's

  bool configured() const { return !certificate.empty() || !key.empty() || !ca.empty(); }
};

// The contents of the files at `paths`. Errors: kInvalidArgument naming the file, or for a
// certificate without key.
absl::StatusOr<TlsFiles> ReadPem(const TlsFiles& paths);

}  // namespace tierline::rpc
