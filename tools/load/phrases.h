#pragma once

#include <string_view>

#include "tools/load/dice.h"

namespace tierline::load {

// What is asked and answered about a category. One that has no phrases of its own gets
// general ones.
struct Phrase {
  std::string_view question;
  std::string_view answer;
};
const Phrase& DrawPhrase(std::string_view category, Dice* dice);

inline constexpr std::string_view kExplanation =
    "这个问题需要核实后才能答复，已为您登记，请保持电话畅通。";
inline constexpr std::string_view kNextStep = "转组织科核实，按时限答复来电人。";
inline constexpr std::string_view kNote = "来电人补充：此前已到所在支部反映过。";
inline constexpr std::string_view kRemark = "已电话答复来电人。";
inline constexpr std::string_view kReopenReason = "来电人再次来电，认为没有完全解决。";
inline constexpr std::string_view kAdvice = "不属于本电话受理范围，已请来电人向有关部门反映。";

}  // namespace tierline::load
