#include "tools/cli/chain.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/validity.h"

namespace tierline::cli {
namespace {

using reporting::v1::HistoryRecord;

constexpr size_t kHexDigits = 64;

// The absent hash is written as nothing or as zeros.
bool IsAbsent(const std::string& hex) { return hex.find_first_not_of('0') == std::string::npos; }

bool SameHash(const std::string& a, const std::string& b) {
  return a == b || (IsAbsent(a) && IsAbsent(b));
}

base::v1::Service SourceOf(const std::string& name) {
  for (int i = base::v1::Service_MIN; i <= base::v1::Service_MAX; ++i) {
    if (SourceName(static_cast<base::v1::Service>(i)) == name)
      return static_cast<base::v1::Service>(i);
  }
  return base::v1::SERVICE_UNSPECIFIED;
}

Uuid UuidOf(const std::string& text) { return Uuid::Parse(text).value_or(Uuid()); }

bool HasUnknownFields(const events::v1::Event& event) {
  events::v1::Event known = event;
  known.DiscardUnknownFields();
  return known.ByteSizeLong() != event.ByteSizeLong();
}

std::string Recompute(const HistoryRecord& record) {
  const std::string value = record.event().SerializeAsString();
  const RecordView view{.id = UuidOf(record.id()),
                        .type = record.type(),
                        .source = SourceOf(record.source()),
                        .subject = record.subject(),
                        .time_ms = record.time_ms(),
                        .command = UuidOf(record.command_id()),
                        .value = value};
  const Hash prev = HashFromBytes(absl::HexStringToBytes(record.prev_hash()));
  return HexOf(Bytes(ChainHash(prev, view)));
}

}  // namespace

void ChainVerifier::Fault(const HistoryRecord& record, const std::string& what) {
  if (fault_.empty()) fault_ = absl::StrCat("offset ", record.offset(), ": ", what);
}

void ChainVerifier::Add(const HistoryRecord& record) {
  if (!record.void_reason().empty()) return;
  ++events_;
  if (!SameHash(record.prev_hash(), head_)) {
    Fault(record, "its previous hash is not that of the event before");
  }
  if (record.hash().size() != kHexDigits) {
    Fault(record, "its hash is missing");
  } else if (!HasUnknownFields(record.event())) {
    ++recomputed_;
    if (Recompute(record) != record.hash()) Fault(record, "its hash is not that of its content");
  }
  head_ = record.hash();
}

void ChainVerifier::Finish(const reporting::v1::ChainCheck& check) {
  if (!check.verified() && fault_.empty()) {
    fault_ = absl::StrCat("the server: ", check.fault().empty() ? "not verified" : check.fault());
  }
  if (!fault_.empty()) return;
  if (check.events() != events_) {
    fault_ = absl::StrCat("the server counts ", check.events(), " events, but sent ", events_);
  } else if (!SameHash(check.head(), head_)) {
    fault_ = "the last hash is not the head that the server folded";
  }
}

}  // namespace tierline::cli
