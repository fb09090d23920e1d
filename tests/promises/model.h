#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/partition/fold.h"
#include "tests/promises/findings.h"
#include "tests/promises/refusals.h"

namespace tierline::promises {

struct CheckOptions {
  partition::FoldOptions fold;
  // What was due by then may not be left open.
  int64_t due_ms = INT64_MAX;
  // What is due from then on must be acted on within `late_ms_max`: nothing goes wrong any more.
  int64_t timely_from_ms = INT64_MAX;
  int64_t late_ms_max = 0;
};

// Where a command ended up.
struct Place {
  int32_t partition = 0;
  Offset offset = 0;
  std::string event_id, subject;
  int64_t version = 0;
};

// What the readings of all partitions share: what clients asked for, and what became of it.
struct Account {
  Account(const World& world, const std::vector<const Operation*>& all);

  SecondDecider decider;
  Refusals refusals;
  std::map<Uuid, const Operation*> operations;         // by request id
  std::map<Uuid, Place> places;                        // by request id
  std::map<std::string, std::set<std::string>> heads;  // of all states, by subject
  Findings findings;
};

// Reads one partition in order, and decides each event again on the state that the log has at that
// point: with the command that asked for it, or the obligation that it names, the directory that it
// names and its own time. What comes out must be the event. So it needs to know nothing of what the
// services do.
class PartitionModel {
 public:
  PartitionModel(const World& world, const CheckOptions& options, int32_t partition,
                 Account* account)
      : options_(options),
        partition_(partition),
        account_(*account),
        findings_(account->findings),
        fold_("", world.MakeServices(), nullptr, options.fold) {}

  void Read(Offset offset, const RecordView& record);
  // After the last record.
  void End();

  // Offset of the last valid event; -1 when there is none.
  Offset last_event() const { return last_event_; }

 private:
  void ReadControl(const RecordView& record, const Event& event);
  void ReadEvent(const Step& step);
  void ReadCommand(const Step& step);
  void ReadReaction(const Step& step);
  void CheckOrder(const Step& step);
  void CheckLateness(const Step& step, const Obligation& owed);
  void Violation(const Step& step, std::string_view what);

  const CheckOptions& options_;
  const int32_t partition_;
  Account& account_;
  Findings& findings_;
  partition::Fold fold_;
  Offset last_event_ = -1;
  int64_t last_directory_ = 0;                      // the greatest that was named
  std::map<base::v1::Service, int64_t> directory_;  // the same, by service
  std::map<base::v1::Service, std::string> released_by_;
  std::map<std::string, int64_t> last_ms_;           // by subject
  std::map<Uuid, int64_t> times_;                    // of events
  std::set<std::pair<Uuid, std::string>> acted_on_;  // cause and reaction
};

}  // namespace tierline::promises
