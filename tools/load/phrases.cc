#include "tools/load/phrases.h"

#include <iterator>

namespace tierline::load {
namespace {

struct Row {
  std::string_view category;
  Phrase phrase;
};

constexpr Row kRows[] = {
    {"theory", {"学习党章的读本在哪里可以领到？", "请向所在党支部领取，也可以到县委组织部借阅。"}},
    {"theory", {"预备期的党员要参加哪些集中学习？", "与正式党员一同参加支部的学习。"}},
    {"membership",
     {"工作调动到外省，组织关系怎样接转？", "由原单位党委开具介绍信，凭信到新单位党委办理。"}},
    {"membership",
     {"毕业后还没有落实单位，组织关系放在哪里？", "可以转到居住地或户籍所在地的党组织。"}},
    {"membership", {"党龄从什么时候算起？", "从预备期满转为正式党员之日算起。"}},
    {"dues", {"退休以后党费按什么标准交？", "以每月实际领取的离退休费为基数，按规定比例交纳。"}},
    {"dues", {"补交党费要到哪里办？", "向所在党支部说明情况，由支部收缴并登记。"}},
    {"rights",
     {"流动党员在外地能参加表决吗？", "持流动党员活动证参加当地组织生活，表决权在原支部。"}},
    {"rights",
     {"对支部的决定有不同意见，怎么反映？", "可以声明保留，并向上级党组织直至中央提出。"}},
    {"party_building",
     {"非公企业满三名党员，怎样成立支部？", "向上级党组织书面申请，经批复后成立。"}},
    {"party_building",
     {"村里支部换届的程序是什么？", "由党员和群众推荐，乡镇党委考察，再由党员大会选举。"}},
    {"difficulties",
     {"老党员生活困难，可以申请补助吗？", "可以，由支部提出，逐级报组织部门审批。"}},
    {"difficulties",
     {"因病不能参加活动，能请支部上门吗？", "可以，请与支部书记联系，支部会安排送学上门。"}},
    {"opinions", {"建议把咨询电话的服务时间延到晚上。", "您的建议已记录，会写入定期汇报。"}},
    {"opinions", {"反映一个村务公开长期不更新的情况。", "情况已记录，将转有关单位了解。"}},
};

constexpr Phrase kGeneral[] = {
    {"想了解这部电话受理哪些问题。", "受理党员和群众对党的建设工作的政策和业务咨询。"},
    {"请问县委组织部的办公地点在哪里？", "已告知地址和上班时间。"},
};

}  // namespace

const Phrase& DrawPhrase(std::string_view category, Dice* dice) {
  int64_t count = 0;
  for (const Row& row : kRows) count += row.category == category;
  if (count == 0) return dice->Pick(kGeneral);
  int64_t left = dice->Below(count);
  for (const Row& row : kRows) {
    if (row.category == category && left-- == 0) return row.phrase;
  }
  return kGeneral[0];
}

}  // namespace tierline::load
