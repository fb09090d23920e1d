#pragma once

#include <map>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

struct su_root_s;

namespace tierline::sip {

// Sofia-SIP's event loop on a thread of its own: whatever is Sofia's is touched there only.
//
//   Loop loop;
//   absl::Status status = loop.Start([&](su_root_s* root) { return … });  // on the loop's thread
//   loop.Post([] { … });                                                  // from any thread
//   loop.Stop([&] { … });                                                 // its last work
class Loop {
 public:
  using Work = absl::AnyInvocable<void()>;

  Loop() = default;
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Begins the thread and waits for `begin`, which runs on it; its error, and that of the loop.
  absl::Status Start(absl::FunctionRef<absl::Status(su_root_s*)> begin);

  // Runs `work` on the thread, in the order of the posts. After Stop it is dropped. Whoever posts
  // bounds what it posts.
  void Post(Work work);
  // The same, not before `at`. On the loop's thread only.
  void PostAt(absl::Time at, Work work) { timed_.emplace(at, std::move(work)); }

  // Runs what was posted before, then `end`, and ends the thread.
  void Stop(Work end);

 private:
  absl::Status Open();
  void Close();
  void Run();
  void RunPosted();
  void RunTimed();

  std::thread thread_;
  su_root_s* root_ = nullptr;
  int wake_fd_ = -1;
  int wake_registration_ = -1;
  bool stop_ = false;  // the thread's
  std::multimap<absl::Time, Work> timed_;

  absl::Mutex mutex_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Work> posted_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tierline::sip
