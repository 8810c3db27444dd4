// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_EXAMPLES_SEEDS_H_
#define CELLBLOCK_TESTS_EXAMPLES_SEEDS_H_

// Good files, a few of each kind that a format has, and small: what is changed
// in them by chance is then something that matters.

#include <vector>

#include "tests/examples/stream_packers.h"

namespace examples {

std::vector<Bytes> ZlibSeeds();
std::vector<Bytes> BrotliSeeds();
std::vector<Bytes> ZstdSeeds();
std::vector<Bytes> XzSeeds();
std::vector<Bytes> Bzip2Seeds();
std::vector<Bytes> XmlSeeds();

std::vector<Bytes> PngSeeds();
std::vector<Bytes> JpegSeeds();
std::vector<Bytes> WebpSeeds();
std::vector<Bytes> TiffSeeds();
std::vector<Bytes> GifSeeds();
std::vector<Bytes> Jpeg2000Seeds();
std::vector<Bytes> HeifSeeds();

// The sums of all chunks.
void MendPng(Bytes* file);

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_SEEDS_H_
