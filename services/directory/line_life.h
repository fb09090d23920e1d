#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "base/ids.h"
#include "tierline/base/v1/base.pb.h"
#include "tierline/directory/v1/line.pb.h"
#include "tierline/events/v1/directory.pb.h"

// The life of one line over all time: which state it was in at any past instant, and why.
//
// Packs and recorded steps say it together. A pack that gives a line a day of opening has brought
// it there: on trial from that day, open from the formal opening on. From the first recorded step
// on the steps alone count, whatever dates a pack has for the same number; until a pack names a
// number that is neither that of the pack before nor the one that the steps bound. From then on
// that pack counts, and steps on top of it. When its office becomes part of another one, the line
// is closed, steps or not; a later pack that has the office again begins it anew.

namespace tierline::directory {

// The beginning of time, before which nothing is known.
inline constexpr int64_t kAlwaysMs = std::numeric_limits<int64_t>::min();
inline constexpr int64_t kNeverMs = std::numeric_limits<int64_t>::max();

// What a pack says of one line, while that pack is in force. Instants in milliseconds since 1970,
// half-open.
struct PackLine {
  int64_t in_force_from_ms = kAlwaysMs;
  int64_t in_force_until_ms = kNeverMs;
  std::string_view number;          // E.164; empty: the office has no line
  int64_t open_from_ms = kNeverMs;  // never: it is bound and no more
  int64_t open_until_ms = kNeverMs;
  int64_t formal_from_ms = kAlwaysMs;  // of the hotline
  std::string_view pack_hash;
  bool merged = false;  // its office has become part of another one
};

struct LineView {
  v1::LineState state = v1::LINE_STATE_UNSPECIFIED;
  std::string_view number;
  // Where no step was recorded, as far as one snapshot knows: not before it was in force.
  int64_t since_ms = kAlwaysMs;
};

// The line at `at_ms` if no step was ever recorded.
LineView ByPack(const PackLine& line, int64_t at_ms);

// A LinesAdvanced as it stands in the log.
struct RecordedStep {
  events::v1::LinesAdvanced event;
  Uuid id;
  int64_t recorded_at_ms = 0;
  base::v1::Principal actor;
};

// What it says of one line.
struct StepTaken {
  std::shared_ptr<const RecordedStep> record;
  int line = 0;  // index in its lines

  const v1::LineChange& change() const { return record->event.lines(line); }
  int64_t at_ms() const { return record->event.happened_at_ms(); }
};

// The line is in `state` from `from_ms` until the next span.
struct LineSpan {
  int64_t from_ms = kAlwaysMs;
  v1::LineState state = v1::LINE_STATE_UNSPECIFIED;
  std::string number;
  StepTaken step;         // without a record: a pack says so
  std::string pack_hash;  // which
};

class LineLife {
 public:
  // `packs` in the order in which they are in force, without gaps; `steps` in the order of their
  // instants. A step that is not allowed where it stands is left out.
  static LineLife Of(absl::Span<const PackLine> packs, absl::Span<const StepTaken> steps);

  const LineSpan& At(int64_t at_ms) const;
  // The first begins at kAlwaysMs.
  absl::Span<const LineSpan> spans() const { return spans_; }
  // When the span at `index` ends.
  int64_t EndOf(size_t index) const {
    return index + 1 < spans_.size() ? spans_[index + 1].from_ms : kNeverMs;
  }

 private:
  void AppendByPack(const PackLine& pack);
  bool Append(const StepTaken& step);

  std::vector<LineSpan> spans_;
};

// The lines of which steps were recorded, by the codes of their offices.
class LineBook {
 public:
  void Set(std::string_view office, LineLife life) {
    lives_.insert_or_assign(std::string(office), std::make_shared<const LineLife>(std::move(life)));
  }
  // Null when none was recorded: packs alone say what the line is.
  const LineLife* Find(std::string_view office) const;

 private:
  absl::flat_hash_map<std::string, std::shared_ptr<const LineLife>> lives_;
};

}  // namespace tierline::directory
