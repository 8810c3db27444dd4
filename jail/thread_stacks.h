// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_THREAD_STACKS_H_
#define CELLBLOCK_JAIL_THREAD_STACKS_H_

// Stacks for threads that start after the lock, laid before it.
//
// A thread that is started on its caller's stack makes no memory call, neither
// when it starts nor when it ends; one on a stack of libc's makes both. So the
// threads that start before the lock get theirs from here too: they may end
// after it.
//
//   [ records ][ guard: no access ][ begin() ... begin() + bytes() ][ guard ]
//   ...
//
// libc only: no Abseil, no exceptions, no allocation.

#include <pthread.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace cellblock {

// One stack, and what became of the thread on it.
//
// Lifecycle: made by ThreadStacks, never unmapped. Taken by who starts a
//   thread on it; free again when the thread has been joined, or has been
//   detached and the kernel has cleared its id word.
// Threads: any.
class ThreadStack {
 public:
  void* begin() const { return begin_; }
  size_t bytes() const { return bytes_; }
  size_t guard_bytes() const { return guard_bytes_; }  // below begin()

  // What Take gave has a thread now, or could not get one.
  enum class Start : uint8_t { kJoinable, kDetached, kFailed };
  void Started(Start how, uint32_t taken);

  void Joined();
  void Detached();

 private:
  friend class ThreadStacks;

  enum class State : uint32_t { kFree, kStarting, kJoinable, kDetached };

  bool Take(uint32_t* taken);
  bool Holds(uintptr_t address) const;
  void Become(State state);

  ThreadStack* next_ = nullptr;
  char* begin_ = nullptr;
  size_t bytes_ = 0;
  size_t guard_bytes_ = 0;
  // libc's word for the id of the thread, which the kernel clears at its end.
  const std::atomic<pid_t>* tid_ = nullptr;
  // A State, and above it how often the stack was taken: a late Started does
  // not touch what the stack's next thread made of it.
  std::atomic<uint32_t> state_ = 0;
};

// All stacks of the process.
//
// Lifecycle: Prepare, then Map and Lay in the setup phase; Take, Find and what
//   a stack offers in both phases.
// Units: bytes, whole pages.
// Errors: errno, or null, as each function says.
// Threads: any; no locks are taken. fork(2) leaves a child those of its
//   parent's threads as taken.
// Syscalls: Map, Lay: mmap, mprotect. Prepare: what pthread_create makes.
//   Everything else: none.
class ThreadStacks {
 public:
  using Create = int(pthread_t*, const pthread_attr_t*, void* (*)(void*),
                     void*);

  constexpr ThreadStacks() = default;

  // Finds out where libc keeps a thread's id, by two threads that `create`
  // starts, one after the other, on a stack of at least `bytes` that is there
  // from then on. Once, before all else. 0, or why not: ENOTSUP iff it keeps
  // none where it could be found.
  int Prepare(Create* create, size_t bytes);

  // A further stack of at least `bytes`, taken. Null iff the kernel has none.
  ThreadStack* Map(size_t bytes, size_t guard_bytes, uint32_t* taken);

  // Sees to it that at least `count` stacks of `bytes` are free. 0, or errno.
  int Lay(size_t count, size_t bytes);

  // The smallest free stack of at least `bytes`, taken. Null iff there is none.
  ThreadStack* Take(size_t bytes, uint32_t* taken);

  // The stack on which libc put `thread`; null iff it is on none of these.
  ThreadStack* Find(pthread_t thread);

  // Whether a stack of at least `bytes` is a detached thread's. Such a thread
  // can be over for all that the program knows, and not yet for the kernel.
  bool AnyDetached(size_t bytes) const;

  size_t CountFree(size_t bytes) const;
  size_t Count() const;
  size_t Largest() const;  // in bytes; 0: there is none

 private:
  // `count` stacks in one mapping, all taken; null iff the kernel has no room.
  ThreadStack* Add(size_t count, size_t bytes, size_t guard_bytes);
  static bool IsFree(const ThreadStack& stack);

  std::atomic<ThreadStack*> first_ = nullptr;
  // Of the id word below the end of the stack; 0: not known.
  size_t tid_below_end_ = 0;
};

// What each stack has below it at least.
inline constexpr size_t kStackGuardBytes = size_t{64} << 10;
inline constexpr size_t kLeastStackBytes = size_t{64} << 10;

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_THREAD_STACKS_H_
