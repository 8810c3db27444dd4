// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_BENCHMARK_DECODE_CASES_H_
#define CELLBLOCK_TESTS_BENCHMARK_DECODE_CASES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "examples/common/sink.h"

namespace cellblock {

// A decoder of the examples, by the name of its folder.
struct DecodeCase {
  const char* name;
  absl::Status (*decode)(std::span<const uint8_t> file, examples::Sink& sink);
};

inline constexpr size_t kDecodeCases = 12;
std::span<const DecodeCase, kDecodeCases> DecodeCases();

// Null iff there is none of that name.
const DecodeCase* FindDecodeCase(std::string_view name);

// The pool of the jail, and of the program that decodes on one without a jail.
inline constexpr uint64_t kDecodePoolBytes = uint64_t{512} << 20;

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_BENCHMARK_DECODE_CASES_H_
