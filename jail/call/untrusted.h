// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_UNTRUSTED_H_
#define CELLBLOCK_JAIL_CALL_UNTRUSTED_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace cellblock {

// A value that a jail gave. Nothing can be done with it but to validate it:
//
//   absl::StatusOr<int> width = std::move(result).Validate(
//       [](int width) -> absl::StatusOr<int> { ... });
//
// Lifecycle: a copy in the host's own memory, which no jail can change any
// more. Ownership: its own. Threads: as any value. Syscalls: none.
template <typename T>
class Untrusted {
 public:
  explicit Untrusted(T value) : value_(std::move(value)) {}

  // Gives the value to `validate`, which returns what the host goes on with.
  template <typename F>
  auto Validate(F&& validate) && {
    return std::forward<F>(validate)(std::move(value_));
  }
  template <typename F>
  auto Validate(F&& validate) const& {
    return std::forward<F>(validate)(value_);
  }

  // For logs, or where every value is a good one. The name is for reviewers.
  const T& UnsafeUnvalidated() const { return value_; }

 private:
  T value_;
};

// Bytes that a jail gave, copied out of it.
//
// Lifecycle: Clear keeps the memory for what is put there next.
// Units: bytes. Ownership: its own, move-only. Threads: as any value.
// Syscalls: those of operator new and delete.
class UntrustedBytes {
 public:
  UntrustedBytes() = default;
  UntrustedBytes(UntrustedBytes&& other) noexcept
      : bytes_(std::move(other.bytes_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  UntrustedBytes& operator=(UntrustedBytes&& other) noexcept {
    bytes_.swap(other.bytes_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }

  size_t size() const { return size_; }

  // As of Untrusted: gives them to `validate`, a function of
  // std::span<const uint8_t>.
  template <typename F>
  auto Validate(F&& validate) const {
    return std::forward<F>(validate)(UnsafeUnvalidated());
  }

  std::span<const uint8_t> UnsafeUnvalidated() const {
    return {bytes_.get(), size_};
  }

  // For who fills it.
  void Clear() { size_ = 0; }
  std::span<uint8_t> Extend(size_t bytes);  // behind what there is

 private:
  std::unique_ptr<uint8_t[]> bytes_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

// Bytes in memory that a jail may still be writing to: they can differ at each
// look, so all that can be done is to copy them, or to pass them on.
//
// Lifecycle: valid inside the function that it was given to.
// Units: bytes. Ownership: borrows. Threads: one. Syscalls: CopyTo: none.
class UntrustedView {
 public:
  UntrustedView(const volatile uint8_t* bytes, size_t size)
      : bytes_(bytes), size_(size) {}

  size_t size() const { return size_; }

  // Copies [offset, offset + to.size()), each byte once. False iff that is not
  // inside.
  [[nodiscard]] bool CopyTo(size_t offset, std::span<uint8_t> to) const;

  // For calls of the kernel that take them as they are, such as write(2). What
  // reads them as a program does reads them twice.
  const void* UnsafeData() const { return const_cast<const uint8_t*>(bytes_); }

 private:
  const volatile uint8_t* bytes_;
  size_t size_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_UNTRUSTED_H_
