// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_JPEG2000_CODESTREAM_H_
#define CELLBLOCK_EXAMPLES_JPEG2000_CODESTREAM_H_

// What a JPEG 2000 file says of its size. openjpeg allocates by it while it
// reads it, up to 700 MB for a file of a hundred bytes, so this is read first.

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "examples/common/image.h"

namespace examples {

// Of the marker SIZ, which is the first of every codestream.
struct Codestream {
  bool is_boxed = false;  // in boxes (.jp2), and not bare (.j2k)
  ImageSize size;
  uint32_t components = 0;
  uint64_t tiles = 0;
};

// Errors: INVALID_ARGUMENT iff the file has no codestream that begins with SIZ,
// or one whose size is none.
absl::StatusOr<Codestream> ReadCodestream(std::span<const uint8_t> file);

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_JPEG2000_CODESTREAM_H_
