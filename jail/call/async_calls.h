// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_ASYNC_CALLS_H_
#define CELLBLOCK_JAIL_CALL_ASYNC_CALLS_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"

namespace cellblock {

// Threads that make calls for those who do not want to wait.
//
// Lifecycle: threads start when they are needed; the destructor ends it. A job
//   may destroy this, as the last thing it does with it.
// Errors: a job is told UNAVAILABLE iff it will not run: too many wait, or the
//   end has come.
// Threads: any. Syscalls: those of std::thread.
class AsyncCalls {
 public:
  static constexpr size_t kMostWaiting = 1024;

  // Is told OK when it may run, and then does; or why it may not.
  using Job = std::function<void(const absl::Status&)>;

  explicit AsyncCalls(int most_threads) : most_threads_(most_threads) {}
  ~AsyncCalls() { End(); }
  AsyncCalls(const AsyncCalls&) = delete;
  AsyncCalls& operator=(const AsyncCalls&) = delete;

  void Run(Job job);

  // Lets what runs end, but for the job that calls this, and tells what waits
  // that it will not run. Run goes on to tell others so.
  void End();

 private:
  // What a thread needs that outlives its AsyncCalls.
  struct Queue {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Job> waiting;
    int idle = 0;
    bool is_ending = false;
  };

  static void Work(const std::shared_ptr<Queue>& queue);

  // Starts one more thread if all are busy. False iff there is none at all.
  bool HasThreadFor(size_t more);

  const int most_threads_;
  const std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
  std::vector<std::thread> threads_;  // under the queue's mutex
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_ASYNC_CALLS_H_
