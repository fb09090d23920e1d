#include "tests/simulation/stale_state.h"

#include <gtest/gtest.h>

namespace tierline::simulation {
namespace {

Uuid Changed(const Uuid& id) { return id.absent() ? id : Uuid::FromHalves(id.high(), ~id.low()); }

// As the other log has it: it counts there, too.
RecordView InAnotherLog(RecordView record) {
  record.id = Changed(record.id);
  record.causation = Changed(record.causation);
  record.command = Changed(record.command);
  record.epoch = Changed(record.epoch);
  record.prev = {};
  return record;
}

}  // namespace

store::MemoryStore::Contents StateOfAnotherLog(Cluster* cluster, const Workload& workload,
                                               const Roles& roles) {
  store::MemoryStore store;
  for (int32_t partition = 0; partition < cluster->partitions(); ++partition) {
    partition::Fold fold(std::to_string(partition), workload.MakeAll(roles), &store);
    const auto& frames = cluster->frames(partition);
    const auto count = static_cast<int64_t>(frames.size());
    const Offset end = cluster->Chance(50) ? count : 1 + cluster->Draw(count);
    for (Offset offset = 0; offset < end; ++offset)
      fold.Apply(offset, InAnotherLog(*DecodeRecord(frames[offset])), nullptr);
    EXPECT_TRUE(fold.Flush().ok());
  }
  return store.Snapshot();
}

}  // namespace tierline::simulation
