#include "directory/directory_service.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "directory/advance_lines.h"
#include "directory/change_office.h"
#include "directory/diff.h"
#include "directory/effective.h"
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

Rejection NoDirectory(std::string rule) {
  return {.reason = "NO_DIRECTORY",
          .message = "no pack is in force; load one first",
          .rule = std::move(rule)};
}

// As people know a publication again.
std::string NameOf(const Publication& one) {
  if (one.pack != nullptr) return absl::StrCat("pack ", one.pack->pack_hash().substr(0, 12));
  if (one.change != nullptr) return absl::StrCat("the change of office ", one.change->office());
  return absl::StrCat("policy ", one.policy);
}

// A number that two lines have when `then` comes into force.
std::optional<Rejection> FindShared(const Directory& then) {
  absl::flat_hash_map<std::string_view, OfficeIndex> holders;
  std::optional<Rejection> shared;
  then.EachNumber(then.in_force_from(), [&](OfficeIndex office, std::string_view number) {
    const auto [other, fresh] = holders.emplace(number, office);
    if (fresh || shared) return;
    shared = Invalid("lines", std::string(number), "R-117",
                     absl::StrCat("would belong to both ", then.offices()[other->second].code,
                                  " and ", then.offices()[office].code, " from ",
                                  absl::ToUnixMillis(then.in_force_from()), " on"));
  });
  return shared;
}

}  // namespace

