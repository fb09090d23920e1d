#include "tools/load/interrupt.h"

#include <signal.h>

#include <initializer_list>

namespace tierline::load {
namespace {

volatile sig_atomic_t interrupted = 0;

void OnSignal(int /*number*/) { interrupted = 1; }

}  // namespace

void CatchInterrupts() {
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

bool Interrupted() { return interrupted != 0; }

}  // namespace tierline::load
