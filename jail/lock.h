// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_LOCK_H_
#define CELLBLOCK_JAIL_LOCK_H_

// The one-way step: after Lock the process makes only the calls its filter
// lets through. The only file that calls prctl(2) and seccomp(2).
//
//   setup phase                          locked phase
//   SetNoNewPrivs, DieWithParent   Lock  MakeUndumpable (if the supervisor
//   ───────────────────────────►  ────►  lets it through), then main

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "jail/binding.h"
#include "jail/evaluator.h"
#include "jail/speculation.h"

namespace cellblock {

enum class LockStep : uint8_t {
  kDone,
  kNoNewPrivs,  // prctl(PR_SET_NO_NEW_PRIVS) failed
  kUndumpable,  // prctl(PR_SET_DUMPABLE) failed
  kSeccomp,     // seccomp(2) failed: EBUSY iff another listener is in force
  kThreads,     // a thread has a filter of its own and cannot be locked
  kHandOver,    // the supervisor could not be given the listener
};

// Whether a signal can withdraw a call that its supervisor has received.
enum class NotifyWait : uint8_t {
  kInterruptible,  // yes: it is then made anew (kernels before 5.19)
  kKillable,       // only one that kills
};

struct LockResult {
  LockStep failed = LockStep::kDone;
  int error = 0;      // errno of the failed step
  int listener = -1;  // a descriptor iff Notify::kSupervisor and locked
  NotifyWait wait = NotifyWait::kInterruptible;
};

// Locks every thread of this process with `program`, which was bound for it and
// for `notify`.
//
// Without a supervisor the process is made undumpable as well, or a forbidden
// call would leave a core file behind; a supervised one is by MakeUndumpable,
// when its listener has been fetched.
//
// Errors: nothing is locked unless `failed` is kDone.
// Ownership: the caller closes `listener`.
// Threads: all are locked at once (TSYNC); a thread that cannot be is an error.
// Syscalls: prctl(PR_SET_NO_NEW_PRIVS), prctl(PR_SET_DUMPABLE), then seccomp(2)
// as the last one. No memory is taken or given back.
[[nodiscard]] LockResult Lock(FilterProgram program, Notify notify);

// Adds a filter to those of a process that Lock has locked, if they let it.
//
// Errors: as those of Lock; the process keeps the filters that it had.
// Threads: as Lock. Syscalls: seccomp(2), and nothing else.
[[nodiscard]] LockResult Narrow(FilterProgram program);

// What failed, for messages.
const char* LockStepName(LockStep step);

// This process and what it executes never gain privileges. Errors: errno.
[[nodiscard]] int SetNoNewPrivs();

// The kernel kills this process when the thread that created it ends. False
// iff that cannot be had, or `parent` is already gone.
[[nodiscard]] bool DieWithParent(pid_t parent);

// This process, and with no_new_privs what it executes, holds no capability any
// more. Root then opens only what its user may; with some capabilities newer
// kernels let it look into processes past any Landlock domain. Errors: errno.
[[nodiscard]] int DropCapabilities();

// No core dump, no ptrace and no /proc/PID/mem by processes of the same user.
[[nodiscard]] int MakeUndumpable();

// No mapping of this process becomes executable that was writable, or was not
// executable when it was made (Linux 6.3). Errors: errno; EINVAL iff the kernel
// knows of none.
[[nodiscard]] int RefuseExecGain();

// Nothing changes, moves or unmaps these pages for as long as the process lives
// (Linux 6.10). Errors: errno; ENOSYS iff the kernel cannot. Syscalls: mseal.
[[nodiscard]] int SealMapping(uintptr_t begin, size_t bytes);

// Turns one kind of guessing off, for good, for the calling thread and what it
// starts or executes; and looks whether it is. Syscalls:
// prctl(PR_SET_SPECULATION_CTRL), prctl(PR_GET_SPECULATION_CTRL).
[[nodiscard]] SpeculationResult RestrictSpeculation(SpeculationKind kind);

// True iff a filter is in force on the calling thread, such as a container's.
// Syscalls: prctl(PR_GET_SECCOMP).
bool IsFiltered();

// The calls that MakeUndumpable and Narrow make, by which a supervisor knows
// them.
bool IsMakeUndumpable(uint32_t number, const uint64_t args[6]);
bool IsNarrow(uint32_t number, const uint64_t args[6]);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_LOCK_H_
