#include "directory/directory_service.h"

#include <algorithm>

#include "base/hash.h"
#include "directory/diff.h"
#include "directory/pack.h"
#include "directory/validate.h"

namespace tierline::directory {
namespace {

constexpr int kPartsMax = 1024;
constexpr size_t kPartBytesMax = 1000 * 1000;

// As far as a hash or a number is worth repeating.
Rejection Invalid(std::string field, const std::string& value, std::string rule,
                  std::string_view message) {
  return InvalidField(std::move(field), value.substr(0, 80), std::move(rule), message);
}

bool IsHash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Decision DirectoryService::Decide(const Subject&, const Command& command, const Context&) const {
  const auto& body = static_cast<const v1::Command&>(*command.body);
  switch (body.command_case()) {
    case v1::Command::kStagePack:
      return Decide(body.stage_pack());
    case v1::Command::kActivatePack:
      return Decide(body.activate_pack());
    case v1::Command::kSelectPolicy:
      return Decide(body.select_policy());
    case v1::Command::COMMAND_NOT_SET:
      break;
  }
  return Invalid("command", "none", "R-311", "must be set");
}

Decision DirectoryService::Decide(const v1::StagePackRequest& request) const {
  if (!IsHash(request.pack_hash()))
    return Invalid("pack_hash", request.pack_hash(), "R-112", "must be 64 hex digits");
  if (request.index() < 0 || request.index() >= kPartsMax) {
    return Invalid("index", std::to_string(request.index()), "R-112",
                   "must be 0 to " + std::to_string(kPartsMax - 1));
  }
  const size_t bytes = request.part().ByteSizeLong();
  if (bytes > kPartBytesMax)
    return Invalid("part", std::to_string(bytes) + " bytes", "R-112", "is too large; split it");
  const auto staged = staged_.find(request.pack_hash());
  if (staged != staged_.end() && staged->second.bytes + bytes > kStagedBytesMax) {
    return Invalid("part", std::to_string(bytes) + " bytes", "R-112",
                   "the pack would be larger than 64 MiB");
  }
  Event event;
  event.mutable_pack_staged()->set_pack_hash(request.pack_hash());
  event.mutable_pack_staged()->set_index(request.index());
  *event.mutable_pack_staged()->mutable_part() = request.part();
  return event;
}

std::variant<v1::PackPart, Rejection> DirectoryService::Merge(const std::string& pack_hash,
                                                              const v1::PackCounts& counts) const {
  const auto it = staged_.find(pack_hash);
  if (it == staged_.end()) {
    return Rejection{.code = absl::StatusCode::kNotFound,
                     .reason = "PACK_NOT_STAGED",
                     .message = "pack_hash: no piece of this pack was staged",
                     .rule = "R-112",
                     .field = "pack_hash",
                     .value = pack_hash.substr(0, 80)};
  }
  const Staged& staged = it->second;
  const auto parts = static_cast<size_t>(std::max(counts.parts(), 0));
  if (staged.parts.size() != parts ||
      std::find(staged.parts.begin(), staged.parts.end(), std::nullopt) != staged.parts.end()) {
    return Rejection{.reason = "PACK_INCOMPLETE",
                     .message = "counts.parts: pieces 0 to " + std::to_string(counts.parts() - 1) +
                                " must be staged, no more and no less",
                     .rule = "R-112",
                     .field = "counts.parts",
                     .value = std::to_string(counts.parts())};
  }
  v1::PackPart tables;
  for (const auto& part : staged.parts) tables.MergeFromString(*part);
  const std::string hash = HashPack(tables);
  if (hash != pack_hash)
    return Invalid("pack_hash", hash, "R-112", "the pieces have another hash than their name says");
  if (const std::string differs = CompareCounts(counts, CountPack(tables)); !differs.empty()) {
    return Invalid("counts", differs, "R-112", "the pieces have other counts");
  }
  return tables;
}

Decision DirectoryService::Decide(const v1::ActivatePackRequest& request) const {
  if (current_ != nullptr && current_->pack_hash() == request.pack_hash()) {
    return Rejection{.code = absl::StatusCode::kAlreadyExists,
                     .reason = "PACK_IN_FORCE",
                     .message = "the pack is in force already; there is nothing to do",
                     .rule = "R-112",
                     .field = "pack_hash",
                     .value = request.pack_hash()};
  }
  const auto merged = Merge(request.pack_hash(), request.counts());
  if (const auto* rejection = std::get_if<Rejection>(&merged)) return *rejection;
  if (const auto faults = Validate(std::get<v1::PackPart>(merged)); !faults.empty()) {
    return Rejection{.code = absl::StatusCode::kInvalidArgument,
                     .reason = "PACK_FAULTY",
                     .message = faults.front().path + ": " + faults.front().Sentence(),
                     .rule = faults.front().rule,
                     .field = faults.front().path,
                     .value = faults.front().value};
  }
  Event event;
  event.mutable_pack_activated()->set_pack_hash(request.pack_hash());
  *event.mutable_pack_activated()->mutable_counts() = request.counts();
  return event;
}

Decision DirectoryService::Decide(const v1::SelectPolicyRequest& request) const {
  if (current_ == nullptr) {
    return Rejection{.reason = "NO_DIRECTORY",
                     .message = "no pack is in force; load one first",
                     .rule = "R-401"};
  }
  if (current_->FindPolicy(request.policy()) == nullptr) {
    return Invalid("policy", request.policy(), "R-401", "is no policy of the pack");
  }
  Event event;
  event.mutable_policy_selected()->set_policy(request.policy());
  return event;
}

void DirectoryService::Evolve(const Event& event, const EventMeta&, Subject*) {
  const absl::Time at = absl::FromUnixMillis(event.occurred_at_ms());
  if (event.has_pack_staged()) return Stage(event.pack_staged());
  if (event.has_pack_activated()) return Activate(event.pack_activated(), at);
  if (event.has_policy_selected() && current_ != nullptr &&
      current_->FindPolicy(event.policy_selected().policy()) != nullptr) {
    current_ = current_->WithPolicy(event.policy_selected().policy())->After(current_, at);
  }
}

void DirectoryService::Stage(const events::v1::PackStaged& event) {
  if (event.index() < 0 || event.index() >= kPartsMax) return;
  if (!staged_.contains(event.pack_hash()) && staged_.size() >= kStagedMax) {
    staged_.erase(std::min_element(
        staged_.begin(), staged_.end(),
        [](const auto& a, const auto& b) { return a.second.order < b.second.order; }));
  }
  Staged& staged = staged_[event.pack_hash()];
  staged.order = ++order_;
  const auto index = static_cast<size_t>(event.index());
  if (index >= staged.parts.size()) staged.parts.resize(index + 1);
  std::optional<std::string>& part = staged.parts[index];
  staged.bytes -= part ? part->size() : 0;
  part = event.part().SerializeAsString();
  staged.bytes += part->size();
}

void DirectoryService::Activate(const events::v1::PackActivated& activated, absl::Time at) {
  auto merged = Merge(activated.pack_hash(), activated.counts());
  auto* tables = std::get_if<v1::PackPart>(&merged);
  if (tables == nullptr) return;  // an event that no Decide of ours wrote has no effect
  const auto built = Directory::Build(*tables, activated.pack_hash());
  if (!built.ok()) return;
  current_ = (*built)->After(current_, at);
  tables_ = tables->SerializeAsString();
  staged_.erase(activated.pack_hash());
}

Event DirectoryService::React(const Subject&, const Obligation&, const Context&) const {
  return Declined("THE_DIRECTORY_OWES_NOTHING");
}

void DirectoryService::AppendDigest(const Subject&, std::string* out) const {
  if (current_ != nullptr)
    out->append(current_->pack_hash()).append("/").append(current_->policy().id());
  for (const auto& [hash, staged] : staged_) {
    out->append(";").append(hash).append("@").append(std::to_string(staged.order));
    for (const auto& part : staged.parts) out->append(part ? HexOf(Bytes(Sha256Of(*part))) : "-");
  }
}

std::variant<v1::DiffPackResponse, Rejection> DirectoryService::Diff(
    const std::string& pack_hash, const v1::PackCounts& counts) const {
  if (current_ != nullptr && current_->pack_hash() == pack_hash) {
    v1::DiffPackResponse response;
    response.set_already_active(true);
    return response;
  }
  auto merged = Merge(pack_hash, counts);
  if (auto* rejection = std::get_if<Rejection>(&merged)) return std::move(*rejection);
  v1::PackPart in_force;
  in_force.ParseFromString(tables_);
  return DiffPacks(in_force, std::get<v1::PackPart>(merged));
}

}  // namespace tierline::directory
