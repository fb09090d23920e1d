#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "base/service.h"
#include "directory/directory.h"
#include "tierline/directory/v1/directory.pb.h"

namespace tierline::directory {

// The fold of tierline.directory.v1 and the decisions about it. A pack comes in pieces (PackStaged)
// that have no effect until one PackActivated puts the whole in force; a pack with a fault is
// refused whole.
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

  // The snapshot in force; null before the first pack. Valid until the next event.
  const Directory* current() const { return current_.get(); }

  // What would change if the staged pack were activated.
  std::variant<v1::DiffPackResponse, Rejection> Diff(const std::string& pack_hash,
                                                     const v1::PackCounts& counts) const;

 private:
  struct Staged {
    std::vector<std::optional<std::string>> parts;  // by index, serialized: a tenth of the messages
    size_t bytes = 0;
    int64_t order = 0;  // of its last piece
  };

  Decision Decide(const v1::StagePackRequest& request) const;
  Decision Decide(const v1::ActivatePackRequest& request) const;
  Decision Decide(const v1::SelectPolicyRequest& request) const;
  void Stage(const events::v1::PackStaged& staged);
  void Activate(const events::v1::PackActivated& activated, absl::Time at);
  // The merge of all pieces, or what is missing or wrong.
  std::variant<v1::PackPart, Rejection> Merge(const std::string& pack_hash,
                                              const v1::PackCounts& counts) const;

  absl::btree_map<std::string, Staged> staged_;  // by hash
  int64_t order_ = 0;
  std::string tables_;  // of the pack in force, serialized, for Diff
  std::shared_ptr<const Directory> current_;
};

}  // namespace tierline::directory
