// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_FIELDS_H_
#define CELLBLOCK_JAIL_CALL_FIELDS_H_

// The members of a struct, one by one, without its help: how many there are is
// how many values it can be initialised from.
//
//   struct Header { uint32_t width; bool alpha; };
//   Fields(header)  // std::tuple<uint32_t&, bool&>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace cellblock {

inline constexpr size_t kMostFields = 16;

namespace fields_internal {

// Stands for a value of any type; never made.
struct Any {
  template <typename T>
  constexpr operator T() const;
};
template <size_t>
using AnyAt = Any;

template <typename T, size_t... I>
constexpr bool TakesAll(std::index_sequence<I...>) {
  return requires { T{AnyAt<I>()...}; };
}

// One value behind which there is no place for another.
template <typename T, size_t kCount = 0>
constexpr size_t Count() {
  if constexpr (kCount <= kMostFields &&
                TakesAll<T>(std::make_index_sequence<kCount + 1>())) {
    return Count<T, kCount + 1>();
  } else {
    return kCount;
  }
}

// Some values, two in braces, some values.
template <typename T, size_t... Before, size_t... Behind>
constexpr bool TakesPair(std::index_sequence<Before...>,
                         std::index_sequence<Behind...>) {
  return requires {
    T{AnyAt<Before>()..., {Any(), Any()}, AnyAt<Behind>()...};
  };
}

// An array takes as many values as it has elements, or a list in their place;
// a struct is one value.
template <typename T, size_t kAt, size_t kCount>
constexpr bool IsArrayAt() {
  using Before = std::make_index_sequence<kAt>;
  return TakesPair<T>(Before(), std::make_index_sequence<0>()) &&
         !TakesPair<T>(Before(), std::make_index_sequence<kCount - kAt - 1>());
}

template <typename T, size_t... I>
constexpr bool HasArray(std::index_sequence<I...>) {
  return (IsArrayAt<T, I, sizeof...(I)>() || ...);
}

}  // namespace fields_internal

// Of an aggregate. More than kMostFields: there are too many, or an array
// makes them seem so.
template <typename T>
inline constexpr size_t kFieldCount =
    fields_internal::Count<std::remove_const_t<T>>();

// Whether a member is an array of the language's own, of two or more elements,
// which hides how many members there are. Not for too many fields.
template <typename T>
inline constexpr bool kHasArrayField =
    fields_internal::HasArray<std::remove_const_t<T>>(
        std::make_index_sequence<kFieldCount<T>>());

// References to the members of an aggregate without bases, in order.
template <typename T>
constexpr auto Fields([[maybe_unused]] T& value) {
  if constexpr (kFieldCount<T> == 1) {
    auto& [a] = value;
    return std::tie(a);
  } else if constexpr (kFieldCount<T> == 2) {
    auto& [a, b] = value;
    return std::tie(a, b);
  } else if constexpr (kFieldCount<T> == 3) {
    auto& [a, b, c] = value;
    return std::tie(a, b, c);
  } else if constexpr (kFieldCount<T> == 4) {
    auto& [a, b, c, d] = value;
    return std::tie(a, b, c, d);
  } else if constexpr (kFieldCount<T> == 5) {
    auto& [a, b, c, d, e] = value;
    return std::tie(a, b, c, d, e);
  } else if constexpr (kFieldCount<T> == 6) {
    auto& [a, b, c, d, e, f] = value;
    return std::tie(a, b, c, d, e, f);
  } else if constexpr (kFieldCount<T> == 7) {
    auto& [a, b, c, d, e, f, g] = value;
    return std::tie(a, b, c, d, e, f, g);
  } else if constexpr (kFieldCount<T> == 8) {
    auto& [a, b, c, d, e, f, g, h] = value;
    return std::tie(a, b, c, d, e, f, g, h);
  } else if constexpr (kFieldCount<T> == 9) {
    auto& [a, b, c, d, e, f, g, h, i] = value;
    return std::tie(a, b, c, d, e, f, g, h, i);
  } else if constexpr (kFieldCount<T> == 10) {
    auto& [a, b, c, d, e, f, g, h, i, j] = value;
    return std::tie(a, b, c, d, e, f, g, h, i, j);
  } else if constexpr (kFieldCount<T> == 11) {
    auto& [a, b, c, d, e, f, g, h, i, j, k] = value;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k);
  } else if constexpr (kFieldCount<T> == 12) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l] = value;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
  } else if constexpr (kFieldCount<T> == 13) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = value;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m);
  } else if constexpr (kFieldCount<T> == 14) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = value;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
  } else if constexpr (kFieldCount<T> == 15) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = value;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
  } else if constexpr (kFieldCount<T> == 16) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = value;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
  } else {
    return std::tuple<>();
  }
}

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_FIELDS_H_
