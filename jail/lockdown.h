// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_LOCKDOWN_H_
#define CELLBLOCK_JAIL_LOCKDOWN_H_

// This protects nothing within the process: there is no boundary between the
// code that parses hostile bytes and the rest of the service, and whoever takes
// the process over reads all its secrets, its keys and its other clients' data
// included. What it protects is everything else: the machine, its files, other
// processes, its memory. For a boundary, use jail/jail.h.
//
// A service that links the library locks itself, for good, when it has opened
// all that it needs:
//
//   int main() {
//     const int listener = OpenListener();
//     const auto locked = cellblock::Lockdown(cellblock::ServicePreset());
//     if (!locked.ok()) return Fail(locked.status());
//     Serve(listener);  // from here on by the pool and these calls alone
//   }
//
// Not like this: to read anything of a stranger's before Lockdown, or to go on
// after an error.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "jail/layer.h"
#include "jail/policy.h"

namespace cellblock {

// What becomes of the process at a forbidden call, which is never carried out.
// kReportAndKill: its own handler names the call on standard error and ends it
// (jail/trap_report.h). Whoever has taken the process over can replace that
// handler, and then goes on without the call; and a thread that has SIGSYS
// blocked dies unnamed. kKill: the filter kills, unnamed and without fail.
enum class OnForbiddenCall : uint8_t { kReportAndKill, kKill };

// kPool: refuse to lock unless malloc serves from Cellblock's pool.
// kNotChecked: whatever malloc does, it does; once it asks the kernel for
// memory the process dies.
enum class LockdownHeap : uint8_t { kPool, kNotChecked };

// Whether the processor is kept from guessing (jail/speculation.h). It costs
// time, and binds the calling thread and those that it starts only.
enum class LockdownGuessing : uint8_t { kAllowed, kRestricted };

struct LockdownOptions {
  OnForbiddenCall on_violation = OnForbiddenCall::kReportAndKill;
  LockdownHeap heap = LockdownHeap::kPool;

  // How many threads can be started after the lock at a time, besides those
  // that were there: 0 to 4096. Their stacks are laid now, each of so many
  // bytes (64 KiB to 1 GiB) and a guard. One more gets EAGAIN.
  size_t threads = 16;
  size_t thread_stack_bytes = size_t{1} << 20;

  // Until the kernel kills the process, from now; 0: never.
  std::chrono::milliseconds wall_limit{0};

  LockdownGuessing guessing = LockdownGuessing::kAllowed;
};

struct LockdownReport {
  // Every protection, in force or not, and why.
  std::vector<JailLayer> layers;
  // How many threads were locked, each seen to be: no_new_privs, a filter, and
  // one filter more than before.
  int threads = 0;
};

// Locks every thread of this process by `policy`, which no supervisor watches:
// what one would refuse is refused by the filter with the same errno, uncounted
// (jail/standalone_filter.h).
//
// Lifecycle: once in a process. From then on every mapped region of
//   allocator/region.h stays mapped, so destructors at exit make no call, and
//   main can return. A child of an unlocked process locks itself.
// Units: bytes, and std::chrono.
// Errors: INVALID_ARGUMENT iff an option or the policy cannot be, and why;
//   FAILED_PRECONDITION iff malloc is not the pool's, the process holds a
//   descriptor that works past a filter (held_descriptors.h), or has been
//   locked; UNAVAILABLE iff the kernel refuses a step: then a thread that has
//   a filter of its own is named as that. Nothing is locked then, and the
//   process is as it was, but for stacks that stay laid, and if it was the
//   kernel that refused: it is not dumpable, gains no privileges and no
//   executable memory. Where the lock is in force and some thread does not
//   show it, this does not return: the process ends with exit code 125, and a
//   line on standard error.
// Ownership: keeps copies of what the policy has.
// Threads: one calls it. The others are locked where they are: one that is
//   about to map memory (dlopen, a malloc that is not the pool's) dies of that.
//   Threads that are being started by pthread_create are waited for.
// Syscalls: whatever it takes until the lock, a child included, which looks at
//   the threads from outside; none after it.
[[nodiscard]] absl::StatusOr<LockdownReport> Lockdown(
    const Policy& policy, const LockdownOptions& options = {});

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_LOCKDOWN_H_
