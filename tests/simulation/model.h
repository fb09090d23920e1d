#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/client.h"

namespace tierline::simulation {

// Where a command ended up.
struct Place {
  Offset offset = 0;
  std::string event_id;
  int64_t version = 0;
};

// What one reading of the log finds.
struct Findings {
  std::vector<std::string> violations;
  std::map<std::string, int64_t> counts;
  std::map<Uuid, Place> places;  // by request id
  int64_t valid = 0, voided = 0, open_obligations = 0;
};

// Reads one partition in order, and decides each event again on the state that the log has at that
// point: with the command that asked for it, or the obligation that it names, the directory that it
// names and its own time. What comes out must be the event. So it needs to know nothing of what the
// services do.
class PartitionModel {
 public:
  // Timers due after `calm_from_ms` must be acted on in time: every fault has ended.
  PartitionModel(const Workload& workload, const partition::FoldOptions& options,
                 const std::vector<std::shared_ptr<Operation>>& operations, int64_t calm_from_ms,
                 Findings* findings);

  void Read(Offset offset, const RecordView& record);
  // After the last record.
  void End();

 private:
  struct SubjectFacts {
    std::set<std::string> heads = {""};  // of every state that the log had
    int64_t last_ms = 0;
    std::vector<const Operation*> operations;
    std::vector<std::pair<const Operation*, Operation::Refusal>> unexplained;
  };

  void ReadControl(const RecordView& record, const Event& event);
  void ReadEvent(Offset offset, const RecordView& record, const Event& event,
                 const Subject& before);
  void ReadCommand(Offset offset, const RecordView& record, const Event& event,
                   const Subject& before);
  void ReadReaction(const RecordView& record, const Event& event, const Subject& before);
  void CheckOrder(const RecordView& record, const Event& event);
  void CheckLateness(const RecordView& record, const Obligation& owed);
  void CompareDecision(const Decision& decision, const Event& event);
  // As a processor answers on `state`.
  Decision Decide(const Subject& state, const Request& request, const Context& context);
  // Refusals that clients were told and that are right on `state`.
  void ExplainRefusals(Offset offset, const Subject& state, SubjectFacts* facts);
  void CheckShown(const std::string& subject, const SubjectFacts& facts);
  Context ContextOf(const Event& event, const Subject& before);
  void Violation(const std::string& what) { findings_->violations.push_back(where_ + what); }

  const Workload& workload_;
  partition::Fold fold_;
  testing::FakeSealer sealer_;
  const int64_t calm_from_ms_;
  Findings* const findings_;
  std::map<Uuid, const Operation*> operations_;
  std::map<std::string, SubjectFacts, std::less<>> subjects_;
  std::map<base::v1::Service, int64_t> directory_;  // the greatest that each service named
  std::map<base::v1::Service, std::string> released_by_;
  std::set<std::pair<Uuid, std::string>> acted_on_;  // cause and reaction
  std::map<Uuid, int64_t> times_;                    // of events
  int64_t last_directory_ = 0;
  std::string where_;
};

}  // namespace tierline::simulation
