#include "directory/publications.h"

#include <algorithm>

#include "directory/change_office.h"

namespace tierline::directory {
namespace {

// What is in force after `publication` where `before` was; null: it does not fit.
std::shared_ptr<const Directory> Apply(const Publication& publication, const Directory* before) {
  if (publication.pack != nullptr) return publication.pack;
  if (before == nullptr) return nullptr;
  if (publication.change != nullptr) {
    if (CheckChange(*publication.change, *before)) return nullptr;
    return before->WithChange(*publication.change, publication.event_id);
  }
  if (before->FindPolicy(publication.policy) == nullptr) return nullptr;
  return before->WithPolicy(publication.policy);
}

}  // namespace

size_t Publications::PlaceOf(int64_t effective_at_ms) const {
  const auto place = std::upper_bound(
      all_.begin(), all_.end(), effective_at_ms,
      [](int64_t at_ms, const Publication& one) { return at_ms < one.effective_at_ms; });
  return static_cast<size_t>(place - all_.begin());
}

void Publications::Add(Publication publication) {
  const size_t place = PlaceOf(publication.effective_at_ms);
  auto one = all_.insert(all_.begin() + static_cast<ptrdiff_t>(place), std::move(publication));
  std::shared_ptr<const Directory> before = place == 0 ? nullptr : all_[place - 1].result;
  for (; one != all_.end(); ++one) {
    auto result = Apply(*one, before.get());
    one->without_effect = result == nullptr;
    if (result != nullptr) before = result->From(absl::FromUnixMillis(one->effective_at_ms));
    one->result = before;
  }
}

const Publication* Publications::At(int64_t at_ms) const {
  const size_t after = PlaceOf(at_ms);
  return after == 0 ? nullptr : &all_[after - 1];
}

const Publication* Publications::PackAt(int64_t at_ms) const {
  const Publication* pack = nullptr;
  for (const Publication& one : all_) {
    if (one.effective_at_ms <= at_ms && one.pack != nullptr) pack = &one;
  }
  return pack;
}

std::optional<Publication> Publications::LostWith(const Publication& next) const {
  Publications after = *this;
  after.Add(next);
  const size_t place = PlaceOf(next.effective_at_ms);
  for (size_t i = 0; i < after.all_.size(); ++i) {
    const bool had_none = i != place && all_[i > place ? i - 1 : i].without_effect;
    if (after.all_[i].without_effect && !had_none) return after.all_[i];
  }
  return std::nullopt;
}

std::vector<std::shared_ptr<const Directory>> Publications::Snapshots() const {
  std::vector<std::shared_ptr<const Directory>> snapshots;
  int64_t last_ms = 0;
  for (const Publication& one : all_) {
    if (one.result == nullptr || one.without_effect) continue;
    if (!snapshots.empty() && last_ms == one.effective_at_ms) snapshots.pop_back();
    snapshots.push_back(one.result);
    last_ms = one.effective_at_ms;
  }
  return snapshots;
}

void Publications::ForgetTables(int64_t now_ms) {
  Publication* last = nullptr;
  for (Publication& one : all_) {
    if (one.pack == nullptr || one.effective_at_ms > now_ms) continue;
    if (last != nullptr) last->tables.reset();
    last = &one;
  }
}

}  // namespace tierline::directory
