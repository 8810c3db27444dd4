// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile/call_counter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <vector>

#include "jail/launch.h"
#include "jail/lock.h"

namespace cellblock {
namespace {

constexpr uint32_t kMostCalls = 512;  // more than there are
constexpr uint32_t kOther = kMostCalls - 1;
constexpr int kCallStop = SIGTRAP | 0x80;
constexpr long kTraceOptions =
    PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;

bool IsThreadOf(pid_t process, pid_t thread) {
  char path[48];
  snprintf(path, sizeof(path), "/proc/%d/task/%d", process, thread);
  return access(path, F_OK) == 0;
}

bool IsStopSignal(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN ||
         signal == SIGTTOU;
}

}  // namespace

struct CallCounter::Counts {
  std::atomic<int> error;       // errno of the attempt to trace
  std::atomic<int> look_error;  // errno of the first look at a call that failed
  std::atomic<bool> traced;
  std::atomic<uint64_t> of[2][kMostCalls];  // before the lock, after it
  std::atomic<uint64_t> refused[kMostCalls];
};

namespace {

// Watches one program to its end.
template <typename Counts>
class Watcher {
 public:
  Watcher(pid_t program, const std::function<CallCounter::Refuses>& refuses,
          Counts* counts)
      : program_(program), refuses_(refuses), counts_(*counts) {}

  void Watch() {
    for (;;) {
      int status = 0;
      const pid_t thread = waitpid(-1, &status, __WALL);
      if (thread < 0 && errno == EINTR) continue;
      if (thread < 0) return;
      if (WIFSTOPPED(status)) OnStop(thread, status);
    }
  }

 private:
  void OnStop(pid_t thread, int status) {
    const int signal = WSTOPSIG(status);
    switch (status >> 16) {
      case 0:
        if (signal != kCallStop) return Resume(thread, signal);
        OnCall(thread);
        return Resume(thread, 0);
      case PTRACE_EVENT_EXEC:
        if (!begun_) Count(SYS_execve);
        begun_ = true;
        return Resume(thread, 0);
      case PTRACE_EVENT_STOP:
        if (IsStopSignal(signal)) {
          ptrace(PTRACE_LISTEN, thread, nullptr, nullptr);
        } else if (thread == program_ || IsThreadOf(program_, thread)) {
          Resume(thread, 0);
        } else {
          ptrace(PTRACE_DETACH, thread, nullptr, nullptr);
        }
        return;
      default:
        return Resume(thread, 0);
    }
  }

  void OnCall(pid_t thread) {
    __ptrace_syscall_info info = {};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), &info) <= 0) {
      // One that was killed meanwhile is not there any more.
      if (errno != ESRCH) counts_.look_error.store(errno);
      return;
    }
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
      const bool foreign =
          info.arch != AUDIT_ARCH_X86_64 || info.entry.nr >= kOther;
      Count(foreign ? kOther : info.entry.nr);
      if (!foreign) OnEntry(thread, info);
    } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && thread == locking_) {
      locking_ = 0;
      if (info.exit.rval >= 0) locked_ = 1;
    }
  }

  void OnEntry(pid_t thread, const __ptrace_syscall_info& info) {
    if (locked_ == 0) {
      const bool locks = info.entry.nr == SYS_seccomp &&
                         info.entry.args[0] == SECCOMP_SET_MODE_FILTER;
      if (locks) locking_ = thread;
      return;
    }
    SyscallRequest request = {.number = static_cast<uint32_t>(info.entry.nr),
                              .args = {}};
    std::copy(std::begin(info.entry.args), std::end(info.entry.args),
              std::begin(request.args));
    if (!refuses_(request, program_)) return;
    counts_.refused[info.entry.nr].fetch_add(1, std::memory_order_relaxed);
  }

  void Count(uint64_t number) {
    counts_.of[locked_][number].fetch_add(1, std::memory_order_relaxed);
  }

  static void Resume(pid_t thread, int signal) {
    ptrace(PTRACE_SYSCALL, thread, nullptr, signal);
  }

  const pid_t program_;
  const std::function<CallCounter::Refuses>& refuses_;
  Counts& counts_;
  bool begun_ = false;
  int locked_ = 0;
  pid_t locking_ = 0;  // the thread that is in the call
};

}  // namespace

