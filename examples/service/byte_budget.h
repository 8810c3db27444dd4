// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_BYTE_BUDGET_H_
#define CELLBLOCK_EXAMPLES_SERVICE_BYTE_BUDGET_H_

#include <cstdint>
#include <mutex>
#include <utility>

namespace examples::service {

// So many bytes that all share.
//
// Lifecycle: outlives its holds. Units: bytes. Threads: any. Syscalls: futex.
class ByteBudget {
 public:
  explicit ByteBudget(uint64_t bytes) : left_(bytes) {}
  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;

  // What somebody has of it, given back at its end.
  class Hold {
   public:
    Hold() = default;
    explicit Hold(ByteBudget* budget) : budget_(budget) {}
    Hold(Hold&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)),
          bytes_(std::exchange(other.bytes_, 0)) {}
    Hold& operator=(Hold&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Hold() { Clear(); }

    // Takes so much more. False, and nothing is taken, iff less is left.
    [[nodiscard]] bool Add(uint64_t bytes) {
      const std::lock_guard<std::mutex> lock(budget_->mutex_);
      if (bytes > budget_->left_) return false;
      budget_->left_ -= bytes;
      bytes_ += bytes;
      return true;
    }

    void Clear() {
      if (bytes_ == 0) return;
      const std::lock_guard<std::mutex> lock(budget_->mutex_);
      budget_->left_ += std::exchange(bytes_, 0);
    }

   private:
    ByteBudget* budget_ = nullptr;
    uint64_t bytes_ = 0;
  };

 private:
  std::mutex mutex_;
  uint64_t left_;
};

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_BYTE_BUDGET_H_
