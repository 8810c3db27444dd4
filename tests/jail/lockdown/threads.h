// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_LOCKDOWN_THREADS_H_
#define CELLBLOCK_TESTS_JAIL_LOCKDOWN_THREADS_H_

// What tests of threads share, before a lock and after it.

#include <unistd.h>

#include <condition_variable>
#include <mutex>

namespace cellblock {

// Opens once, for all who wait.
class Gate {
 public:
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

inline void* Nothing(void* argument) { return argument; }

// Waits a moment for what another thread does; the child dies of its alarm if
// it never comes.
template <typename Condition>
void Await(const Condition& condition) {
  while (!condition()) usleep(100);
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_LOCKDOWN_THREADS_H_
