// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_RESULT_H_
#define CELLBLOCK_ALLOCATOR_RESULT_H_

#include <new>
#include <utility>

#include "allocator/error.h"

namespace cellblock {

// A value, or why there is none.
//
// Errors: reading the value of a Result that has none traps, in every build.
// Ownership: owns the value; move it out with `std::move(result).value()`.
// Threads: as T.
// Syscalls: none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT: implicit by intent

  // os_error is the errno of the call that failed, 0 if none was made.
  Result(AllocatorError error, int os_error = 0)  // NOLINT: ditto
      : nothing_(), error_(error), os_error_(os_error) {
    if (error == AllocatorError::kNone) __builtin_trap();
  }

  Result(Result&& other) noexcept
      : nothing_(), error_(other.error_), os_error_(other.os_error_) {
    if (ok()) new (&value_) T(std::move(other.value_));
  }
  Result& operator=(Result&&) = delete;

  ~Result() {
    if (ok()) value_.~T();
  }

  [[nodiscard]] bool ok() const { return error_ == AllocatorError::kNone; }
  AllocatorError error() const { return error_; }  // kNone iff ok()
  int os_error() const { return os_error_; }

  T& value() & { return *Checked(); }
  const T& value() const& { return *Checked(); }
  T&& value() && { return std::move(*Checked()); }

  T& operator*() & { return *Checked(); }
  const T& operator*() const& { return *Checked(); }
  T&& operator*() && { return std::move(*Checked()); }

  T* operator->() { return Checked(); }
  const T* operator->() const { return Checked(); }

 private:
  T* Checked() {
    if (!ok()) __builtin_trap();
    return &value_;
  }
  const T* Checked() const {
    if (!ok()) __builtin_trap();
    return &value_;
  }

  union {
    T value_;
    char nothing_;
  };
  AllocatorError error_ = AllocatorError::kNone;
  int os_error_ = 0;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_RESULT_H_
