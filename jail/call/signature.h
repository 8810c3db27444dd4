// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_SIGNATURE_H_
#define CELLBLOCK_JAIL_CALL_SIGNATURE_H_

// How the arguments and the result of a function travel.
//
//   input:  u32 that stands for the signature | each argument in order
//           a value: packed (jail/call/packing.h)
//           bytes:   u64 count | bytes
//   output: a value: packed | bytes: as they are | nothing
//
// A result that is a status, or would have been one, is the decoder's own.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "jail/call/packing.h"

namespace cellblock {

// Whether a parameter takes bytes of any number: std::span<const uint8_t>,
// std::string_view, std::string or a const& of it.
template <typename Parameter>
inline constexpr bool kTakesBytes = false;
template <>
inline constexpr bool kTakesBytes<std::span<const uint8_t>> = true;
template <>
inline constexpr bool kTakesBytes<std::string_view> = true;
template <>
inline constexpr bool kTakesBytes<std::string> = true;

namespace signature_internal {

// The type without the const& that is a way to pass values only.
template <typename Parameter>
using Value =
    std::conditional_t<std::is_lvalue_reference_v<Parameter> &&
                           std::is_const_v<std::remove_reference_t<Parameter>>,
                       std::remove_cvref_t<Parameter>,
                       std::remove_const_t<Parameter>>;

template <typename Result>
struct Unwrap {
  using Type = Result;
};
template <typename T>
struct Unwrap<absl::StatusOr<T>> {
  using Type = T;
};
template <>
struct Unwrap<absl::Status> {
  using Type = void;
};

template <typename Parameter>
constexpr uint32_t KindOfParameter(uint32_t kind) {
  using T = Value<Parameter>;
  if constexpr (kTakesBytes<T>) {
    return (kind ^ 1025) * 16777619u;
  } else {
    static_assert(packing_internal::CheckPackable<T>());
    return PackedKind<T>(kind);
  }
}

template <typename T>
inline constexpr bool kIsVector = false;
template <typename T>
inline constexpr bool kIsVector<std::vector<T>> = true;

}  // namespace signature_internal

// What a parameter holds: `int` for int and const int&.
template <typename Parameter>
using ArgumentValue = signature_internal::Value<Parameter>;

// What a result holds if there is one: `int` for int and absl::StatusOr<int>;
// void for absl::Status.
template <typename Result>
using ResultValue = typename signature_internal::Unwrap<Result>::Type;

// Whether a result is bytes of any number.
template <typename T>
inline constexpr bool kGivesBytes =
    std::is_same_v<T, std::vector<uint8_t>> || std::is_same_v<T, std::string>;

// Bytes of a packed result that are no bytes of any number.
template <typename T>
constexpr size_t ResultBytes() {
  if constexpr (std::is_void_v<T>) {
    return 0;
  } else {
    static_assert(!signature_internal::kIsVector<T>,
                  "of vectors only std::vector<uint8_t> can be returned");
    return PackedBytes<T>();
  }
}

// Stands for a signature at the head of the input, so that a call meant for
// another function is refused.
template <typename Result, typename... Parameters>
constexpr uint32_t SignatureKind() {
  uint32_t kind = 2166136261u;
  ((kind = signature_internal::KindOfParameter<Parameters>(kind)), ...);
  using T = ResultValue<Result>;
  if constexpr (std::is_void_v<T>) {
    return kind ^ 1;
  } else if constexpr (kGivesBytes<T>) {
    return kind ^ 2;
  } else {
    return ResultBytes<T>() == 0 ? kind : PackedKind<T>(kind ^ 3);
  }
}

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_SIGNATURE_H_
