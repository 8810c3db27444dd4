// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_LOCK_WITNESS_H_
#define CELLBLOCK_JAIL_LOCK_WITNESS_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>

namespace cellblock {

// What was seen of the threads of a process.
struct LockSight {
  enum class Fault : uint32_t {
    kNone,
    kCannotLook,     // /proc does not show them; `error` is why
    kTooMany,        // threads come and go too fast to be listed
    kNoNewPrivs,     // a thread may still gain privileges
    kNoFilter,       // a thread has no filter
    kFilterMissing,  // a thread has not one filter more than before
    kNoAnswer,       // whoever was to look has ended, or cannot be started
  };
  Fault fault = Fault::kNone;
  int error = 0;
  pid_t thread = 0;  // the one with the fault
  int threads = 0;
  int filters = 0;  // of each, outer ones included
};

const char* FaultName(LockSight::Fault fault);

// Looks at each thread of this process from outside, before its lock and after
// it: a child that stays unlocked reads /proc/PID/task/TID/status. So it needs
// nothing of the policy, and a thread that the lock missed cannot hide.
//
// Lifecycle: Start in the setup phase, as late as can be; then Lock, then Check
//   once. A witness that is not asked ends with this object, or by itself
//   after 10 seconds.
// Errors: as LockSight. Ownership: the page that both share stays mapped once
//   Check was called. Threads: one.
// Syscalls: Start: mmap, clone, wait4 and, in the child alone, those of
//   reading /proc. Check: none. Destructor: munmap, unless Check was called.
class LockWitness {
 public:
  LockWitness() = default;
  LockWitness(const LockWitness&) = delete;
  LockWitness& operator=(const LockWitness&) = delete;
  ~LockWitness();

  // What is there before the lock.
  [[nodiscard]] LockSight Start();

  // After the lock: every thread holds one filter more than the caller had,
  // and gains no privileges.
  [[nodiscard]] LockSight Check();

 private:
  enum class Phase : uint32_t { kLooking, kSeenBefore, kLocked, kSeen, kLeave };

  struct Shared {
    std::atomic<Phase> phase;
    LockSight before;
    LockSight after;
  };

  [[noreturn]] static void Watch(Shared* shared, pid_t process, pid_t caller);

  Shared* shared_ = nullptr;
  bool asked_ = false;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_LOCK_WITNESS_H_
