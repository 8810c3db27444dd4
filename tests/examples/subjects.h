// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_EXAMPLES_SUBJECTS_H_
#define CELLBLOCK_TESTS_EXAMPLES_SUBJECTS_H_

// The decoders of the examples, as bad_input_test feeds them: a row for each in
// subjects.cc.

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "examples/common/sink.h"
#include "jail/call/decoder.h"
#include "tests/examples/stream_packers.h"

namespace examples {

// Makes checksums right again, so that what they protect is read.
using Mend = void(Bytes* file);

struct Subject {
  const char* name;
  // The same function outside of a jail and in one, with the test's limits.
  absl::Status (*decode)(std::span<const uint8_t> file, Sink& sink);
  cellblock::Decoder in_jail;
  // Good files, made anew by each call, and the same each time.
  std::vector<Bytes> (*seeds)();
  Mend* mend;  // null: none
  // Enough for every seed, and not for all that a changed one can ask for.
  uint64_t pool_bytes;
};

std::span<const Subject> Subjects();

// What they may make, each.
inline constexpr uint64_t kMostPixels = 1 << 20;
inline constexpr uint64_t kMostOutputBytes = 4 * kMostPixels + 64;

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_SUBJECTS_H_
