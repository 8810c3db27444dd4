// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PROFILE_CALL_COUNTER_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROFILE_CALL_COUNTER_H_

#include <sys/types.h>

#include <functional>
#include <string>

#include "jail/policy.h"
#include "jail/unique_fd.h"
#include "tools/jailrun/profile/profile.h"

namespace cellblock {

// Counts the system calls of a program by ptrace(2), from its execve on, in a
// process of its own: it stops at each call, before any filter sees it, and
// goes on at once. What it does is not changed but in its time. Nothing is read
// of it but which calls it makes.
//
// Another process can trace it only after Stop.
//
// Lifecycle: Start; have the program's process call AwaitTracer right before
//   execve; Stop; Take.
// Errors: where the kernel lets nobody trace, or the process that counts was
//   killed, no counts are given, and Take says why. A program is never kept
//   from running.
// Ownership: the process that counts ends with this one.
// Threads: the one that launches the program.
class CallCounter {
 public:
  CallCounter() = default;
  CallCounter(const CallCounter&) = delete;
  CallCounter& operator=(const CallCounter&) = delete;
  ~CallCounter();

  // Which calls the jail answers with an errno, or does not answer, in the
  // process that comes second.
  using Refuses = bool(const SyscallRequest& request, pid_t program);

  void Start(std::function<Refuses> refuses);

  // Async-signal-safe.
  void AwaitTracer() const;

  // Lets go of the program. A second time it does nothing.
  void Stop();

  // After Stop: fills before_lock, after_lock and missing.
  void Take(Profile* profile) const;

 private:
  struct Counts;

  void Fail(const char* step);
  [[noreturn]] void Run(pid_t parent, int socket,
                        const std::function<Refuses>& refuses);

  Counts* counts_ = nullptr;  // shared with that process alone
  pid_t pid_ = -1;
  UniqueFd pidfd_;
  UniqueFd socket_;
  std::string failure_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROFILE_CALL_COUNTER_H_
