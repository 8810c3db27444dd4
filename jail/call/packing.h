// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_PACKING_H_
#define CELLBLOCK_JAIL_CALL_PACKING_H_

// Values as bytes, between a host and its worker: the members of a value one
// behind the other, as this machine has them, without what lies between them,
// which may be anything. A byte is made a bool only if it is 0 or 1.
//
// Packable: bool, integers, float, double, enums with a fixed underlying type,
// std::array of these, and structs of at most 16 members of these. What is not
// does not compile, and the error says why.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <tuple>
#include <type_traits>

#include "jail/call/fields.h"

namespace cellblock {

namespace packing_internal {

template <typename T>
inline constexpr bool kIsStdArray = false;
template <typename T, size_t kCount>
inline constexpr bool kIsStdArray<std::array<T, kCount>> = true;

template <typename T>
inline constexpr bool kIsSpan = false;
template <typename T, size_t kExtent>
inline constexpr bool kIsSpan<std::span<T, kExtent>> = true;

template <typename T>
constexpr bool HasFixedType() {
  return requires { T{0}; };
}

template <typename T>
inline constexpr bool kIsScalar = std::is_arithmetic_v<T> || std::is_enum_v<T>;

// Whether a byte is one of its values only if it is 0 or 1.
template <typename T>
constexpr bool IsBool() {
  if constexpr (std::is_enum_v<T>) {
    return std::is_same_v<std::underlying_type_t<T>, bool>;
  } else {
    return std::is_same_v<T, bool>;
  }
}

// True, or an error of the compiler that says what to do.
template <typename T>
constexpr bool CheckPackable() {
  static_assert(!std::is_pointer_v<T> && !std::is_member_pointer_v<T> &&
                    !std::is_null_pointer_v<T>,
                "a pointer means nothing in another process: pass the value, "
                "std::span<const uint8_t> or std::string_view");
  static_assert(!std::is_reference_v<T>,
                "a worker has only copies: take it by value or by const&, and "
                "return what has changed");
  static_assert(!std::is_union_v<T>,
                "nobody knows which member of a union holds: pass a struct");
  static_assert(!kIsSpan<T>,
                "of spans only std::span<const uint8_t> can be passed, and "
                "only as a parameter of its own");
  static_assert(!std::is_same_v<T, long double>,
                "long double has bytes without a meaning: pass a double");
  static_assert(std::is_trivially_copyable_v<T>,
                "only what is trivially copyable can be passed: longer data as "
                "std::span<const uint8_t>, std::string_view or const "
                "std::string&, and back as std::vector<uint8_t> or "
                "std::string");
  if constexpr (std::is_enum_v<T>) {
    static_assert(HasFixedType<T>(),
                  "an enum without a fixed underlying type has numbers that "
                  "are none of its values: write `enum class` or `enum E : "
                  "int`");
  } else if constexpr (!kIsScalar<T> && !kIsStdArray<T> &&
                       !std::is_array_v<T> && std::is_class_v<T> &&
                       !kIsSpan<T> && std::is_trivially_copyable_v<T>) {
    static_assert(std::is_aggregate_v<T>,
                  "only structs whose members are all public can be passed, "
                  "without constructors and bases: each member is checked");
    if constexpr (std::is_aggregate_v<T>) {
      static_assert(kFieldCount<T> <= kMostFields,
                    "a struct to be passed has at most 16 members; write "
                    "std::array for T[n]");
      if constexpr (kFieldCount<T> <= kMostFields) {
        static_assert(kFieldCount<T> > 0 || std::is_empty_v<T>,
                      "a member of this struct is a reference, or else cannot "
                      "be copied by itself: pass a struct of values");
        static_assert(!kHasArrayField<T>,
                      "write std::array<T, n> for T[n] in a struct that is to "
                      "be passed");
      }
    }
  }
  return true;
}

}  // namespace packing_internal

// Bytes of a packed T.
template <typename T>
constexpr size_t PackedBytes() {
  using namespace packing_internal;
  static_assert(CheckPackable<T>());
  if constexpr (kIsScalar<T>) {
    return sizeof(T);
  } else if constexpr (kIsStdArray<T>) {
    return std::tuple_size_v<T> * PackedBytes<typename T::value_type>();
  } else if constexpr (std::is_array_v<T>) {
    return std::extent_v<T> * PackedBytes<std::remove_extent_t<T>>();
  } else if constexpr (std::is_class_v<T>) {
    return []<typename... F>(std::type_identity<std::tuple<F&...>>) {
      return (size_t{0} + ... + PackedBytes<F>());
    }(std::type_identity<decltype(Fields(std::declval<T&>()))>());
  } else {
    return 0;
  }
}

// A number that differs, most likely, if a packed T means something else.
template <typename T>
constexpr uint32_t PackedKind(uint32_t kind) {
  using namespace packing_internal;
  constexpr auto kMix = [](uint32_t hash, uint32_t value) {
    return (hash ^ value) * 16777619u;
  };
  if constexpr (kIsScalar<T>) {
    return kMix(kind,
                static_cast<uint32_t>(
                    sizeof(T) | (std::is_floating_point_v<T> ? 64 : 0) |
                    (IsBool<T>() ? 128 : 0) | (std::is_signed_v<T> ? 256 : 0)));
  } else if constexpr (kIsStdArray<T>) {
    return PackedKind<typename T::value_type>(
        kMix(kind, static_cast<uint32_t>(512 + std::tuple_size_v<T>)));
  } else if constexpr (std::is_array_v<T>) {
    return PackedKind<std::remove_extent_t<T>>(
        kMix(kind, static_cast<uint32_t>(512 + std::extent_v<T>)));
  } else if constexpr (std::is_class_v<T>) {
    return [kind]<typename... F>(std::type_identity<std::tuple<F&...>>) {
      uint32_t all = kind;
      ((all = PackedKind<F>(all)), ...);
      return all;
    }(std::type_identity<decltype(Fields(std::declval<T&>()))>());
  } else {
    return kind;
  }
}

// Writes PackedBytes<T>() bytes at `to`; returns what is behind them.
template <typename T>
uint8_t* PackValue(const T& value, uint8_t* to) {
  using namespace packing_internal;
  if constexpr (kIsScalar<T>) {
    memcpy(to, &value, sizeof(T));
    return to + sizeof(T);
  } else if constexpr (kIsStdArray<T> || std::is_array_v<T>) {
    for (const auto& element : value) to = PackValue(element, to);
    return to;
  } else {
    std::apply(
        [&](const auto&... field) { ((to = PackValue(field, to)), ...); },
        Fields(value));
    return to;
  }
}

// Reads PackedBytes<T>() bytes at `*from`, which nobody else can change, and
// moves behind them. False iff one is no value of its member; `value` is then
// left half made.
template <typename T>
[[nodiscard]] bool UnpackValue(const uint8_t** from, T* value) {
  using namespace packing_internal;
  if constexpr (kIsScalar<T>) {
    const uint8_t* const bytes = *from;
    *from += sizeof(T);
    if constexpr (IsBool<T>()) {
      if (*bytes > 1) return false;
    }
    memcpy(value, bytes, sizeof(T));
    return true;
  } else if constexpr (kIsStdArray<T> || std::is_array_v<T>) {
    for (auto& element : *value) {
      if (!UnpackValue(from, &element)) return false;
    }
    return true;
  } else {
    return std::apply(
        [from](auto&... field) { return (UnpackValue(from, &field) && ...); },
        Fields(*value));
  }
}

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_PACKING_H_
