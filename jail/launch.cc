// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "jail/lock.h"
#include "jail/own_descriptor.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

#if defined(__SANITIZE_THREAD__)
// The same under its other name. ThreadSanitizer takes whatever clone(2) makes
// for a process with a memory of its own, and, since it has not, would watch
// the calling thread no more.
extern "C" int __clone(int (*)(void*), void*, int, void*, ...) noexcept;
#define clone __clone
#endif

namespace cellblock {
namespace {

// Shared with the child, which borrows our memory until execve.
struct Start {
  const LaunchOptions* options;
  pid_t parent;
  LaunchStep failed = LaunchStep::kStarted;
  int error = 0;
  int landlock_error = 0;
  SpeculationLayer speculation = {};
};

// The pool is locked by a process without capabilities. Where this one may not
// raise the limit, the pool says so.
void RaiseLockedMemory(uint64_t bytes) {
  rlimit limit;
  if (bytes == 0 || getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return;
  limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, bytes);
  limit.rlim_max = std::max(limit.rlim_max, limit.rlim_cur);
  (void)setrlimit(RLIMIT_MEMLOCK, &limit);
}

const char* Name(LaunchStep step) {
  switch (step) {
    case LaunchStep::kStarted:
      return "starting";
    case LaunchStep::kClone:
      return "making a process";
    case LaunchStep::kDieWithParent:
      return "binding its life to the host's";
    case LaunchStep::kNoNewPrivs:
      return "giving up new privileges";
    case LaunchStep::kCapabilities:
      return "dropping capabilities";
    case LaunchStep::kDescriptors:
      return "placing descriptors";
    case LaunchStep::kLimits:
      return "setting limits";
    case LaunchStep::kLandlock:
      return "confining files";
    case LaunchStep::kExec:
      return "executing the worker binary";
  }
  return "an unknown step";
}

int FirstAside(std::span<const PlacedDescriptor> placed) {
  int first = 0;
  for (const PlacedDescriptor& descriptor : placed) {
    first = std::max(first, descriptor.to + 1);
  }
  return first;
}

// Errors: errno.
int Place(std::span<const PlacedDescriptor> placed) {
  int aside[kMostPlaced];
  if (placed.size() > kMostPlaced) return EINVAL;
  // Above all that are placed, so that none is overwritten before its turn.
  const int first = FirstAside(placed);
  for (size_t i = 0; i < placed.size(); ++i) {
    aside[i] = fcntl(placed[i].from, F_DUPFD_CLOEXEC, first);
    if (aside[i] < 0) return errno;
  }
  for (size_t i = 0; i < placed.size(); ++i) {
    // Not by libc: ThreadSanitizer would take the number for the parent's.
    if (syscall(SYS_dup2, aside[i], placed[i].to) < 0) return errno;
  }
  return 0;
}

}  // namespace

LaunchStep Confine(const LaunchOptions& options, pid_t parent, int* error) {
  errno = 0;
  if (!DieWithParent(parent)) {
    *error = errno;
    return LaunchStep::kDieWithParent;
  }
  if (!options.confine) return LaunchStep::kStarted;
  if ((*error = SetNoNewPrivs()) != 0) return LaunchStep::kNoNewPrivs;
  RaiseLockedMemory(options.locked_bytes);
  if ((*error = DropCapabilities()) != 0) return LaunchStep::kCapabilities;
  if ((*error = CloseOthers(options.kept)) != 0 ||
      (*error = Place(options.placed)) != 0) {
    return LaunchStep::kDescriptors;
  }
  // No core file, beside being undumpable, which is only so from the lock on.
  if ((*error = CapLimit(RLIMIT_STACK, options.most_stack_bytes)) != 0 ||
      (*error = CapLimit(RLIMIT_NOFILE, kMostDescriptors)) != 0 ||
      (*error = CapLimit(RLIMIT_CORE, 0)) != 0) {
    return LaunchStep::kLimits;
  }
  return LaunchStep::kStarted;
}

namespace {

// The child's frames, which it leaves without returning: AddressSanitizer would
// take them to be there still.
void ForgetFrames([[maybe_unused]] const char* stack,
                  [[maybe_unused]] size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(stack, bytes);
#endif
}

// In the child: only calls that are safe while the parent's memory is shared.
// Not watched by ThreadSanitizer, since it never leaves this function.
__attribute__((no_sanitize("thread"))) int RunChild(void* argument) {
  auto* start = static_cast<Start*>(argument);
  const LaunchOptions& options = *start->options;
  const auto fail = [start](LaunchStep step, int error) {
    start->failed = step;
    start->error = error;
    return 125;
  };
  if (const LaunchStep failed = Confine(options, start->parent, &start->error);
      failed != LaunchStep::kStarted) {
    start->failed = failed;
    return 125;
  }
  if (options.confine) {
    if (options.restrict_speculation) {
      start->speculation = {
          RestrictSpeculation(SpeculationKind::kStoreBypass),
          RestrictSpeculation(SpeculationKind::kIndirectBranch)};
    }
  }
  for (const ResourceLimit& limit : options.limits) {
    const rlimit value = {limit.soft, limit.hard};
    if (setrlimit(limit.resource, &value) != 0) {
      return fail(LaunchStep::kLimits, errno);
    }
  }
  if (options.landlock != nullptr) {
    start->landlock_error = options.landlock->Enter();
    if (start->landlock_error != 0 &&
        options.landlock_necessity == Necessity::kRequired) {
      return fail(LaunchStep::kLandlock, start->landlock_error);
    }
  }
  if (options.last != nullptr) options.last(options.last_argument);
  if (options.signals != nullptr) options.signals->Restore();
  execve(options.path, options.argv, options.envp);
  return fail(LaunchStep::kExec, errno);
}

}  // namespace

std::string DescribeFailure(LaunchStep step, int error,
                            std::span<const PlacedDescriptor> placed) {
  const std::string what = std::string(Name(step)) + ": " + strerror(error);
  rlimit limit;
  const bool is_limit = step == LaunchStep::kDescriptors &&
                        (error == EINVAL || error == EMFILE) &&
                        getrlimit(RLIMIT_NOFILE, &limit) == 0;
  if (!is_limit) return what;
  return what + "; RLIMIT_NOFILE is " + std::to_string(limit.rlim_cur) +
         ", and has to be " +
         std::to_string(FirstAside(placed) + static_cast<int>(placed.size())) +
         " at the least, beside what this process has open";
}

std::vector<char*> ArgumentPointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) {
    pointers.push_back(const_cast<char*>(word.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

int CloseOthers(std::span<const int> kept) {
  constexpr unsigned kFirst = 3;
  if (syscall(SYS_close_range, kFirst, ~0u, CLOSE_RANGE_CLOEXEC) != 0) {
    // Linux before 5.11: one by one, as far as there can be any.
    rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return errno;
    for (rlim_t fd = kFirst; fd < limit.rlim_max; ++fd) {
      fcntl(static_cast<int>(fd), F_SETFD, FD_CLOEXEC);
    }
  }
  for (const int fd : kept) {
    if (fd >= 0 && fcntl(fd, F_SETFD, 0) != 0) return errno;
  }
  return 0;
}

int CapLimit(__rlimit_resource resource, rlim_t most) {
  rlimit limit;
  if (getrlimit(resource, &limit) != 0) return errno;
  if (limit.rlim_cur <= most && limit.rlim_max <= most) return 0;
  limit.rlim_cur = std::min(limit.rlim_cur, most);
  limit.rlim_max = std::min(limit.rlim_max, most);
  return setrlimit(resource, &limit) == 0 ? 0 : errno;
}

Launched Launch(const LaunchOptions& options) {
  alignas(16) char stack[64 << 10];
  Start start = {.options = &options, .parent = getpid()};
  pid_t pid = -1;
  int error = 0;
  Launched launched;
  launched.pidfd = MakeDescriptor([&] {
    int pidfd = -1;
    // The child runs in this memory until execve, so no page is copied.
    pid = clone(&RunChild, stack + sizeof(stack),
                CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &start, &pidfd);
    error = errno;
    return pidfd;
  });
  ForgetFrames(stack, sizeof(stack));
  if (pid < 0) {
    launched.failed = LaunchStep::kClone;
    launched.error = error;
    return launched;
  }
  launched.pid = pid;
  launched.failed = start.failed;
  launched.error = start.error;
  launched.landlock_error = start.landlock_error;
  launched.speculation = start.speculation;
  if (launched.failed != LaunchStep::kStarted) waitpid(pid, nullptr, 0);
  return launched;
}

bool HasEnded(int pidfd) {
  pollfd end = {pidfd, POLLIN, 0};
  return poll(&end, 1, 0) == 1;
}

bool SendSignal(int pidfd, pid_t pid, int number) {
  if (pidfd >= 0) {
    if (syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, 0) == 0) {
      return true;
    }
    // A container's filter may know the other call alone. The pid of a process
    // that has ended may be another's, if somebody else has waited for it.
    if ((errno != ENOSYS && errno != EPERM) || HasEnded(pidfd)) return false;
  }
  return kill(pid, number) == 0;
}

bool SendSignal(const Launched& child, int number) {
  return SendSignal(child.pidfd.get(), child.pid, number);
}

}  // namespace cellblock
