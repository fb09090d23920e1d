#include "sip/loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "sip/sofia.h"

namespace tierline::sip {
namespace {

// At least so often the loop looks at its timed work.
constexpr absl::Duration kTick = absl::Milliseconds(100);

int OnWake(su_root_magic_t*, su_wait_t* wait, su_wakeup_arg_t*) {
  uint64_t count = 0;
  return read(wait->fd, &count, sizeof count) < 0 ? 0 : 0;  // nothing to read: it was read already
}

// Sofia's own lines hold requests, and with them numbers of callers.
void DropLine(void*, char const*, va_list) {}

}  // namespace

Loop::~Loop() {
  if (thread_.joinable()) Stop([] {});
}

absl::Status Loop::Start(absl::FunctionRef<absl::Status(su_root_s*)> begin) {
  absl::Status status;
  absl::Notification begun;
  thread_ = std::thread([&] {
    status = Open();
    if (status.ok()) status = begin(root_);
    const bool runs = status.ok();
    begun.Notify();  // `status` and `begun` are gone from here on
    if (runs) Run();
    Close();
  });
  begun.WaitForNotification();
  if (!status.ok()) thread_.join();
  return status;
}

absl::Status Loop::Open() {
  su_init();
  su_log_redirect(nullptr, DropLine, nullptr);
  root_ = su_root_create(nullptr);
  wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  su_wait_t wait[1] = {SU_WAIT_INIT};
  if (root_ == nullptr || wake_fd_ < 0 || su_wait_create(wait, wake_fd_, SU_WAIT_IN) < 0 ||
      (wake_registration_ = su_root_register(root_, wait, OnWake, nullptr, 0)) < 0) {
    return absl::ResourceExhaustedError("SIP: no event loop; are there file descriptors left?");
  }
  absl::MutexLock lock(&mutex_);
  open_ = true;
  return absl::OkStatus();
}

void Loop::Close() {
  std::vector<Work> dropped;
  {
    absl::MutexLock lock(&mutex_);
    open_ = false;
    dropped.swap(posted_);
    if (wake_registration_ >= 0) su_root_deregister(root_, wake_registration_);
    if (wake_fd_ >= 0) close(wake_fd_);
    wake_fd_ = -1;
  }
  timed_.clear();
  if (root_ != nullptr) su_root_destroy(root_);
  root_ = nullptr;
  su_deinit();
}

void Loop::Run() {
  while (!stop_) {
    const absl::Duration next = timed_.empty() ? kTick
                                               : std::clamp(timed_.begin()->first - absl::Now(),
                                                            absl::ZeroDuration(), kTick);
    su_root_step(root_, absl::ToInt64Milliseconds(next));
    RunPosted();
    RunTimed();
  }
}

void Loop::RunPosted() {
  std::vector<Work> posted;
  {
    absl::MutexLock lock(&mutex_);
    posted.swap(posted_);
  }
  for (Work& work : posted) {
    if (!stop_) work();
  }
}

void Loop::RunTimed() {
  const absl::Time now = absl::Now();
  while (!stop_ && !timed_.empty() && timed_.begin()->first <= now) {
    Work work = std::move(timed_.begin()->second);
    timed_.erase(timed_.begin());
    work();
  }
}

void Loop::Post(Work work) {
  absl::MutexLock lock(&mutex_);
  if (!open_) return;
  posted_.push_back(std::move(work));
  const uint64_t one = 1;
  // It fails only when it is far behind reading, and then wakes all the same.
  if (posted_.size() == 1 && write(wake_fd_, &one, sizeof one) < 0) return;
}

void Loop::Stop(Work end) {
  if (!thread_.joinable()) return;
  Post([this, end = std::move(end)]() mutable {
    end();
    stop_ = true;
  });
  thread_.join();
}

}  // namespace tierline::sip
