// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_WRAPPED_FUNCTION_H_
#define CELLBLOCK_JAIL_CALL_WRAPPED_FUNCTION_H_

// The worker's side of a plain function as a decoder; the host's is
// jail/typed_jail.h.
//
//   int Add(int a, int b);
//   constexpr cellblock::Decoder kDecoders[] = {cellblock::Wrap<Add>("add")};

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "jail/call/decoder.h"
#include "jail/call/packing.h"
#include "jail/call/signature.h"

namespace cellblock {

namespace wrapped_internal {

// Takes arguments from the front of an input that ends wherever it ends: what
// is not there is empty, and `complete` is false from then on.
class Arguments {
 public:
  explicit Arguments(std::span<const uint8_t> input) : rest_(input) {}

  bool complete() const { return complete_; }
  bool finished() const { return complete_ && rest_.empty(); }

  template <typename T>
  T Take() {
    if constexpr (kTakesBytes<T>) {
      const std::span<const uint8_t> bytes = Part(Take<uint64_t>());
      if constexpr (std::is_same_v<T, std::span<const uint8_t>>) {
        return bytes;
      } else {
        return T(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      }
    } else {
      T value{};
      const std::span<const uint8_t> bytes = Part(PackedBytes<T>());
      const uint8_t* from = bytes.data();
      if (complete_ && !UnpackValue(&from, &value)) complete_ = false;
      return complete_ ? value : T{};
    }
  }

 private:
  std::span<const uint8_t> Part(uint64_t bytes) {
    if (!complete_ || bytes > rest_.size()) {
      complete_ = false;
      return rest_.first(0);
    }
    const auto part = rest_.first(bytes);
    rest_ = rest_.subspan(bytes);
    return part;
  }

  std::span<const uint8_t> rest_;
  bool complete_ = true;
};

template <typename T>
absl::Status Give(const T& value, JailedCall& call) {
  if constexpr (kGivesBytes<T>) {
    call.Write({reinterpret_cast<const uint8_t*>(value.data()), value.size()});
  } else {
    std::array<uint8_t, ResultBytes<T>()> bytes;
    PackValue(value, bytes.data());
    call.Write(bytes);
  }
  return absl::OkStatus();
}

template <typename T>
absl::Status Give(const absl::StatusOr<T>& value, JailedCall& call) {
  return value.ok() ? Give(*value, call) : value.status();
}

inline absl::Status Give(const absl::Status& status, JailedCall&) {
  return status;
}

template <auto kFunction, typename Result, typename... Parameters>
absl::Status Run(JailedCall& call) {
  Arguments arguments(call.input());
  if (arguments.Take<uint32_t>() != SignatureKind<Result, Parameters...>()) {
    return absl::InvalidArgumentError(
        "the call was packed for another signature; build host and worker of "
        "one source");
  }
  // In braces, so that they are taken in order.
  std::tuple<ArgumentValue<Parameters>...> values{
      arguments.Take<ArgumentValue<Parameters>>()...};
  if (!arguments.finished()) {
    return absl::InvalidArgumentError(
        "the arguments are not those of the signature");
  }
  return std::apply(
      [&](auto&... value) {
        if constexpr (std::is_void_v<Result>) {
          kFunction(std::forward<Parameters>(value)...);
          return absl::OkStatus();
        } else {
          return Give(kFunction(std::forward<Parameters>(value)...), call);
        }
      },
      values);
}

template <auto kFunction, typename Result, typename... Parameters>
constexpr DecodeFunction* RunOf(Result (*)(Parameters...)) {
  return &Run<kFunction, Result, Parameters...>;
}

}  // namespace wrapped_internal

// The decoder `name` that calls kFunction: unpacks its arguments, which for
// bytes are the input itself, and writes its result. Input that does not fit
// the signature gives INVALID_ARGUMENT.
//
// Syscalls: those of JailedCall::Write and of the function.
template <auto kFunction>
constexpr Decoder Wrap(const char* name, absl::Status (*prepare)() = nullptr) {
  return {name, wrapped_internal::RunOf<kFunction>(kFunction), prepare};
}

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_WRAPPED_FUNCTION_H_
