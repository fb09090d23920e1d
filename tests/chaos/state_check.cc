#include "tests/chaos/state_check.h"

#include <cstdio>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "escalation/escalation.h"
#include "intake/intake.h"
#include "reporting/reporting.h"
#include "routing/routing.h"
#include "runtime/partition/fold.h"
#include "runtime/store/rocks_store.h"
#include "tierline/base/v1/replica.pb.h"
#include "tools/load/step.h"

namespace tierline::chaos {
namespace {

constexpr int64_t kBatch = 1000;

// As the host names the partitions of the history in its store.
std::string NameInStore(int32_t partition) {
  char name[16];
  std::snprintf(name, sizeof name, "0-%05d", partition);
  return name;
}

absl::StatusOr<std::string> DigestOf(partition::Fold* fold) {
  int64_t subjects = 0;
  const auto digest = fold->Digest(&subjects);
  if (!digest.ok()) return digest.status();
  return HexOf(Bytes(*digest));
}

struct Stored {
  std::string replica;
  std::string digest;
};

// What the replicas of a role have of a partition, by offset.
absl::StatusOr<std::multimap<Offset, Stored>> ReadStored(const load::Deployment& deployment,
                                                         const std::string& role,
                                                         int32_t partition) {
  std::multimap<Offset, Stored> all;
  for (const load::Replica& replica : deployment.replicas()) {
    if (replica.role != role) continue;
    auto store = store::RocksStore::Open(replica.process->data_dir() + "/state");
    if (!store.ok()) return store.status();
    partition::Fold fold(NameInStore(partition), ServicesOf(role), store->get());
    absl::Status status = fold.Load();
    if (!status.ok()) return status;
    const auto digest = DigestOf(&fold);
    if (!digest.ok()) return digest.status();
    all.emplace(fold.offset(), Stored{replica.name, *digest});
  }
  return all;
}

absl::Status FoldTo(log::EventLog* log, int32_t partition, Offset to, partition::Fold* fold) {
  while (fold->offset() < to) {
    const auto next = log->Read({log::Topic::kHistory, partition}, fold->offset(),
                                std::min(kBatch, to - fold->offset()),
                                [&](Offset offset, const RecordView& record) {
                                  fold->Apply(offset, record, nullptr);
                                  return true;
                                });
    if (!next.ok()) return next.status();
  }
  return absl::OkStatus();
}

absl::StatusOr<base::v1::GetDigestResponse> GetDigest(const load::Replica& replica,
                                                      const base::v1::GetDigestRequest& request) {
  auto channel = rpc::Channel::Connect(replica.process->address(), {});
  if (!channel.ok()) return channel.status();
  base::v1::GetDigestResponse response;
  const rpc::RpcStatus status = (*channel)->Call(
      load::kReplicaService, "GetDigest", request, &response,
      {.deadline = absl::Now() + absl::Minutes(1),
       .metadata = rpc::MetadataOf(load::PrincipalOf(base::v1::ROLE_PLATFORM_ADMIN))});
  if (!status.ok()) return absl::Status(status.code, replica.name + ": " + status.ToString());
  return response;
}

}  // namespace

std::vector<std::unique_ptr<Service>> ServicesOf(std::string_view role) {
  std::vector<std::unique_ptr<Service>> services;
  const bool all = role == "all";
  if (all || role == "routing") services.push_back(std::make_unique<routing::RoutingService>());
  if (all || role == "intake") services.push_back(std::make_unique<intake::IntakeService>());
  if (all || role == "escalation")
    services.push_back(std::make_unique<escalation::EscalationService>());
  if (all || role == "reporting")
    services.push_back(std::make_unique<reporting::ReportingService>());
  return services;
}

absl::StatusOr<std::vector<int64_t>> PositionsOf(const load::Deployment& deployment) {
  base::v1::GetDigestRequest request;
  request.set_positions_only(true);
  std::vector<int64_t> positions;
  for (const load::Replica& replica : deployment.replicas()) {
    const auto response = GetDigest(replica, request);
    if (!response.ok()) return response.status();
    int64_t& sum = positions.emplace_back(0);
    for (const auto& row : response->partitions()) sum += row.offset();
  }
  return positions;
}

absl::StatusOr<StateCheck> CompareRunning(const load::Deployment& deployment) {
  StateCheck check;
  base::v1::GetDigestRequest request;
  request.set_recompute(true);
  std::map<std::tuple<std::string, int32_t, Offset>, std::string> digests;
  for (const load::Replica& replica : deployment.replicas()) {
    const auto response = GetDigest(replica, request);
    if (!response.ok()) return response.status();
    for (const auto& row : response->partitions()) {
      const std::string where =
          absl::StrCat(replica.name, " at ", row.partition(), "/", row.offset());
      ++check.digests;
      if (row.digest() != row.recomputed()) {
        check.violations.push_back(where + ": the state is not a fold of its log");
      }
      const auto [other, first] =
          digests.emplace(std::tuple(replica.role, row.partition(), row.offset()), row.digest());
      if (!first && other->second != row.digest()) {
        check.violations.push_back(where + ": another replica of its role has another state");
      }
    }
  }
  return check;
}

absl::StatusOr<StateCheck> CompareStored(const load::Deployment& deployment, log::EventLog* log,
                                         const std::vector<Offset>& ends) {
  StateCheck check;
  for (const std::string role : {"routing", "intake", "escalation", "reporting"}) {
    for (int32_t partition = 0; partition < static_cast<int32_t>(ends.size()); ++partition) {
      const auto stored = ReadStored(deployment, role, partition);
      if (!stored.ok()) return stored.status();
      partition::Fold fold("", ServicesOf(role), nullptr);
      for (const auto& [offset, state] : *stored) {
        const std::string where = absl::StrCat(state.replica, " at ", partition, "/", offset);
        if (offset < ends[static_cast<size_t>(partition)]) {
          check.violations.push_back(where + ": the state was not stored to the end of the log");
        }
        absl::Status status = FoldTo(log, partition, offset, &fold);
        if (!status.ok()) return status;
        const auto digest = DigestOf(&fold);
        if (!digest.ok()) return digest.status();
        ++check.digests;
        if (*digest != state.digest) {
          check.violations.push_back(where + ": the stored state is not a fold of the log");
        }
      }
    }
  }
  return check;
}

}  // namespace tierline::chaos
