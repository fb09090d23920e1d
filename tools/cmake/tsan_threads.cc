// Tells ThreadSanitizer about C11 threads; linked into every program of a tsan build.
//
// librdkafka starts its threads and locks with C11's <threads.h>, which the sanitizer of GCC 12
// does not see: a thread that it did not see start crashes at its first allocation. In glibc they
// are POSIX threads under other names, of the same layout; the definitions here are found before
// the library's and call those, which the sanitizer knows.

#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>
#include <utility>

static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t));
static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t));
static_assert(sizeof(thrd_t) == sizeof(pthread_t));

namespace {

pthread_mutex_t* Posix(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* Posix(cnd_t* cond) { return reinterpret_cast<pthread_cond_t*>(cond); }

int Result(int error) {
  if (error == 0) return thrd_success;
  return error == ETIMEDOUT ? thrd_timedout : thrd_error;
}

using Start = std::pair<thrd_start_t, void*>;

void* Run(void* argument) {
  const auto [function, its] = *static_cast<Start*>(argument);
  delete static_cast<Start*>(argument);
  return reinterpret_cast<void*>(static_cast<intptr_t>(function(its)));
}

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  return Result(pthread_create(thread, nullptr, Run, new Start(function, argument)));
}
int thrd_join(thrd_t thread, int* result) {
  void* value = nullptr;
  const int error = pthread_join(thread, &value);
  if (result != nullptr) *result = static_cast<int>(reinterpret_cast<intptr_t>(value));
  return Result(error);
}

int mtx_init(mtx_t* mutex, int type) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  if ((type & mtx_recursive) != 0) pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  return Result(pthread_mutex_init(Posix(mutex), &attributes));
}
void mtx_destroy(mtx_t* mutex) { pthread_mutex_destroy(Posix(mutex)); }
int mtx_lock(mtx_t* mutex) { return Result(pthread_mutex_lock(Posix(mutex))); }
int mtx_unlock(mtx_t* mutex) { return Result(pthread_mutex_unlock(Posix(mutex))); }

int cnd_init(cnd_t* cond) { return Result(pthread_cond_init(Posix(cond), nullptr)); }
void cnd_destroy(cnd_t* cond) { pthread_cond_destroy(Posix(cond)); }
int cnd_signal(cnd_t* cond) { return Result(pthread_cond_signal(Posix(cond))); }
int cnd_broadcast(cnd_t* cond) { return Result(pthread_cond_broadcast(Posix(cond))); }
int cnd_wait(cnd_t* cond, mtx_t* mutex) {
  return Result(pthread_cond_wait(Posix(cond), Posix(mutex)));
}
int cnd_timedwait(cnd_t* cond, mtx_t* mutex, const timespec* deadline) {
  return Result(pthread_cond_timedwait(Posix(cond), Posix(mutex), deadline));
}

}  // extern "C"
