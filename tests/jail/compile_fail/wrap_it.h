// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_COMPILE_FAIL_WRAP_IT_H_
#define CELLBLOCK_TESTS_JAIL_COMPILE_FAIL_WRAP_IT_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "jail/typed_jail.h"

// A fixture of typed_compile_fail_test.sh: makes both sides of one function.
// The head of the file has what the compiler says to it, a line "Says: " with a
// part of its first error, or "Says: nothing".
#define WRAP_IT(function)                                     \
  constexpr Decoder kDecoder = Wrap<function>("function");    \
  template class TypedJail<function>;                         \
  template class typed_internal::Caller<decltype(&function)>; \
  static_assert(kDecoder.decode != nullptr)

#endif  // CELLBLOCK_TESTS_JAIL_COMPILE_FAIL_WRAP_IT_H_
