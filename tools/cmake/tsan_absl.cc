// Tells ThreadSanitizer about absl's locks; linked into every program of a tsan build.
//
// The system's absl is not instrumented: in the sanitizer's eyes its Mutex orders nothing, and
// every guarded access would be reported. The definitions here are found before the library's (by
// gRPC's calls too). They pass the call on and say that what came before an Unlock or Notify
// happened before the Lock or wait that saw it. Conditions run inside the library, on behalf of
// whoever unlocks, so their reads are not recorded.

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
}

namespace {

#define TIERLINE_QUOTED(name) #name
#define TIERLINE_STRING(name) TIERLINE_QUOTED(name)

// The library's own function; `rest` is its mangled name after the inline namespace of absl.
template <typename Function>
Function* Real(const char* rest, const char* prefix = "_ZN") {
  const std::string inner = TIERLINE_STRING(ABSL_OPTION_INLINE_NAMESPACE_NAME);
  const std::string symbol =
      prefix + std::string("4absl") + std::to_string(inner.size()) + inner + rest;
  void* address = dlsym(RTLD_NEXT, symbol.c_str());
  if (address == nullptr) {
    std::fprintf(stderr, "tsan_absl.cc: absl has no %s\n", symbol.c_str());
    std::abort();
  }
  return reinterpret_cast<Function*>(address);
}

class IgnoreReads {
 public:
  IgnoreReads() { AnnotateIgnoreReadsBegin(__FILE__, __LINE__); }
  ~IgnoreReads() { AnnotateIgnoreReadsEnd(__FILE__, __LINE__); }
};

// Calls the library; the lock `sync` is given up before (if released) and held after (if acquired).
template <bool kRelease, bool kAcquire, typename Function, typename... Args>
auto Call(const void* sync, Function* real, Args... args) {
  struct Acquire {
    void* sync;
    ~Acquire() {
      if (kAcquire) __tsan_acquire(sync);
    }
  } acquire{const_cast<void*>(sync)};
  if (kRelease) __tsan_release(acquire.sync);
  IgnoreReads ignore;
  return real(args...);
}

}  // namespace

// TIERLINE_PASS(what the lock does, the library's function, its type, arguments)
#define TIERLINE_PASS(release, acquire, sync, type, symbol, ...) \
  static auto* const real = Real<type> symbol;                   \
  return Call<release, acquire>(sync, real, __VA_ARGS__)

namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() { TIERLINE_PASS(false, true, this, void(Mutex*), ("5Mutex4LockEv"), this); }
void Mutex::Unlock() { TIERLINE_PASS(true, false, this, void(Mutex*), ("5Mutex6UnlockEv"), this); }
bool Mutex::TryLock() {
  TIERLINE_PASS(false, true, this, bool(Mutex*), ("5Mutex7TryLockEv"), this);
}
void Mutex::ReaderLock() {
  TIERLINE_PASS(false, true, this, void(Mutex*), ("5Mutex10ReaderLockEv"), this);
}
void Mutex::ReaderUnlock() {
  TIERLINE_PASS(true, false, this, void(Mutex*), ("5Mutex12ReaderUnlockEv"), this);
}
bool Mutex::ReaderTryLock() {
  TIERLINE_PASS(false, true, this, bool(Mutex*), ("5Mutex13ReaderTryLockEv"), this);
}
void Mutex::Await(const Condition& cond) {
  TIERLINE_PASS(true, true, this, void(Mutex*, const Condition*),
                ("5Mutex5AwaitERKNS0_9ConditionE"), this, &cond);
}
bool Mutex::AwaitWithTimeout(const Condition& cond, Duration timeout) {
  TIERLINE_PASS(true, true, this, bool(Mutex*, const Condition*, Duration),
                ("5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE"), this, &cond, timeout);
}
bool Mutex::AwaitWithDeadline(const Condition& cond, Time deadline) {
  TIERLINE_PASS(true, true, this, bool(Mutex*, const Condition*, Time),
                ("5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE"), this, &cond, deadline);
}
void Mutex::LockWhen(const Condition& cond) {
  TIERLINE_PASS(false, true, this, void(Mutex*, const Condition*),
                ("5Mutex8LockWhenERKNS0_9ConditionE"), this, &cond);
}
bool Mutex::LockWhenWithTimeout(const Condition& cond, Duration timeout) {
  TIERLINE_PASS(false, true, this, bool(Mutex*, const Condition*, Duration),
                ("5Mutex19LockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE"), this, &cond,
                timeout);
}
bool Mutex::LockWhenWithDeadline(const Condition& cond, Time deadline) {
  TIERLINE_PASS(false, true, this, bool(Mutex*, const Condition*, Time),
                ("5Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE"), this, &cond,
                deadline);
}

void CondVar::Wait(Mutex* mutex) {
  TIERLINE_PASS(true, true, mutex, void(CondVar*, Mutex*), ("7CondVar4WaitEPNS0_5MutexE"), this,
                mutex);
}
bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  TIERLINE_PASS(true, true, mutex, bool(CondVar*, Mutex*, Duration),
                ("7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE"), this, mutex, timeout);
}
bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  TIERLINE_PASS(true, true, mutex, bool(CondVar*, Mutex*, Time),
                ("7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE"), this, mutex, deadline);
}

// HasBeenNotified is inline and loads the flag that follows the mutex, so that is the address to
// order by.
void Notification::Notify() {
  __tsan_release(reinterpret_cast<char*>(this) + sizeof(Mutex));
  TIERLINE_PASS(true, false, this, void(Notification*), ("12Notification6NotifyEv"), this);
}
void Notification::WaitForNotification() const {
  TIERLINE_PASS(false, true, this, void(const Notification*),
                ("12Notification19WaitForNotificationEv", "_ZNK"), this);
}
bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  TIERLINE_PASS(false, true, this, bool(const Notification*, Duration),
                ("12Notification30WaitForNotificationWithTimeoutENS0_8DurationE", "_ZNK"), this,
                timeout);
}
bool Notification::WaitForNotificationWithDeadline(Time deadline) const {
  TIERLINE_PASS(false, true, this, bool(const Notification*, Time),
                ("12Notification31WaitForNotificationWithDeadlineENS0_4TimeE", "_ZNK"), this,
                deadline);
}

bool BlockingCounter::DecrementCount() {
  TIERLINE_PASS(true, false, this, bool(BlockingCounter*), ("15BlockingCounter14DecrementCountEv"),
                this);
}
void BlockingCounter::Wait() {
  TIERLINE_PASS(false, true, this, void(BlockingCounter*), ("15BlockingCounter4WaitEv"), this);
}
bool Barrier::Block() {
  TIERLINE_PASS(true, true, this, bool(Barrier*), ("7Barrier5BlockEv"), this);
}

ABSL_NAMESPACE_END
}  // namespace absl
