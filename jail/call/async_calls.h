// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_ASYNC_CALLS_H_
#define CELLBLOCK_JAIL_CALL_ASYNC_CALLS_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"

namespace cellblock {

// Threads that make calls for those who do not want to wait.
//
// Lifecycle: threads start when they are needed; the destructor lets what runs
//   end, and tells what waits that it will not run.
// Errors: a job is told UNAVAILABLE iff it will not run: too many wait, or the
//   end has come.
// Threads: any. Syscalls: those of std::thread.
class AsyncCalls {
 public:
  static constexpr size_t kMostWaiting = 1024;

  // Is told OK when it may run, and then does; or why it may not.
  using Job = std::function<void(const absl::Status&)>;

  explicit AsyncCalls(int most_threads) : most_threads_(most_threads) {}
  ~AsyncCalls();
  AsyncCalls(const AsyncCalls&) = delete;
  AsyncCalls& operator=(const AsyncCalls&) = delete;

  void Run(Job job);

 private:
  // Starts one more thread if all are busy. False iff there is none at all.
  bool HasThreadFor(size_t more);
  void Work();

  const int most_threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  std::vector<std::thread> threads_;
  int idle_ = 0;
  bool is_ending_ = false;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_ASYNC_CALLS_H_
