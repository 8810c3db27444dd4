// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_ALLOCATOR_MALLOC_HEAP_LOCK_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_HEAP_LOCK_H_

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace cellblock {

// A lock that a signal handler cannot deadlock on: a thread that already holds
// it is told so instead of waiting for itself.
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
    const void* self = __builtin_thread_pointer();
    if (owner_.load(std::memory_order_relaxed) == self) return false;
    uint32_t expected = kFree;
    if (!state_.compare_exchange_strong(expected, kHeld,
                                        std::memory_order_acquire)) {
      Wait();
    }
    owner_.store(self, std::memory_order_relaxed);
    return true;
  }

  void Release() {
    owner_.store(nullptr, std::memory_order_relaxed);
    if (state_.exchange(kFree, std::memory_order_release) == kContended) {
      syscall(SYS_futex, &state_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    }
  }

 private:
  // Ulrich Drepper, "Futexes Are Tricky", the second mutex.
  static constexpr uint32_t kFree = 0;
  static constexpr uint32_t kHeld = 1;
  static constexpr uint32_t kContended = 2;

  void Wait() {
    while (state_.exchange(kContended, std::memory_order_acquire) != kFree) {
      syscall(SYS_futex, &state_, FUTEX_WAIT_PRIVATE, kContended, nullptr,
              nullptr, 0);
    }
  }

  std::atomic<uint32_t> state_{kFree};
  std::atomic<const void*> owner_{nullptr};
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_HEAP_LOCK_H_
