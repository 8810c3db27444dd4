// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/async_calls.h"

#include <exception>
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
    if (!is_ending_ && waiting_.size() < kMostWaiting && HasThreadFor(1)) {
      waiting_.push_back(std::move(job));
      job = nullptr;
    }
  }
  if (job) {
    job(absl::UnavailableError(
        "too many asynchronous calls wait already, there is no thread for "
        "them, or the jail is ending"));
  } else {
    changed_.notify_one();
  }
}

bool AsyncCalls::HasThreadFor(size_t more) {
  if (static_cast<size_t>(idle_) < waiting_.size() + more &&
      threads_.size() < static_cast<size_t>(most_threads_)) {
    try {
      threads_.emplace_back([this] { Work(); });
    } catch (const std::exception&) {
      // Those that there are will come to it.
    }
  }
  return !threads_.empty();
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
