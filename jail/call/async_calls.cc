// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/async_calls.h"

#include <utility>

namespace cellblock {

AsyncCalls::~AsyncCalls() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  for (const Job& job : waiting_) {
    job(absl::UnavailableError("the jail ended before the call began"));
  }
}

void AsyncCalls::Run(Job job) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (waiting_.size() < kMostWaiting) {
      waiting_.push_back(std::move(job));
      if (static_cast<size_t>(idle_) < waiting_.size() &&
          threads_.size() < static_cast<size_t>(most_threads_)) {
        threads_.emplace_back([this] { Work(); });
      }
      job = nullptr;
    }
  }
  if (job) {
    job(absl::UnavailableError("too many asynchronous calls wait already"));
  } else {
    changed_.notify_one();
  }
}

void AsyncCalls::Work() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
    --idle_;
    if (is_ending_) return;
    const Job job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    job(absl::OkStatus());
    lock.lock();
  }
}

}  // namespace cellblock
