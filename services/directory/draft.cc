#include "directory/draft.h"

#include "directory/pack.h"

namespace tierline::directory {

v1::PackPart MergeParts(const PackParts& parts) {
  v1::PackPart tables;
  for (const auto& part : parts) tables.MergeFromString(*part);
  return tables;
}

std::shared_ptr<const LineBook> BookOf(const StepsByOffice& steps,
                                       absl::Span<const Directory* const> timeline) {
  auto book = std::make_shared<LineBook>();
  for (const auto& [office, taken] : steps)
    book->Set(office, LineLife::Of(Directory::LinesOfPacks(office, timeline), taken));
  return book;
}

absl::StatusOr<std::shared_ptr<const Directory>> DraftPlan::Make(absl::Time from) const {
  std::shared_ptr<const Directory> draft = in_force;
  if (draft == nullptr) {
    const v1::PackPart tables = MergeParts(parts);
    if (HashPack(tables) != pack_hash)
      return absl::InvalidArgumentError("the pieces have another hash than their name says");
    auto built = Directory::Build(tables, pack_hash);
    if (!built.ok()) return built.status();
    draft = *std::move(built);
  }
  auto timeline = snapshots;
  while (timeline.size() > 1 && timeline.back()->in_force_from() >= from) timeline.pop_back();
  if (!timeline.empty() && timeline.front()->in_force_from() >= from)
    timeline.front() = timeline.front()->From(absl::InfinitePast());
  timeline.push_back(draft->From(from));
  const auto without = Directory::Chain(timeline, std::make_shared<const LineBook>());
  return Directory::Chain(timeline, BookOf(steps, without->Timeline()));
}

}  // namespace tierline::directory
