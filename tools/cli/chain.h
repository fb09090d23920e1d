#pragma once

#include <cstdint>
#include <string>

#include "tierline/reporting/v1/reporting.pb.h"

// Checks an inquiry's hash chain on this side of the wire, so that the server need not be believed.
//
//   valid record n:   prev_hash(n) = hash(n-1)
//                     hash(n) = SHA-256(tag ‖ prev_hash ‖ headers ‖ value)      base/validity.h
//   void record:      no part of the chain

namespace tierline::cli {

class ChainVerifier {
 public:
  // Records in log order, from the first of the inquiry on.
  void Add(const reporting::v1::HistoryRecord& record);
  // After the last record, the server's own check.
  void Finish(const reporting::v1::ChainCheck& check);

  bool verified() const { return fault_.empty(); }
  // The first thing that does not fit; empty when all does.
  const std::string& fault() const { return fault_; }
  int64_t events() const { return events_; }
  const std::string& head() const { return head_; }
  // Events that were hashed again here. One with fields that this build does not know can not be.
  int64_t recomputed() const { return recomputed_; }

 private:
  void Fault(const reporting::v1::HistoryRecord& record, const std::string& what);

  std::string head_;  // hex; empty before the first event
  std::string fault_;
  int64_t events_ = 0;
  int64_t recomputed_ = 0;
};

}  // namespace tierline::cli
