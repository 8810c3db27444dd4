// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_EXAMPLES_PNG_PACKER_H_
#define CELLBLOCK_TESTS_EXAMPLES_PNG_PACKER_H_

#include "tests/examples/pictures.h"
#include "tests/examples/stream_packers.h"

namespace examples {

enum class PngKind : uint8_t { kRgba, kRgb, kRgb16, kGray, kPalette, kBits };

struct PngOptions {
  PngKind kind = PngKind::kRgba;
  bool is_interlaced = false;
};

// By libpng, with a few chunks that carry no pixels. What of the picture its
// kind has no room for is left out.
Bytes PackPng(const Picture& picture, const PngOptions& options = {});

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_PNG_PACKER_H_
