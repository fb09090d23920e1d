#include "runtime/host/replica.h"

#include <utility>

#include "base/hash.h"
#include "runtime/rpc/aside.h"
#include "tierline/base/v1/replica.pb.h"

namespace tierline::host {
namespace {

constexpr std::string_view kRpcService = "tierline.base.v1.ReplicaService";

using MakeServices = std::function<std::vector<std::unique_ptr<Service>>()>;

absl::StatusOr<std::string> Recompute(log::EventLog* log, const MakeServices& services,
                                      log::TopicPartition of, Offset end) {
  partition::Fold fold("", services(), nullptr);
  const auto read = log->ReadAside(of, 0, end, [&fold](Offset offset, const RecordView& record) {
    fold.Apply(offset, record, nullptr);
    return true;
  });
  if (!read.ok()) return read.status();
  int64_t subjects = 0;
  const auto digest = fold.Digest(&subjects);
  if (!digest.ok()) return digest.status();
  return HexOf(Bytes(*digest));
}

absl::Status DescribeState(partition::Processor* processor, bool digest,
                           base::v1::PartitionDigest* row) {
  partition::Fold& fold = processor->fold();
  row->set_partition(processor->partition().partition);
  row->set_offset(fold.offset());
  row->set_valid_records(fold.partition().valid_records());
  row->set_void_records(fold.partition().void_records());
  if (!digest) return absl::OkStatus();
  int64_t subjects = 0;
  const auto folded = fold.Digest(&subjects);
  if (!folded.ok()) return folded.status();
  row->set_digest(HexOf(Bytes(*folded)));
  row->set_subjects(subjects);
  return absl::OkStatus();
}

void GetDigest(const base::v1::GetDigestRequest& request, partition::Partitions* partitions,
               log::EventLog* log, const MakeServices& services, rpc::Call call) {
  base::v1::GetDigestResponse response;
  response.set_version(partition::kFoldVersion);
  for (int32_t i = 0; i < partitions->count(); ++i) {
    const absl::Status status = DescribeState(&partitions->history(i), !request.positions_only(),
                                              response.add_partitions());
    if (!status.ok()) return call.Fail(status);
  }
  if (request.positions_only() || !request.recompute()) return call.Reply(response);
  rpc::ReplyAside(partitions, std::move(call), std::move(response),
                  [log, services](base::v1::GetDigestResponse* response) {
                    for (auto& row : *response->mutable_partitions()) {
                      auto recomputed = Recompute(
                          log, services, {log::Topic::kHistory, row.partition()}, row.offset());
                      if (!recomputed.ok()) return recomputed.status();
                      row.set_recomputed(*std::move(recomputed));
                    }
                    return absl::OkStatus();
                  });
}

}  // namespace

void BindReplica(rpc::Server* server, partition::Partitions* partitions, log::EventLog* log,
                 MakeServices services) {
  server->Handle(kRpcService, "GetDigest",
                 [partitions, log, services = std::move(services)](rpc::Call call) {
                   base::v1::GetDigestRequest request;
                   if (call.Parse(&request))
                     GetDigest(request, partitions, log, services, std::move(call));
                 });
}

}  // namespace tierline::host
