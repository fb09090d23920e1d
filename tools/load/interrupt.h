#pragma once

namespace tierline::load {

// From here on Ctrl-C, SIGTERM and a closed terminal end the work in order: who waits or loops asks
// Interrupted(), and what was started is stopped on the way out. A second one ends at once.
void CatchInterrupts();
bool Interrupted();

}  // namespace tierline::load