CallCounter::~CallCounter() {
  Stop();
  if (counts_ != nullptr) munmap(counts_, sizeof(Counts));
}

void CallCounter::Fail(const char* step) {
  failure_ = std::string(step) + ": " + strerror(errno);
}

void CallCounter::Start(std::function<Refuses> refuses) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return Fail("socketpair");
  }
  socket_ = UniqueFd(ends[0]);
  const UniqueFd other(ends[1]);
  void* const shared = mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return Fail("mmap");
  counts_ = static_cast<Counts*>(shared);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) Run(parent, other.get(), refuses);
  if (pid_ < 0) return Fail("fork");
  pidfd_ = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
}

// It keeps nothing open: others wait for the ends of pipes. Signals of a
// terminal are not for it.
void CallCounter::Run(pid_t parent, int socket,
                      const std::function<Refuses>& refuses) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  if (dup2(socket, 0) < 0 || syscall(SYS_close_range, 1, ~0u, 0) != 0 ||
      !DieWithParent(parent)) {
    _exit(1);
  }
  pid_t program = -1;
  if (recv(0, &program, sizeof(program), 0) != sizeof(program)) _exit(1);
  const bool traced =
      ptrace(PTRACE_SEIZE, program, nullptr, kTraceOptions) == 0;
  if (!traced) counts_->error.store(errno);
  counts_->traced.store(traced);
  const char byte = 1;
  (void)!send(0, &byte, sizeof(byte), MSG_NOSIGNAL);
  close(0);
  if (traced) Watcher<Counts>(program, refuses, counts_).Watch();
  _exit(0);
}

// If nobody answers, the program runs without being watched.
void CallCounter::AwaitTracer() const {
  if (pid_ <= 0) return;
  // Where only ancestors may trace, unless a process says otherwise (Yama).
  prctl(PR_SET_PTRACER, static_cast<unsigned long>(pid_), 0, 0, 0);
  const pid_t self = getpid();
  if (send(socket_.get(), &self, sizeof(self), MSG_NOSIGNAL) != sizeof(self)) {
    return;
  }
  char byte;
  while (recv(socket_.get(), &byte, sizeof(byte), 0) < 0 && errno == EINTR) {
  }
}

void CallCounter::Stop() {
  if (pid_ <= 0) return;
  siginfo_t end = {};
  if (waitid(P_PID, static_cast<id_t>(pid_), &end,
             WEXITED | WNOHANG | WNOWAIT) == 0 &&
      end.si_pid == pid_ && end.si_code != CLD_EXITED) {
    failure_ = "the process that counts calls was killed";
  }
  (void)!SendSignal(pidfd_.get(), pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  socket_.Close();
}

void CallCounter::Take(Profile* profile) const {
  if (!failure_.empty()) {
    profile->missing = failure_;
    return;
  }
  if (counts_ == nullptr || !counts_->traced.load()) {
    const int error = counts_ != nullptr ? counts_->error.load() : 0;
    profile->missing =
        "calls are counted by ptrace(2), which the kernel "
        "refuses";
    if (error != 0) profile->missing += std::string(": ") + strerror(error);
    return;
  }
  if (const int error = counts_->look_error.load(); error != 0) {
    profile->missing = std::string("calls cannot be looked at by ptrace(2): ") +
                       strerror(error);
    return;
  }
  std::vector<Profile::Call>* const lists[] = {&profile->before_lock,
                                               &profile->after_lock};
  for (size_t when = 0; when < 2; ++when) {
    for (uint32_t number = 0; number < kMostCalls; ++number) {
      const uint64_t count = counts_->of[when][number].load();
      if (count == 0) continue;
      lists[when]->push_back(
          {.number = number == kOther ? Profile::kOtherCalls : number,
           .count = count,
           .refused = when == 0 ? 0 : counts_->refused[number].load()});
    }
  }
}

}  // namespace cellblock
