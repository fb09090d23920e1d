#pragma once

#include <memory>
#include <vector>

#include "base/record.h"
#include "tests/kit/keys.h"
#include "tests/promises/operation.h"
#include "tests/promises/world.h"

namespace tierline::promises {

// A valid event of the log, and its subject around it. For the length of a call.
struct Step {
  Offset offset;
  const RecordView& record;
  const Event& event;
  const Subject& before;
  const Subject& after;
};

// Decides as a processor does, on any state, with services of its own.
class SecondDecider {
 public:
  explicit SecondDecider(const World& world) : world_(world), services_(world.MakeServices()) {}

  // Empty when `step` is what comes of `request` there, with the event's own time, directory and
  // key; else how it differs.
  std::string CompareCommand(const Step& step, const Request& request);
  // The same of an obligation that the subject owes before it.
  std::string CompareReaction(const Step& step, const Obligation& owed);

  // Whether `refusal` is what comes of `request` on `state`, with the directory at `directory`.
  bool Refuses(const Subject& state, int64_t directory, const Request& request,
               const Refusal& refusal);

 private:
  const Service& Find(base::v1::Service service) const;
  Decision Decide(const Subject& state, const Request& request, const Context& context) const;
  Context ContextOf(const Step& step);
  std::string Compare(const Step& step, const Decision& decision,
                      const base::v1::Principal& principal) const;

  const World& world_;
  const std::vector<std::unique_ptr<Service>> services_;
  testing::FakeSealer sealer_;
};

}  // namespace tierline::promises
