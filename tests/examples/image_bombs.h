// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_EXAMPLES_IMAGE_BOMBS_H_
#define CELLBLOCK_TESTS_EXAMPLES_IMAGE_BOMBS_H_

// Pictures that are small as files, and ask for a great deal.

#include <cstdint>

#include "tests/examples/pictures.h"
#include "tests/examples/stream_packers.h"

namespace examples {

enum class Interlace : uint8_t { kNone, kAdam7 };

// All of its rows are there, and all are zero.
Bytes PngBomb(uint32_t width, uint32_t height, Interlace interlace);
// A good picture, and before it a zTXt and an iCCP chunk, each of so many bytes
// when it is unpacked.
Bytes PngChunkBomb(const Picture& picture, uint64_t bytes);
// A zTXt chunk that says it has 2 GiB, and ends the file.
Bytes PngLongChunkBomb();

// Lossless and of one colour: its pixels take no bit at all.
Bytes WebpBomb(uint32_t width, uint32_t height);

// One strip of deflate, which has all of its rows.
Bytes TiffBomb(uint32_t width, uint32_t height);
// So many entries in its directory, all with the same tag.
Bytes TiffEntriesBomb(uint16_t entries);

// A progressive picture that is gone over so often.
Bytes JpegScansBomb(uint32_t width, uint32_t height, uint32_t scans);

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_IMAGE_BOMBS_H_
