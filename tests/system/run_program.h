#pragma once

#include <string>
#include <vector>

namespace tierline::testing {

// What a program that ended left behind.
struct Result {
  int code = -1;  // -1: killed by a signal
  std::string out;
  std::string err;
};

// Runs `program` to its end, with `input` as its stdin and nothing of the environment.
Result RunProgram(const std::string& program, const std::vector<std::string>& args,
                  const std::string& input = "");

// The program `tierline` of this build.
Result RunCli(const std::vector<std::string>& args, const std::string& input = "");

}  // namespace tierline::testing
