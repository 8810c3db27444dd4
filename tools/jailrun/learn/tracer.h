// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LEARN_TRACER_H_
#define CELLBLOCK_TOOLS_JAILRUN_LEARN_TRACER_H_

#include <sys/types.h>

#include <optional>
#include <span>
#include <unordered_map>

#include "jail/inherited_signals.h"
#include "jail/policy.h"
#include "jail/unique_fd.h"
#include "jail/verdict.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {

// Is told of every call of a traced program, in the order of the stops.
class CallObserver {
 public:
  virtual ~CallObserver() = default;

  // The program's image is in place; none of its code has run.
  virtual void OnStart(pid_t pid) = 0;
  // `thread` is about to make a call; it stands still until this returns. 0,
  // or the errno that it gets instead.
  virtual int OnEntry(pid_t thread, const SyscallRequest& request) = 0;
  // The call that OnEntry told of has come back with `result`, an errno if
  // negative. Not every call comes back.
  virtual void OnExit(pid_t thread, long result) = 0;
  // A call through another ABI: it has no number of this one.
  virtual void OnForeignCall() = 0;
  virtual void OnThreadStart(pid_t thread) = 0;
  // It has become another program, which is not watched.
  virtual void OnReplaced() = 0;
};

// Starts a program, without the privileges that no jail has, and watches its
// calls by ptrace(2). It keeps its standard streams, terminal, signals and job
// control; children that it starts are not watched, and outlive it as they
// would.
//
// Lifecycle: Start once, then Watch until it ends. It dies with this process.
// Errors: Start: why it cannot be started or watched; no process is left then.
// Threads: one, for all of it. Signals that ask this process to end are handed
//   on to the program, as far as they were not ignored; when it has ended they
//   end this one.
class Tracer {
 public:
  struct Program {
    const char* path;
    char* const* argv;
    char* const* envp;
    std::span<const int> kept;  // its descriptors beside 0, 1 and 2
  };

  explicit Tracer(CallObserver* observer) : observer_(observer) {}

  [[nodiscard]] std::optional<Refusal> Start(const Program& program);

  ProcessEnd Watch();

  // What the program was given of signals.
  const InheritedSignals& inherited() const { return inherited_; }

 private:
  std::optional<Refusal> AwaitExec(const char* path);
  void OnStop(pid_t thread, int status);
  void OnCall(pid_t thread);
  void OnReturn(pid_t thread, long result);
  void Resume(pid_t thread, int signal);

  CallObserver* const observer_;
  InheritedSignals inherited_;
  pid_t pid_ = -1;
  UniqueFd failure_;  // where the child writes its errno, if execve fails
  // The threads between a call's entry and its return, with the errno that
  // they get instead of it, or 0.
  std::unordered_map<pid_t, int> in_call_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LEARN_TRACER_H_
