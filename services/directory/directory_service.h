#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "base/service.h"
#include "directory/directory.h"
#include "directory/draft.h"
#include "directory/duty_book.h"
#include "directory/info_book.h"
#include "directory/publications.h"
#include "tierline/directory/v1/directory.pb.h"

namespace tierline::directory {

// The fold of tierline.directory.v1 and the decisions about it. A pack comes in pieces (PackStaged)
// that have no effect until one PackActivated puts the whole in force; a pack with a fault is
// refused whole. What is published (packs, policies, changes of offices) is in force from an
// instant that is given with it, now or to come; steps of lines are facts about the past
//
//
// Its state is this object, not the subject: one instance follows one log, from its beginning at
// every start.
class DirectoryService final : public Service {
 public:
  // Packs that are staged and not activated; the one that was not added to for longest goes when
  // there would be more.
  static constexpr size_t kStagedMax = 2;
  static constexpr size_t kStagedBytesMax = size_t{64} << 20;

  base::v1::Service id() const override { return base::v1::SERVICE_ROUTING; }
  Decision Decide(const Subject& subject, const Command& command,
                  const Context& context) const override;
  void Evolve(const Event& event, const EventMeta& meta, Subject* subject) override;
  Event React(const Subject& subject, const Obligation& obligation,
              const Context& context) const override;
  int64_t Version(const Subject& subject) const override { return subject.events(); }
  void AppendDigest(const Subject& subject, std::string* out) const override;
  bool pipelined() const override { return false; }

  // The snapshot in force as the last event was written; null before the first pack. Its At() gives
  // that of any other instant, later ones too. Valid until the next event.
  const Directory* current() const {
    return newest_ == nullptr ? nullptr : &newest_->At(absl::FromUnixMillis(last_event_ms_));
  }
  // The last snapshot of the timeline, with all of it; null before the first pack.
  std::shared_ptr<const Directory> newest() const { return newest_; }
  const Publications& publications() const { return publications_; }
  const DutyBook& duties() const { return duties_; }
  const InfoBook& info() const { return info_; }

  // What would change if the staged pack were activated at `now`.
  std::variant<v1::DiffPackResponse, Rejection> Diff(const std::string& pack_hash,
                                                     const v1::PackCounts& counts,
                                                     absl::Time now) const;
  // What a draft is made of: the staged pack, or, without a hash, what is in force at `now`.
  std::variant<DraftPlan, Rejection> Draft(const std::string& pack_hash,
                                           const v1::PackCounts& counts, absl::Time now) const;

 private:
  struct Staged {
    PackParts parts;  // by index; null: not there yet
    size_t bytes = 0;
    int64_t order = 0;  // of its last piece
  };

  Decision Decide(const v1::StagePackRequest& request) const;
  Decision Decide(const v1::ActivatePackRequest& request, absl::Time now) const;
  Decision Decide(const v1::SelectPolicyRequest& request, absl::Time now) const;
  Decision Decide(const v1::ChangeOfficeRequest& request, absl::Time now) const;
  std::optional<Rejection> CheckPublication(Publication next) const;
  std::optional<Rejection> CheckNumbers(const Publication& next) const;
  void Stage(const events::v1::PackStaged& staged);
  void Activate(const events::v1::PackActivated& activated, Publication publication);
  void Publish(Publication publication);
  void Advance(const Event& event, const EventMeta& meta);
  void Rebuild();
  // The last of `snapshots`, in a timeline with the lives of the lines.
  std::shared_ptr<const Directory> WithLives(
      const std::vector<std::shared_ptr<const Directory>>& snapshots) const;
  // All pieces of a staged pack, or what is missing.
  std::variant<PackParts, Rejection> PartsOf(const std::string& pack_hash,
                                             const v1::PackCounts& counts) const;
  // Their merge, or what is missing or wrong.
  std::variant<v1::PackPart, Rejection> Merge(const std::string& pack_hash,
                                              const v1::PackCounts& counts) const;

  absl::btree_map<std::string, Staged> staged_;  // by hash
  int64_t order_ = 0;
  int64_t last_event_ms_ = 0;
  Publications publications_;
  DutyBook duties_;
  InfoBook info_;
  StepsByOffice steps_;
  std::shared_ptr<const LineBook> lines_ = std::make_shared<const LineBook>();
  std::shared_ptr<const Directory> newest_;
};

}  // namespace tierline::directory
