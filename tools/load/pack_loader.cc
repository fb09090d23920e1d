#include "tools/load/pack_loader.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "absl/strings/str_cat.h"
#include "directory/pack_reader.h"
#include "tools/load/request_id.h"

namespace tierline::load {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPieceBytes = 512 << 10;

// `staged_at`: where all of it was read.
absl::Status Stage(ServerClient* client, const directory::Pack& pack,
                   std::vector<directory::v1::PackPart> pieces, base::v1::Position* staged_at) {
  int index = 0;
  for (directory::v1::PackPart& piece : pieces) {
    directory::v1::StagePackRequest request;
    request.set_request_id(RequestIdOf(absl::StrCat("stage ", pack.hash, " ", index)));
    request.set_pack_hash(pack.hash);
    request.set_index(index++);
    *request.mutable_part() = std::move(piece);
    const auto staged =
        client->Ask<directory::v1::StagePackResponse>(kDirectoryService, "StagePack", request);
    if (!staged.ok()) return staged.status();
    *staged_at = staged->receipt().position();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<directory::Pack> ReadPackFolder(const std::string& folder) {
  std::error_code error;
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    files[fs::relative(entry.path(), folder).string()].assign(std::istreambuf_iterator(file), {});
  }
  if (error || files.empty()) {
    return absl::NotFoundError(absl::StrCat("no pack in the folder ", folder));
  }
  return directory::ReadPack(files);
}

directory::Pack ThinPack(const directory::Pack& pack, int nth) {
  directory::Pack thin = pack;
  thin.tables.clear_mobile_prefixes();
  for (int i = 0; i < pack.tables.mobile_prefixes_size(); i += nth) {
    *thin.tables.add_mobile_prefixes() = pack.tables.mobile_prefixes(i);
  }
  thin.hash = directory::HashPack(thin.tables);
  thin.counts = directory::CountPack(thin.tables);
  return thin;
}

absl::StatusOr<LoadedPack> LoadPack(ServerClient* client, const directory::Pack& pack,
                                    const std::string& policy) {
  std::vector<directory::v1::PackPart> pieces = directory::SplitPack(pack.tables, kPieceBytes);
  LoadedPack loaded;
  loaded.pieces = static_cast<int>(pieces.size());
  directory::v1::PackCounts counts = pack.counts;
  counts.set_parts(loaded.pieces);
  directory::v1::DiffPackRequest diff;
  absl::Status status = Stage(client, pack, std::move(pieces), diff.mutable_min_position());
  if (!status.ok()) return status;
  diff.set_pack_hash(pack.hash);
  *diff.mutable_counts() = counts;
  auto changes = client->Ask<directory::v1::DiffPackResponse>(kDirectoryService, "DiffPack", diff);
  if (!changes.ok()) return changes.status();
  loaded.diff = *std::move(changes);

  directory::v1::ActivatePackRequest activate;
  activate.set_request_id(RequestIdOf("activate " + pack.hash));
  activate.set_pack_hash(pack.hash);
  *activate.mutable_counts() = counts;
  const auto active =
      client->Ask<directory::v1::ActivatePackResponse>(kDirectoryService, "ActivatePack", activate);
  if (!active.ok()) return active.status();
  // An event's id bears its time (RFC 9562 §5.7).
  const auto event = Uuid::Parse(active->receipt().event_id());
  if (!event.ok()) return event.status();
  loaded.in_force_from = absl::FromUnixMillis(static_cast<int64_t>(event->high() >> 16));

  directory::v1::SelectPolicyRequest select;
  select.set_request_id(RequestIdOf("select " + policy + " of " + pack.hash));
  select.set_policy(policy);
  const auto selected =
      client->Ask<directory::v1::SelectPolicyResponse>(kDirectoryService, "SelectPolicy", select);
  if (!selected.ok()) return selected.status();
  return loaded;
}

}  // namespace tierline::load
