#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/kit/scratch_dir.h"

namespace tierline::testing {

// A broker of a test's own, which may be killed and silenced.
class Broker {
 public:
  Broker() {
    EXPECT_TRUE(Run("up --quick"));
    std::ifstream(dir_ / "bootstrap") >> address_;
  }
  ~Broker() { Run("down --purge"); }

  const std::string& address() const { return address_; }
  void Kill() { EXPECT_TRUE(Run("kill --broker 1")); }
  void Start() { EXPECT_TRUE(Run("start --broker 1")); }
  void Pause() { EXPECT_TRUE(Run("pause --broker 1")); }
  void Resume() { EXPECT_TRUE(Run("resume --broker 1")); }

 private:
  bool Run(const std::string& command) {
    const std::string line = "TIERLINE_BUILD_DIR=" TIERLINE_BINARY_DIR
                             " python3 " TIERLINE_SOURCE_DIR "/tools/kafka " +
                             command + " --dir " + std::string(dir_.path()) + " >&2";
    return std::system(line.c_str()) == 0;
  }

  ScratchDir dir_;
  std::string address_;
};

}  // namespace tierline::testing