Decision DirectoryService::Decide(const Subject&, const Command& command,
                                  const Context& context) const {
  const auto& body = static_cast<const v1::Command&>(*command.body);
  switch (body.command_case()) {
    case v1::Command::kStagePack:
      return Decide(body.stage_pack());
    case v1::Command::kActivatePack:
      return Decide(body.activate_pack(), context.now);
    case v1::Command::kSelectPolicy:
      return Decide(body.select_policy(), context.now);
    case v1::Command::kChangeOffice:
      return Decide(body.change_office(), context.now);
    case v1::Command::kAdvanceLines:
      return directory::Decide(body.advance_lines(), newest_.get(), context);
    case v1::Command::kNameLeader:
      return directory::Decide(body.name_leader(), newest_.get(), context.now);
    case v1::Command::kSetRoster:
      return directory::Decide(body.set_roster(), newest_.get(), context.now);
    case v1::Command::kPutEntry:
      return directory::Decide(body.put_entry(), info_, newest_.get(), context, command.request_id);
    case v1::Command::kWithdrawEntry:
      return directory::Decide(body.withdraw_entry(), info_);
    case v1::Command::kConfirmSection:
      return directory::Decide(body.confirm_section(), newest_.get(), context.now);
    case v1::Command::kPutAcceptanceRules:
      return directory::Decide(body.put_acceptance_rules(), info_, newest_.get(), context.now);
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

std::variant<PackParts, Rejection> DirectoryService::PartsOf(const std::string& pack_hash,
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
  const PackParts& parts = it->second.parts;
  if (parts.size() != static_cast<size_t>(std::max(counts.parts(), 0)) ||
      std::find(parts.begin(), parts.end(), nullptr) != parts.end()) {
    return Rejection{.reason = "PACK_INCOMPLETE",
                     .message = "counts.parts: pieces 0 to " + std::to_string(counts.parts() - 1) +
                                " must be staged, no more and no less",
                     .rule = "R-112",
                     .field = "counts.parts",
                     .value = std::to_string(counts.parts())};
  }
  return parts;
}

std::variant<v1::PackPart, Rejection> DirectoryService::Merge(const std::string& pack_hash,
                                                              const v1::PackCounts& counts) const {
  const auto parts = PartsOf(pack_hash, counts);
  if (const auto* rejection = std::get_if<Rejection>(&parts)) return *rejection;
  v1::PackPart tables = MergeParts(std::get<PackParts>(parts));
  const std::string hash = HashPack(tables);
  if (hash != pack_hash)
    return Invalid("pack_hash", hash, "R-112", "the pieces have another hash than their name says");
  if (const std::string differs = CompareCounts(counts, CountPack(tables)); !differs.empty()) {
    return Invalid("counts", differs, "R-112", "the pieces have other counts");
  }
  return tables;
}

Decision DirectoryService::Decide(const v1::ActivatePackRequest& request, absl::Time now) const {
  if (const auto bad = CheckEffective(request.effective_at_ms(), now, "R-112")) return *bad;
  const int64_t effective_ms = EffectiveMs(request.effective_at_ms(), now);
  const Publication* before = publications_.PackAt(effective_ms);
  if (before != nullptr && before->pack->pack_hash() == request.pack_hash()) {
    return Rejection{.code = absl::StatusCode::kAlreadyExists,
                     .reason = "PACK_IN_FORCE",
                     .message = "the pack is in force then already; there is nothing to do",
                     .rule = "R-112",
                     .field = "pack_hash",
                     .value = request.pack_hash()};
  }
  const auto merged = Merge(request.pack_hash(), request.counts());
  if (const auto* rejection = std::get_if<Rejection>(&merged)) return *rejection;
  const auto& tables = std::get<v1::PackPart>(merged);
  if (const auto faults = Validate(tables); !faults.empty()) {
    return Rejection{.code = absl::StatusCode::kInvalidArgument,
                     .reason = "PACK_FAULTY",
                     .message = faults.front().path + ": " + faults.front().Sentence(),
                     .rule = faults.front().rule,
                     .field = faults.front().path,
                     .value = faults.front().value};
  }
  const bool others = publications_.At(effective_ms) != publications_.At(kNeverMs);  // rest on it
  if (others || !steps_.empty()) {
    auto built = Directory::Build(tables, request.pack_hash());
    const Publication next{.effective_at_ms = effective_ms, .pack = *std::move(built)};
    if (auto lost = CheckPublication(next)) return *lost;
    if (auto shared = CheckNumbers(next)) return *shared;
  }
  Event event;
  event.mutable_pack_activated()->set_pack_hash(request.pack_hash());
  *event.mutable_pack_activated()->mutable_counts() = request.counts();
  event.mutable_pack_activated()->set_effective_at_ms(effective_ms);
  return event;
}

// What is published may not take the ground from what will be in force later: whoever wants that
// publishes the later thing again.
std::optional<Rejection> DirectoryService::CheckPublication(Publication next) const {
  const auto lost = publications_.LostWith(next);
  if (!lost) return {};
  return Rejection{
      .reason = "PUBLICATION_CONFLICT",
      .message = absl::StrCat(NameOf(next), " would leave ", NameOf(*lost), ", published for ",
                              lost->effective_at_ms, ", without an effect"),
      .rule = "R-112",
      .field = "effective_at_ms",
      .value = absl::StrCat(next.effective_at_ms)};
}

// R-117: a pack knows nothing of the numbers that steps have bound.
std::optional<Rejection> DirectoryService::CheckNumbers(const Publication& next) const {
  if (steps_.empty()) return {};
  Publications after = publications_;
  after.Add(next);
  const auto draft = WithLives(after.Snapshots());
  for (const Directory* then : draft->Timeline()) {
    if (absl::ToUnixMillis(then->in_force_from()) < next.effective_at_ms) continue;
    if (auto shared = FindShared(*then)) return shared;
  }
  return {};
}

Decision DirectoryService::Decide(const v1::SelectPolicyRequest& request, absl::Time now) const {
  if (const auto bad = CheckEffective(request.effective_at_ms(), now, "R-112")) return *bad;
  const int64_t effective_ms = EffectiveMs(request.effective_at_ms(), now);
  const Publication* before = publications_.At(effective_ms);
  if (before == nullptr || before->result == nullptr) return NoDirectory("R-401");
  if (before->result->FindPolicy(request.policy()) == nullptr) {
    return Invalid("policy", request.policy(), "R-401", "is no policy of the pack");
  }
  Event event;
  event.mutable_policy_selected()->set_policy(request.policy());
  event.mutable_policy_selected()->set_effective_at_ms(effective_ms);
  return event;
}

Decision DirectoryService::Decide(const v1::ChangeOfficeRequest& request, absl::Time now) const {
  if (const auto bad = CheckEffective(request.effective_at_ms(), now, "R-112")) return *bad;
  if (const auto bad = CheckEvidence(request.evidence(), "R-201")) return *bad;
  const int64_t effective_ms = EffectiveMs(request.effective_at_ms(), now);
  const Publication* before = publications_.At(effective_ms);
  if (before == nullptr || before->result == nullptr) return NoDirectory("R-201");
  if (const auto bad = CheckChange(request.change(), *before->result)) return *bad;
  if (const auto lost = CheckPublication(
          {.effective_at_ms = effective_ms,
           .change = std::make_shared<const v1::OfficeChange>(request.change())})) {
    return *lost;
  }
  Event event;
  auto* changed = event.mutable_office_changed();
  *changed->mutable_change() = request.change();
  changed->set_effective_at_ms(effective_ms);
  *changed->mutable_evidence() = request.evidence();
  return event;
}

void DirectoryService::Evolve(const Event& event, const EventMeta& meta, Subject*) {
  last_event_ms_ = std::max(last_event_ms_, event.occurred_at_ms());
  if (event.has_pack_staged()) return Stage(event.pack_staged());
  if (event.has_lines_advanced()) return Advance(event, meta);
  if (event.has_leader_named()) return duties_.Apply(event.leader_named());
  if (event.has_roster_set()) return duties_.Apply(event.roster_set());
  info_.Apply(event);
  Publication publication{.published_at_ms = event.occurred_at_ms(), .event_id = meta.id};
  const auto effective = [&](int64_t at_ms) {
    publication.effective_at_ms = at_ms != 0 ? at_ms : event.occurred_at_ms();
  };
  if (event.has_pack_activated()) {
    effective(event.pack_activated().effective_at_ms());
    Activate(event.pack_activated(), std::move(publication));
  } else if (event.has_policy_selected()) {
    effective(event.policy_selected().effective_at_ms());
    publication.policy = event.policy_selected().policy();
    Publish(std::move(publication));
  } else if (event.has_office_changed()) {
    effective(event.office_changed().effective_at_ms());
    publication.change = std::make_shared<const v1::OfficeChange>(event.office_changed().change());
    Publish(std::move(publication));
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
  auto& part = staged.parts[index];
  staged.bytes -= part ? part->size() : 0;
  part = std::make_shared<const std::string>(event.part().SerializeAsString());
  staged.bytes += part->size();
}

void DirectoryService::Activate(const events::v1::PackActivated& activated,
                                Publication publication) {
  auto merged = Merge(activated.pack_hash(), activated.counts());
  auto* tables = std::get_if<v1::PackPart>(&merged);
  if (tables == nullptr) return;  // an event that no Decide of ours wrote has no effect
  const auto built = Directory::Build(*tables, activated.pack_hash());
  if (!built.ok()) return;
  publication.pack = *built;
  publication.tables = std::make_shared<const std::string>(tables->SerializeAsString());
  staged_.erase(activated.pack_hash());
  Publish(std::move(publication));
}

void DirectoryService::Publish(Publication publication) {
  publications_.Add(std::move(publication));
  publications_.ForgetTables(last_event_ms_);
  Rebuild();
}

void DirectoryService::Rebuild() {
  const auto snapshots = publications_.Snapshots();
  if (snapshots.empty()) return;
  newest_ = Directory::Chain(snapshots, lines_);
  if (steps_.empty()) return;
  lines_ = BookOf(steps_, newest_->Timeline());
  newest_ = Directory::Chain(snapshots, lines_);
}

// Steps were decided in the order of their instants; one that no Decide of ours wrote takes its
// place among them.
void DirectoryService::Advance(const Event& event, const EventMeta& meta) {
  const auto& advanced = event.lines_advanced();
  if (newest_ == nullptr) return;
  const auto record = std::make_shared<const RecordedStep>(
      RecordedStep{advanced, meta.id, event.occurred_at_ms(), event.actor()});
  auto book = std::make_shared<LineBook>(*lines_);
  const auto timeline = newest_->Timeline();
  for (int i = 0; i < advanced.lines_size(); ++i) {
    const std::string& office = advanced.lines(i).office();
    std::vector<StepTaken>& steps = steps_[office];
    steps.push_back({record, i});
    std::stable_sort(steps.begin(), steps.end(),
                     [](const StepTaken& a, const StepTaken& b) { return a.at_ms() < b.at_ms(); });
    book->Set(office, LineLife::Of(Directory::LinesOfPacks(office, timeline), steps));
  }
  lines_ = std::move(book);
  newest_ = Directory::Chain(publications_.Snapshots(), lines_);
}

Event DirectoryService::React(const Subject&, const Obligation&, const Context&) const {
  return Declined("THE_DIRECTORY_OWES_NOTHING");
}

void DirectoryService::AppendDigest(const Subject&, std::string* out) const {
  for (const Publication& one : publications_.all()) {
    absl::StrAppend(out, one.effective_at_ms, "=", one.without_effect ? "-" : "",
                    one.pack != nullptr ? one.pack->pack_hash() : one.policy);
    if (one.change != nullptr) one.change->AppendToString(out);
  }
  for (const auto& [hash, staged] : staged_) {
    out->append(";").append(hash).append("@").append(std::to_string(staged.order));
    for (const auto& part : staged.parts) out->append(part ? HexOf(Bytes(Sha256Of(*part))) : "-");
  }
  for (const auto& [office, steps] : steps_) {
    for (const StepTaken& step : steps) {
      absl::StrAppend(out, ";", office, "/", step.record->event.step(), "@", step.at_ms());
      step.change().AppendToString(out);
    }
  }
  duties_.AppendDigest(out);
  info_.AppendDigest(out);
}

std::variant<v1::DiffPackResponse, Rejection> DirectoryService::Diff(const std::string& pack_hash,
                                                                     const v1::PackCounts& counts,
                                                                     absl::Time now) const {
  const Publication* in_force = publications_.PackAt(absl::ToUnixMillis(now));
  if (in_force != nullptr && in_force->pack->pack_hash() == pack_hash) {
    v1::DiffPackResponse response;
    response.set_already_active(true);
    return response;
  }
  auto merged = Merge(pack_hash, counts);
  if (auto* rejection = std::get_if<Rejection>(&merged)) return std::move(*rejection);
  v1::PackPart tables;
  if (in_force != nullptr && in_force->tables != nullptr) tables.ParseFromString(*in_force->tables);
  return DiffPacks(tables, std::get<v1::PackPart>(merged));
}

std::variant<DraftPlan, Rejection> DirectoryService::Draft(const std::string& pack_hash,
                                                           const v1::PackCounts& counts,
                                                           absl::Time now) const {
  DraftPlan plan{.pack_hash = pack_hash, .snapshots = publications_.Snapshots(), .steps = steps_};
  if (pack_hash.empty()) {
    if (newest_ == nullptr) return NoDirectory("R-507");
    plan.in_force = newest_->At(now).From(now);
    return plan;
  }
  auto parts = PartsOf(pack_hash, counts);
  if (auto* rejection = std::get_if<Rejection>(&parts)) return std::move(*rejection);
  plan.parts = std::get<PackParts>(std::move(parts));
  return plan;
}

std::shared_ptr<const Directory> DirectoryService::WithLives(
    const std::vector<std::shared_ptr<const Directory>>& snapshots) const {
  const auto chained = Directory::Chain(snapshots, std::make_shared<const LineBook>());
  return Directory::Chain(snapshots, BookOf(steps_, chained->Timeline()));
}

}  // namespace tierline::directory
