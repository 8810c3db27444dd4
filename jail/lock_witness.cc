// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/lock_witness.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <new>
#include <optional>
#include <string_view>

#include "jail/lock_state.h"

namespace cellblock {
namespace {

constexpr int kSecondsToAsk = 10;
constexpr int kMostPasses = 100;
// Without a call the time that passes cannot be told. A pause takes some ten
// nanoseconds at least, the witness a millisecond.
constexpr uint64_t kMostPauses = uint64_t{2'000'000'000};

// The kernel's struct linux_dirent64.
struct Entry {
  uint64_t inode;
  int64_t offset;
  unsigned short bytes;
  unsigned char type;
  char name[];
};

// Calls `visit` with the id of each thread below `tasks`. False iff it cannot
// be read. Nothing of libc's that allocates: this runs in a copy of a process
// of many threads.
template <typename Visit>
bool ForEachThread(int tasks, const Visit& visit) {
  alignas(Entry) char entries[4096];
  if (lseek(tasks, 0, SEEK_SET) != 0) return false;
  for (;;) {
    const long length =
        syscall(SYS_getdents64, tasks, entries, sizeof(entries));
    if (length < 0) return false;
    if (length == 0) return true;
    for (long at = 0; at < length;) {
      const Entry* const entry = reinterpret_cast<Entry*>(entries + at);
      at += entry->bytes;
      if (entry->name[0] == '.') continue;
      visit(static_cast<pid_t>(strtol(entry->name, nullptr, 10)), entry->name);
    }
  }
}

// Empty iff the thread cannot be looked at; ESRCH or ENOENT: it has ended.
std::optional<LockState> ReadState(int tasks, const char* thread) {
  char name[64];
  char text[8192];
  strcpy(stpncpy(name, thread, sizeof(name) - sizeof("/status")), "/status");
  const int status = openat(tasks, name, O_RDONLY | O_CLOEXEC);
  if (status < 0) return {};
  const ssize_t length = read(status, text, sizeof(text));
  const int error = errno;
  close(status);
  errno = error;
  if (length < 0) return {};
  const std::string_view lines(text, static_cast<size_t>(length));
  // One that has ended and is still waited for runs nothing any more.
  constexpr std::string_view kZombie = "\nState:\tZ";
  const bool ended =
      lines.empty() || lines.find(kZombie) != std::string_view::npos;
  errno = ended ? ESRCH : EPROTO;
  return ended ? std::nullopt : ParseLockState(lines);
}

void Sleep() {
  const timespec moment = {.tv_sec = 0, .tv_nsec = 20'000};
  nanosleep(&moment, nullptr);
}

// One look at every thread. `caller` tells how many filters there were; after
// the lock each has `expected`, before it `expected` is 0.
LockSight Look(int tasks, pid_t caller, int expected) {
  LockSight sight;
  const auto fail = [&](pid_t thread, LockSight::Fault fault, int error) {
    if (sight.fault != LockSight::Fault::kNone) return;
    sight.fault = fault;
    sight.error = error;
    sight.thread = thread;
  };
  const auto visit = [&](pid_t thread, const char* name) {
    const std::optional<LockState> state = ReadState(tasks, name);
    if (!state) {
      if (errno != ESRCH && errno != ENOENT) {
        fail(thread, LockSight::Fault::kCannotLook, errno);
      }
      return;
    }
    ++sight.threads;
    if (thread == caller) sight.filters = state->filters;
    if (expected == 0) return;
    if (!state->no_new_privs) fail(thread, LockSight::Fault::kNoNewPrivs, 0);
    if (state->seccomp_mode != 2) fail(thread, LockSight::Fault::kNoFilter, 0);
    if (state->filters != expected) {
      fail(thread, LockSight::Fault::kFilterMissing, 0);
    }
  };
  if (!ForEachThread(tasks, visit)) {
    fail(0, LockSight::Fault::kCannotLook, errno);
  }
  if (sight.threads == 0) fail(0, LockSight::Fault::kCannotLook, ENOENT);
  return sight;
}

// Until two looks in a row count the same and find no fault: a thread that
// starts in between is locked if who started it is, and one that is about to
// end is passed over by the lock and soon gone.
LockSight LookUntilSame(int tasks, pid_t caller, int expected) {
  LockSight last = Look(tasks, caller, expected);
  for (int pass = 0; pass < kMostPasses; ++pass) {
    if (last.fault == LockSight::Fault::kCannotLook) return last;
    const bool faultless = last.fault == LockSight::Fault::kNone;
    if (!faultless) Sleep();
    const LockSight sight = Look(tasks, caller, expected);
    if (faultless && sight.fault == LockSight::Fault::kNone &&
        sight.threads == last.threads) {
      return sight;
    }
    last = sight;
  }
  // What comes and goes all the time under the lock has it all the same.
  if (expected == 0) last.fault = LockSight::Fault::kTooMany;
  return last;
}

int OpenTasks(pid_t process) {
  char digits[16];
  char* at = digits + sizeof(digits);
  *--at = '\0';
  for (pid_t rest = process; rest != 0; rest /= 10) {
    *--at = static_cast<char>('0' + rest % 10);
  }
  char path[48] = "/proc/";
  strcat(strcat(path, at), "/task");
  return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

time_t Seconds() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

// As fork(2), but nothing of libc's runs and no SIGCHLD comes at its end.
pid_t Copy() {
  return static_cast<pid_t>(
      syscall(SYS_clone, 0, nullptr, nullptr, nullptr, 0));
}

[[noreturn]] void Leave() {
  for (;;) syscall(SYS_exit_group, 0);
}

}  // namespace

const char* FaultName(LockSight::Fault fault) {
  switch (fault) {
    case LockSight::Fault::kNone:
      return "every thread is locked";
    case LockSight::Fault::kCannotLook:
      return "/proc/PID/task does not show the threads; mount /proc";
    case LockSight::Fault::kTooMany:
      return "threads come and go too fast to be listed; start them before";
    case LockSight::Fault::kNoNewPrivs:
      return "a thread may still gain privileges";
    case LockSight::Fault::kNoFilter:
      return "a thread has no filter";
    case LockSight::Fault::kFilterMissing:
      return "a thread has not one filter more than before";
    case LockSight::Fault::kNoAnswer:
      return "the process that looks at the threads has ended or cannot start";
  }
  return "unknown fault";
}

void LockWitness::Watch(Shared* shared, pid_t process, pid_t caller) {
  const int tasks = OpenTasks(process);
  if (tasks < 0) {
    shared->before = {.fault = LockSight::Fault::kCannotLook, .error = errno};
  } else {
    shared->before = LookUntilSame(tasks, caller, 0);
  }
  shared->phase = Phase::kSeenBefore;
  if (shared->before.fault != LockSight::Fault::kNone) Leave();
  const time_t end = Seconds() + kSecondsToAsk;
  while (shared->phase != Phase::kLocked) {
    if (shared->phase == Phase::kLeave || Seconds() >= end) Leave();
    Sleep();
  }
  shared->after = LookUntilSame(tasks, caller, shared->before.filters + 1);
  shared->phase = Phase::kSeen;
  Leave();
}

LockSight LockWitness::Start() {
  void* const page = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) {
    return {.fault = LockSight::Fault::kNoAnswer, .error = errno};
  }
  shared_ = new (page) Shared();
  const pid_t process = getpid();
  const auto caller = static_cast<pid_t>(syscall(SYS_gettid));
  // A child of a child: nobody has to wait for it, which a locked process could
  // not. It runs no handler of the process's.
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  const pid_t child = Copy();
  const int error = errno;
  if (child == 0) {
    const pid_t witness = Copy();
    if (witness == 0) Watch(shared_, process, caller);
    if (witness < 0) {
      shared_->before = {.fault = LockSight::Fault::kNoAnswer, .error = errno};
      shared_->phase = Phase::kSeenBefore;
    }
    Leave();
  }
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  if (child < 0) return {.fault = LockSight::Fault::kNoAnswer, .error = error};
  while (waitpid(child, nullptr, __WALL) < 0 && errno == EINTR) {
  }
  for (const time_t end = Seconds() + kSecondsToAsk;
       shared_->phase != Phase::kSeenBefore; Sleep()) {
    if (Seconds() < end) continue;
    return {.fault = LockSight::Fault::kNoAnswer, .error = ETIMEDOUT};
  }
  return shared_->before;
}

LockSight LockWitness::Check() {
  asked_ = true;
  shared_->phase = Phase::kLocked;
  // Without a call: not every policy has one to wait with.
  for (uint64_t pauses = 0; pauses < kMostPauses; ++pauses) {
    if (shared_->phase == Phase::kSeen) return shared_->after;
    __builtin_ia32_pause();
  }
  return {.fault = LockSight::Fault::kNoAnswer};
}

LockWitness::~LockWitness() {
  if (shared_ == nullptr || asked_) return;
  shared_->phase = Phase::kLeave;
  munmap(shared_, sizeof(Shared));
}

}  // namespace cellblock
