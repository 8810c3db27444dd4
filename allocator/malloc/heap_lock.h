// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_ALLOCATOR_MALLOC_HEAP_LOCK_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_HEAP_LOCK_H_

#include <errno.h>
#include <linux/futex.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace cellblock {

// A lock that a signal handler cannot deadlock on: a thread that already holds
// it is told so instead of waiting for itself.
//
// One word says who holds it and whether others wait, so there is no moment at
// which a thread holds the lock and does not know it:
//
//   0            free
//   thread       held; the thread pointer of the holder
//   thread | 1   held, and others may wait
//
// While the process has one thread (__libc_single_threaded, which libc clears
// before it starts a second) no locked instruction is needed.
//
// Threads: any, signal handlers too.
// Syscalls: futex(2) under contention, nothing else.
class HeapLock {
 public:
  constexpr HeapLock() = default;
  HeapLock(const HeapLock&) = delete;
  HeapLock& operator=(const HeapLock&) = delete;

  // False iff the calling thread holds the lock already.
  [[nodiscard]] bool Acquire() {
    const auto self = reinterpret_cast<uintptr_t>(__builtin_thread_pointer());
    uintptr_t seen = kFree;
    if (__libc_single_threaded != 0) {
      seen = word_.load(std::memory_order_relaxed);
      if (seen == self) return false;
      if (seen == kFree) {
        word_.store(self, std::memory_order_relaxed);
        return true;
      }
      seen = kFree;
    }
    if (word_.compare_exchange_strong(seen, self, std::memory_order_acquire)) {
      return true;
    }
    if ((seen & ~kWaiters) == self) return false;
    Wait(self);
    return true;
  }

  // Whether the calling thread holds it.
  [[nodiscard]] bool IsMine() const {
    return (word_.load(std::memory_order_relaxed) & ~kWaiters) ==
           reinterpret_cast<uintptr_t>(__builtin_thread_pointer());
  }

  void Release() {
    if (__libc_single_threaded != 0) {
      word_.store(kFree, std::memory_order_relaxed);
      return;
    }
    const uintptr_t was = word_.exchange(kFree, std::memory_order_release);
    if ((was & kWaiters) != 0) Futex(FUTEX_WAKE_PRIVATE, 1);
  }

 private:
  static constexpr uintptr_t kFree = 0;
  static constexpr uintptr_t kWaiters = 1;

  // Who has waited takes the lock as if others still did: it cannot know.
  void Wait(uintptr_t self) {
    for (;;) {
      uintptr_t seen = word_.load(std::memory_order_relaxed);
      if (seen == kFree) {
        if (word_.compare_exchange_weak(seen, self | kWaiters,
                                        std::memory_order_acquire)) {
          return;
        }
        continue;
      }
      if ((seen & kWaiters) == 0 &&
          !word_.compare_exchange_weak(seen, seen | kWaiters,
                                       std::memory_order_relaxed)) {
        continue;
      }
      Futex(FUTEX_WAIT_PRIVATE, static_cast<uint32_t>(seen | kWaiters));
    }
  }

  // On the low half of the word, which differs between free and held: thread
  // pointers of one process differ in it.
  void Futex(int operation, uint32_t value) {
    const int saved = errno;  // free() leaves it alone
    syscall(SYS_futex, &word_, operation, value, nullptr, nullptr, 0L);
    errno = saved;
  }

  std::atomic<uintptr_t> word_{kFree};
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_HEAP_LOCK_H_
