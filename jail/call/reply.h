// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_REPLY_H_
#define CELLBLOCK_JAIL_CALL_REPLY_H_

// The host's side of a result: taken from a worker that may send anything, and
// given out only if it is exactly one result.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "jail/call/call_failure.h"
#include "jail/call/packing.h"
#include "jail/call/signature.h"
#include "jail/call/untrusted.h"

namespace cellblock {

// What the call of a function gives its host: bytes as UntrustedBytes, other
// values as Untrusted, and of what returns nothing the status alone.
template <typename T>
struct HostResultOf {
  using Type = absl::StatusOr<Untrusted<T>>;
};
template <>
struct HostResultOf<void> {
  using Type = absl::Status;
};
template <>
struct HostResultOf<std::vector<uint8_t>> {
  using Type = absl::StatusOr<UntrustedBytes>;
};
template <typename Result>
using HostResult = typename HostResultOf<ResultValue<Result>>::Type;

namespace reply_internal {

absl::Status WrongSize(uint64_t bytes, uint64_t expected);
absl::Status NoValue();

}  // namespace reply_internal

// One reply. Add takes its parts in order, each copied once; Finish gives the
// result. Both fail, as CallEnd::kLied, iff it is not what the signature says:
// longer, shorter, or with a byte for a bool that is neither 0 nor 1.
//
// Threads: one. Syscalls: those of memory, for bytes of any number.
template <typename T>
class Reply {
 public:
  absl::Status Add(UntrustedView part) {
    if (part.size() > bytes_.size() - size_ ||
        !part.CopyTo(0, std::span(bytes_).subspan(size_, part.size()))) {
      return reply_internal::WrongSize(size_ + part.size(), bytes_.size());
    }
    size_ += part.size();
    return absl::OkStatus();
  }

  HostResult<T> Finish() {
    if (size_ != bytes_.size()) {
      return reply_internal::WrongSize(size_, bytes_.size());
    }
    if constexpr (std::is_void_v<T>) {
      return absl::OkStatus();
    } else {
      T value{};
      const uint8_t* from = bytes_.data();
      if (!UnpackValue(&from, &value)) return reply_internal::NoValue();
      return Untrusted<T>(std::move(value));
    }
  }

 private:
  std::array<uint8_t, ResultBytes<T>()> bytes_;
  size_t size_ = 0;
};

template <>
class Reply<std::vector<uint8_t>> {
 public:
  absl::Status Add(UntrustedView part) {
    if (!part.CopyTo(0, bytes_.Extend(part.size()))) {
      return reply_internal::WrongSize(0, part.size());
    }
    return absl::OkStatus();
  }
  absl::StatusOr<UntrustedBytes> Finish() { return std::move(bytes_); }

 private:
  UntrustedBytes bytes_;
};

template <>
class Reply<std::string> {
 public:
  absl::Status Add(UntrustedView part) {
    const size_t before = text_.size();
    text_.resize(before + part.size());
    if (!part.CopyTo(0, {reinterpret_cast<uint8_t*>(text_.data()) + before,
                         part.size()})) {
      return reply_internal::WrongSize(0, part.size());
    }
    return absl::OkStatus();
  }
  absl::StatusOr<Untrusted<std::string>> Finish() {
    return Untrusted<std::string>(std::move(text_));
  }

 private:
  std::string text_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_REPLY_H_
