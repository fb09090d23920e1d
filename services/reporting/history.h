#pragma once

#include "absl/status/statusor.h"
#include "base/record.h"
#include "base/service.h"
#include "base/validity.h"
#include "tierline/reporting/v1/reporting.pb.h"

namespace tierline::reporting {

// The record and its headers as a message. `prev` and `hash` are filled in by who knows the chain.
v1::HistoryRecord Describe(int32_t partition, Offset offset, const RecordView& record);

// Recomputes the hash chain of one subject from its records, in order.
class ChainVerifier {
 public:
  // Adds the next record; fills in the record's hashes.
  void Add(const RecordView& record, v1::HistoryRecord* described);
  // Compares with what the fold says.
  v1::ChainCheck Check(const Subject& subject) const;

 private:
  Hash head_{};
  int64_t events_ = 0;
  std::string fault_;
};

}  // namespace tierline::reporting
