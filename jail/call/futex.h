// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_FUTEX_H_
#define CELLBLOCK_JAIL_CALL_FUTEX_H_

// Waiting for a word that two processes share.

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <cstdint>

namespace cellblock {

// A point of CLOCK_MONOTONIC.
using MonotonicTime = std::chrono::steady_clock::time_point;

inline timespec AsTimespec(MonotonicTime time) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  const auto rest = std::chrono::nanoseconds(since - seconds);
  return {.tv_sec = static_cast<time_t>(seconds.count()),
          .tv_nsec = static_cast<long>(rest.count())};
}

enum class FutexWait : uint8_t {
  kWoken,        // or for no reason
  kChanged,      // the word is not `expected`
  kInterrupted,  // by a signal
  kTimedOut,
};

// Waits while `*word` is `expected`, until somebody wakes its waiters or
// `deadline`, unless that is null.
// Syscalls: futex(FUTEX_WAIT_BITSET).
inline FutexWait WaitOnFutex(const std::atomic<uint32_t>* word,
                             uint32_t expected, const timespec* deadline) {
  const long result = syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected,
                              deadline, nullptr, FUTEX_BITSET_MATCH_ANY);
  if (result == 0) return FutexWait::kWoken;
  if (errno == EAGAIN) return FutexWait::kChanged;
  return errno == EINTR ? FutexWait::kInterrupted : FutexWait::kTimedOut;
}

// Wakes whoever waits for it. Syscalls: futex(FUTEX_WAKE).
inline void WakeFutex(const std::atomic<uint32_t>* word) {
  syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

// What one side counts and the other waits for. Who waits says so, and saves
// the other a call when it does not: on one CPU, mostly, a worker is still on
// its way to sleep when it is asked for more.
struct Turn {
  std::atomic<uint32_t> count{0};
  std::atomic<uint32_t> is_awaited{0};

  void Pass(uint32_t new_count) {
    // The store and the load in this order, as in Await.
    count.store(new_count, std::memory_order_seq_cst);
    if (is_awaited.load(std::memory_order_seq_cst) != 0) WakeFutex(&count);
  }

  // Waits as WaitOnFutex does, while the count is `expected`.
  FutexWait Await(uint32_t expected, const timespec* deadline) {
    is_awaited.store(1, std::memory_order_seq_cst);
    FutexWait result = FutexWait::kChanged;
    if (count.load(std::memory_order_seq_cst) == expected) {
      result = WaitOnFutex(&count, expected, deadline);
    }
    is_awaited.store(0, std::memory_order_relaxed);
    return result;
  }
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_FUTEX_H_
