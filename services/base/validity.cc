#include "base/validity.h"

#include <algorithm>
#include <vector>

#include "base/event_types.h"

namespace tierline {

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kValid:
      return "";
    case Verdict::kStaleEpoch:
      return "stale_epoch";
    case Verdict::kBadSeq:
      return "bad_seq";
    case Verdict::kPrevConflict:
      return "prev_conflict";
    case Verdict::kRepeatedClaim:
      return "repeated_claim";
  }
  return "unknown";
}

Hash ChainHash(const Hash& head, const RecordView& record) {
  char time[8];
  for (int i = 0; i < 8; ++i) time[i] = static_cast<char>(record.time_ms >> (56 - 8 * i));
  const std::string_view parts[] = {"tierline.chain.v1",
                                    Bytes(head),
                                    record.id.bytes(),
                                    record.type,
                                    SourceName(record.source),
                                    record.subject,
                                    {time, sizeof time},
                                    record.command.bytes(),
                                    record.value};
  // One update of one buffer: a call into the library costs as much as hashing a short field.
  thread_local std::vector<char> framed;
  thread_local Sha256 sha;
  size_t size = 0;
  for (const std::string_view part : parts) size += 4 + part.size();
  if (framed.size() < size) framed.resize(size);
  char* at = framed.data();
  for (const std::string_view part : parts) {
    for (int shift = 24; shift >= 0; shift -= 8) *at++ = static_cast<char>(part.size() >> shift);
    at = std::copy(part.begin(), part.end(), at);
  }
  sha.Add({framed.data(), size});
  return sha.Finish();
}

Verdict Judge(const RecordView& record, const Hash& head, const ValidityRules& rules,
              state::v1::Writer* writer) {
  if (record.type == kOwnerClaimed) {
    const auto& claims = writer->claims();
    if (std::find(claims.begin(), claims.end(), record.id.bytes()) != claims.end())
      return Verdict::kRepeatedClaim;
    writer->add_claims(std::string(record.id.bytes()));
    writer->set_epoch(std::string(record.id.bytes()));
    writer->set_next_seq(0);
    writer->set_released(false);
    return Verdict::kValid;
  }
  if (rules.epoch && record.epoch.bytes() != writer->epoch()) return Verdict::kStaleEpoch;
  if (rules.seq && record.seq != writer->next_seq()) return Verdict::kBadSeq;
  writer->set_next_seq(record.seq + 1);
  if (rules.prev && !record.prev.empty() && record.prev != Bytes(head))
    return Verdict::kPrevConflict;
  if (record.type == kOwnerReleased) writer->set_released(true);
  return Verdict::kValid;
}

}  // namespace tierline
