#include <cstdio>

int main() {
  std::puts("tierline-load: nothing to play yet");
  return 1;
}
