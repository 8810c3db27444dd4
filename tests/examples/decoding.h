// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TESTS_EXAMPLES_DECODING_H_
#define CELLBLOCK_TESTS_EXAMPLES_DECODING_H_

// What the tests of the examples' image decoders share: pictures, files broken
// in every way, and what a decoder may do with them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "examples/common/decode_image.h"
#include "examples/common/image.h"
#include "examples/common/sink.h"

namespace examples {

using Bytes = std::vector<uint8_t>;
using Pixel = std::array<uint8_t, kPixelBytes>;

// Rows of pixels, as a decoder makes them.
struct Picture {
  ImageSize size;
  std::vector<Pixel> pixels;

  const Pixel& At(uint32_t x, uint32_t y) const {
    return pixels[size_t{y} * size.width + x];
  }
  bool operator==(const Picture& other) const {
    return size.width == other.size.width && size.height == other.size.height &&
           pixels == other.pixels;
  }
};

enum class Alpha : uint8_t { kOpaque, kVaries };

// One that no row, column or channel is like another of.
Picture TestPicture(ImageSize size, Alpha alpha);

// What it makes of `file`; a failure of the test iff it refuses it.
Picture Decoded(DecodeImage* decode, const Bytes& file);

// What it says of `file`, which it has to refuse with INVALID_ARGUMENT.
std::string Refusal(DecodeImage* decode, const Bytes& file);

// The largest difference of two channels; 256 iff the sizes differ.
int Difference(const Picture& a, const Picture& b);

// Whether it refuses `file`, having less pixels to spend than that has.
bool KeepsToLimits(DecodeImage* decode, const Bytes& file);

// How many of the file's last bytes are not part of the picture.
struct Tail {
  size_t bytes = 0;
};

// Cuts `file` off at every place, as far as time allows, which it has to
// refuse, and flips bits, which it has to refuse or to make a whole picture of.
// The same each time.
void ExpectSurvivesDamage(DecodeImage* decode, const Bytes& file,
                          Tail tail = {});

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_DECODING_H_
