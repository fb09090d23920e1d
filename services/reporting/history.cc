#include "reporting/history.h"

namespace tierline::reporting {

v1::HistoryRecord Describe(int32_t partition, Offset offset, const RecordView& record) {
  const auto text = [](const Uuid& id) { return id.absent() ? std::string() : id.ToString(); };
  v1::HistoryRecord described;
  described.set_partition(partition);
  described.set_offset(offset);
  described.set_id(text(record.id));
  described.set_type(std::string(record.type));
  described.set_source(std::string(SourceName(record.source)));
  described.set_subject(std::string(record.subject));
  described.set_time_ms(record.time_ms);
  described.set_causation_id(text(record.causation));
  described.set_command_id(text(record.command));
  described.set_writer_epoch(text(record.epoch));
  described.set_writer_seq(record.seq);
  if (!record.prev.empty()) described.set_prev_hash(HexOf(record.prev));
  described.mutable_event()->ParseFromArray(record.value.data(),
                                            static_cast<int>(record.value.size()));
  return described;
}

void ChainVerifier::Add(const RecordView& record, v1::HistoryRecord* described) {
  const Hash next = ChainHash(head_, record);
  if (!record.prev.empty() && record.prev != Bytes(head_) && fault_.empty()) {
    fault_ = "event " + std::to_string(events_ + 1) + " (" + record.id.ToString() +
             ") names another hash of its predecessor than the log gives";
  }
  described->set_prev_hash(HexOf(Bytes(head_)));
  described->set_hash(HexOf(Bytes(next)));
  head_ = next;
  ++events_;
}

v1::ChainCheck ChainVerifier::Check(const Subject& subject) const {
  v1::ChainCheck check;
  check.set_events(events_);
  check.set_head(HexOf(Bytes(head_)));
  std::string fault = fault_;
  if (fault.empty() && events_ != subject.events()) {
    fault = "the log has " + std::to_string(events_) + " events, the fold " +
            std::to_string(subject.events());
  }
  if (fault.empty() && Bytes(head_) != subject.head())
    fault = "the fold has another hash of the last event than the log";
  check.set_verified(fault.empty());
  check.set_fault(fault);
  return check;
}

}  // namespace tierline::reporting
