// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_COMMON_FILES_H_
#define CELLBLOCK_EXAMPLES_COMMON_FILES_H_

// What the examples' programs do with their arguments.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace examples {

// The file that somebody means who names it. `bazel run` starts a program in
// another folder than that in which it was called, and says which that was
// (BUILD_WORKING_DIRECTORY): a relative name is taken below it.
std::string PathOf(const std::string& name);

// The longest file that the examples decode, and that their jails take: more
// than 12 megapixels of 8-bit samples that cannot be compressed.
inline constexpr uint64_t kMostFileBytes = uint64_t{64} << 20;

// All of it, at PathOf(name); "-" is standard input. Errors: those of the file;
// OUT_OF_RANGE iff it has more than `most_bytes`, of which no more is read.
absl::StatusOr<std::vector<uint8_t>> ReadFile(
    const char* name, uint64_t most_bytes = kMostFileBytes);

// What is to be said of a file that was decoded.
using Decode =
    std::function<absl::StatusOr<std::string>(std::span<const uint8_t> file)>;

// Reads the file, of kMostFileBytes at the most, and decodes it.
absl::StatusOr<std::string> DecodeFile(const char* name, const Decode& decode);

// Decodes each file that is named, "-" being standard input, and prints a line
// of it: "FILE: clean, …", or what was wrong with it. Returns the exit code: 0
// iff all were clean and the lines could be written, 2 iff none is named.
int DecodeFiles(int argc, char** argv, const Decode& decode);

// Prints why on standard error, and returns 1.
int Fail(const absl::Status& status);

// "11358 bytes, crc32 0x1a2b3c4d". Any bytes are good ones.
absl::StatusOr<std::string> DescribeBytes(std::span<const uint8_t> bytes);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_COMMON_FILES_H_
