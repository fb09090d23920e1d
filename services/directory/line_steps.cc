#include "directory/line_steps.h"

#include <algorithm>

namespace tierline::directory {
namespace {

using namespace v1;  // the names of states and steps

struct Move {
  LineState from;
  LineStep step;
  LineState to;
  LineState failed = LINE_STATE_UNSPECIFIED;  // where a failed test leads
};

constexpr Move kMoves[] = {
    {LINE_STATE_UNSPECIFIED, LINE_STEP_BIND, LINE_STATE_BOUND},
    {LINE_STATE_CLOSED, LINE_STEP_BIND, LINE_STATE_BOUND},
    {LINE_STATE_BOUND, LINE_STEP_VERIFY, LINE_STATE_VERIFIED},
    {LINE_STATE_VERIFIED, LINE_STEP_REPORT, LINE_STATE_REPORTED},
    {LINE_STATE_REPORTED, LINE_STEP_FILE, LINE_STATE_FILED},
    {LINE_STATE_FILED, LINE_STEP_INTERCONNECT, LINE_STATE_INTERCONNECTED},
    {LINE_STATE_INTERCONNECTED, LINE_STEP_SIGN_AGREEMENT, LINE_STATE_AGREED},
    {LINE_STATE_AGREED, LINE_STEP_TEST, LINE_STATE_TESTED, LINE_STATE_AGREED},
    {LINE_STATE_TESTED, LINE_STEP_TEST, LINE_STATE_TESTED, LINE_STATE_AGREED},
    {LINE_STATE_TESTED, LINE_STEP_BEGIN_TRIAL, LINE_STATE_TRIAL},
    {LINE_STATE_TRIAL, LINE_STEP_OPEN, LINE_STATE_OPEN},
    {LINE_STATE_OPEN, LINE_STEP_SUSPEND, LINE_STATE_SUSPENDED},
    {LINE_STATE_SUSPENDED, LINE_STEP_OPEN, LINE_STATE_OPEN},
    {LINE_STATE_TRIAL, LINE_STEP_REBIND, LINE_STATE_REBOUND},
    {LINE_STATE_OPEN, LINE_STEP_REBIND, LINE_STATE_REBOUND},
    {LINE_STATE_SUSPENDED, LINE_STEP_REBIND, LINE_STATE_REBOUND},
    {LINE_STATE_REBOUND, LINE_STEP_REBIND, LINE_STATE_REBOUND},  // the number was a wrong one
    {LINE_STATE_REVERIFIED, LINE_STEP_REBIND, LINE_STATE_REBOUND},
    {LINE_STATE_RETESTED, LINE_STEP_REBIND, LINE_STATE_REBOUND},
    {LINE_STATE_REBOUND, LINE_STEP_VERIFY, LINE_STATE_REVERIFIED},
    {LINE_STATE_REVERIFIED, LINE_STEP_TEST, LINE_STATE_RETESTED, LINE_STATE_REVERIFIED},
    {LINE_STATE_RETESTED, LINE_STEP_TEST, LINE_STATE_RETESTED, LINE_STATE_REVERIFIED},
    {LINE_STATE_RETESTED, LINE_STEP_BEGIN_TRIAL, LINE_STATE_TRIAL},
    {LINE_STATE_RETESTED, LINE_STEP_OPEN, LINE_STATE_OPEN},
};

bool MayClose(LineState state) {
  return state != LINE_STATE_UNSPECIFIED && state != LINE_STATE_CLOSED;
}

}  // namespace

std::optional<LineState> StateAfter(LineState state, LineStep step, bool test_failed) {
  if (step == LINE_STEP_CLOSE && MayClose(state)) return LINE_STATE_CLOSED;
  for (const Move& move : kMoves) {
    if (move.from == state && move.step == step) return test_failed ? move.failed : move.to;
  }
  return std::nullopt;
}

std::vector<LineStep> StepsFrom(LineState state) {
  std::vector<LineStep> steps;
  for (const Move& move : kMoves) {
    if (move.from == state) steps.push_back(move.step);
  }
  if (MayClose(state)) steps.push_back(LINE_STEP_CLOSE);
  std::sort(steps.begin(), steps.end());
  return steps;
}

}  // namespace tierline::directory
