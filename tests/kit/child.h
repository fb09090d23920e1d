#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace tierline::testing {

// A disabled test of this same program, run in a new process that can be killed. It is executed
// anew instead of only forked, because libraries with threads do not survive a fork.
//
//   TEST(Writer, DISABLED_Child) { … while (…) ReportToParent(offset); }
//   TEST(Writer, SurvivesAKill) {
//     Child child("Writer.DISABLED_Child", dir);
//     std::vector<int64_t> reported = child.KillAfter(absl::Milliseconds(20));
//
class Child {
 public:
  Child(const std::string& test, const std::string& argument);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Waits for the first report; false when the child ended without one.
  bool WaitForReport();

  // Kills it (SIGKILL) `delay` after its first report, and returns everything it reported.
  std::vector<int64_t> KillAfter(absl::Duration delay);

 private:
  pid_t pid_ = -1;
  int pipe_ = -1;
  std::vector<int64_t> reports_;
};

// In the child: the argument, and a word to the parent.
std::string ChildArgument();
void ReportToParent(int64_t number);

}  // namespace tierline::testing
