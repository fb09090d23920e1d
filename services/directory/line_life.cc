#include "directory/line_life.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "directory/line_steps.h"

namespace tierline::directory {

LineView ByPack(const PackLine& line, int64_t at_ms) {
  if (line.merged) return {v1::LINE_STATE_CLOSED, {}, line.in_force_from_ms};
  if (line.number.empty()) return {v1::LINE_STATE_UNSPECIFIED, {}, line.in_force_from_ms};
  const auto since = [&](v1::LineState state, int64_t ms) {
    return LineView{state, line.number, std::max(ms, line.in_force_from_ms)};
  };
  if (at_ms < line.open_from_ms || line.open_from_ms == kNeverMs)
    return since(v1::LINE_STATE_BOUND, kAlwaysMs);
  if (at_ms >= line.open_until_ms) return since(v1::LINE_STATE_CLOSED, line.open_until_ms);
  if (at_ms < line.formal_from_ms) return since(v1::LINE_STATE_TRIAL, line.open_from_ms);
  return since(v1::LINE_STATE_OPEN, std::max(line.open_from_ms, line.formal_from_ms));
}

void LineLife::AppendByPack(const PackLine& pack) {
  const auto append = [&](int64_t at_ms) {
    const LineView view = ByPack(pack, at_ms);
    if (!spans_.empty() && spans_.back().state == view.state && spans_.back().number == view.number)
      return;
    spans_.push_back(
        {view.since_ms, view.state, std::string(view.number), {}, std::string(pack.pack_hash)});
  };
  append(pack.in_force_from_ms);
  std::array<int64_t, 3> changes = {pack.open_from_ms, pack.formal_from_ms, pack.open_until_ms};
  std::sort(changes.begin(), changes.end());
  for (const int64_t at_ms : changes) {
    if (at_ms > pack.in_force_from_ms && at_ms < pack.in_force_until_ms) append(at_ms);
  }
}

bool LineLife::Append(const StepTaken& step) {
  const LineSpan& now = At(step.at_ms());
  const v1::LineStep kind = step.record->event.step();
  const bool failed = kind == v1::LINE_STEP_TEST && step.change().test_failed();
  const auto next = StateAfter(now.state, kind, failed);
  if (!next) return false;
  const bool binds = kind == v1::LINE_STEP_BIND || kind == v1::LINE_STEP_REBIND;
  std::string number = binds ? step.change().number() : now.number;
  while (spans_.back().from_ms > step.at_ms()) spans_.pop_back();  // what a pack had in store
  spans_.push_back({step.at_ms(), *next, std::move(number), step, {}});
  return true;
}

LineLife LineLife::Of(absl::Span<const PackLine> packs, absl::Span<const StepTaken> steps) {
  LineLife life;
  bool by_steps = false;
  auto step = steps.begin();
  std::string_view named;  // by the pack before
  for (const PackLine& pack : packs) {
    by_steps = by_steps && !pack.merged &&
               (pack.number == named || pack.number == life.spans_.back().number);
    if (!by_steps) life.AppendByPack(pack);
    for (; step != steps.end() && step->at_ms() < pack.in_force_until_ms; ++step) {
      by_steps = (!pack.merged && life.Append(*step)) || by_steps;
    }
    named = pack.number;
  }
  return life;
}

const LineSpan& LineLife::At(int64_t at_ms) const {
  const auto after =
      std::upper_bound(spans_.begin(), spans_.end(), at_ms,
                       [](int64_t at, const LineSpan& span) { return at < span.from_ms; });
  return after == spans_.begin() ? spans_.front() : *(after - 1);
}

const LineLife* LineBook::Find(std::string_view office) const {
  const auto it = lives_.find(ToAbsl(office));
  return it == lives_.end() ? nullptr : it->second.get();
}

}  // namespace tierline::directory
