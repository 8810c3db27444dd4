// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/async_calls.h"

#include <exception>
#include <utility>

namespace cellblock {

void AsyncCalls::End() {
  std::vector<std::thread> threads;
  {
    std::lock_guard<std::mutex> lock(queue_->mutex);
    queue_->is_ending = true;
    threads.swap(threads_);
  }
  queue_->changed.notify_all();
  for (std::thread& thread : threads) {
    if (thread.get_id() == std::this_thread::get_id()) {
      thread.detach();  // its job ends this, and then the thread does
    } else {
      thread.join();
    }
  }
  // One by one: there may be no memory for another queue.
  for (;;) {
    Job job;
    {
      std::lock_guard<std::mutex> lock(queue_->mutex);
      if (queue_->waiting.empty()) return;
      job = std::move(queue_->waiting.front());
      queue_->waiting.pop_front();
    }
    job(absl::UnavailableError("the jail ended before the call began"));
  }
}

void AsyncCalls::Run(Job job) {
  {
    std::lock_guard<std::mutex> lock(queue_->mutex);
    if (!queue_->is_ending && queue_->waiting.size() < kMostWaiting &&
        HasThreadFor(1)) {
      queue_->waiting.push_back(std::move(job));
      job = nullptr;
    }
  }
  if (job) {
    job(absl::UnavailableError(
        "too many asynchronous calls wait already, there is no thread for "
        "them, or the jail is ending"));
  } else {
    queue_->changed.notify_one();
  }
}

bool AsyncCalls::HasThreadFor(size_t more) {
  if (static_cast<size_t>(queue_->idle) < queue_->waiting.size() + more &&
      threads_.size() < static_cast<size_t>(most_threads_)) {
    try {
      threads_.emplace_back(&AsyncCalls::Work, queue_);
    } catch (const std::exception&) {
      // Those that there are will come to it.
    }
  }
  return !threads_.empty();
}

void AsyncCalls::Work(const std::shared_ptr<Queue>& queue) {
  std::unique_lock<std::mutex> lock(queue->mutex);
  for (;;) {
    ++queue->idle;
    queue->changed.wait(
        lock, [&] { return queue->is_ending || !queue->waiting.empty(); });
    --queue->idle;
    if (queue->is_ending) return;
    {
      const Job job = std::move(queue->waiting.front());
      queue->waiting.pop_front();
      lock.unlock();
      job(absl::OkStatus());
    }
    lock.lock();
  }
}

}  // namespace cellblock
