#include "tests/promises/refusals.h"

#include "absl/strings/str_cat.h"
#include "base/text.h"

namespace tierline::promises {

Refusals::Refusals(SecondDecider* decider, const std::vector<const Operation*>& operations)
    : decider_(decider) {
  for (const Operation* operation : operations) {
    for (const Refusal& refusal : operation->refusals) {
      const Open open{&operation->request, &refusal};
      if (!Explains(Subject::default_instance(), 0, open))
        open_[operation->request.subject].push_back(open);
    }
  }
}

bool Refusals::Explains(const Subject& state, int64_t directory, const Open& open) const {
  return decider_->Refuses(state, directory, *open.request, *open.refusal) ||
         (directory != 0 && decider_->Refuses(state, 0, *open.request, *open.refusal));
}

void Refusals::Explain(const Step& step, int64_t directory) {
  const auto found = open_.find(ToAbsl(step.record.subject));
  if (found == open_.end()) return;
  std::erase_if(found->second, [&](const Open& open) {
    return step.offset < open.refusal->end && step.record.time_ms <= open.refusal->end_ms &&
           Explains(step.after, directory, open);
  });
  if (found->second.empty()) open_.erase(found);
}

std::vector<std::string> Refusals::Left() const {
  std::vector<std::string> left;
  for (const auto& [subject, all] : open_) {
    for (const Open& open : all) {
      left.push_back(absl::StrCat(open.request->Describe(), " was refused for ",
                                  open.refusal->reason, ", which no state of ", subject,
                                  " explains"));
    }
  }
  return left;
}

}  // namespace tierline::promises
