// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_JAIL_GZIP_H_
#define CELLBLOCK_EXAMPLES_JAIL_GZIP_H_

// zlib, as somebody wrote it who knew of no jail.

#include <cstdint>
#include <cstdio>
#include <functional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

using Put = std::function<void(std::span<const uint8_t> part)>;

// Errors: as DecodeZlib (examples/zlib/zlib_decoder.h) without other limits.
absl::Status Gunzip(std::span<const uint8_t> file, const Put& put);

// Errors: RESOURCE_EXHAUSTED iff zlib gets no memory.
absl::Status Gzip(std::span<const uint8_t> text, const Put& put);

// The longest input that the examples take.
inline constexpr uint64_t kMostInputBytes = uint64_t{16} << 20;

// All of standard input. Errors: OUT_OF_RANGE iff there is more than
// kMostInputBytes, of which no more is read; that of the file.
absl::StatusOr<std::vector<uint8_t>> ReadInput();

// 0, or 1 and a line on standard error.
int WriteAll(std::span<const uint8_t> bytes);

// 1, and the message on standard error.
int Fail(const absl::Status& status);

#endif  // CELLBLOCK_EXAMPLES_JAIL_GZIP_H_
