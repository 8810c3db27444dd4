// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_EXAMPLES_STREAM_BOMBS_H_
#define CELLBLOCK_TESTS_EXAMPLES_STREAM_BOMBS_H_

// Streams that are short, valid, and become very long: what an encoder makes of
// a part is there as often as it takes.

#include <cstdint>

#include "tests/examples/stream_packers.h"

namespace examples {

// `bytes` zeros at the least, each.
Bytes DeflateBomb(uint64_t bytes);  // neither header nor check
Bytes GzipBomb(uint64_t bytes);     // its check is wrong, which is at the end
Bytes ZlibBomb(uint64_t bytes);     // the same
Bytes BrotliBomb(uint64_t bytes);
Bytes ZstdBomb(uint64_t bytes);
Bytes XzBomb(uint64_t bytes);

// Short ones that ask for a long memory of what came out.
Bytes ZstdWindowBomb(int window_log);
Bytes XzDictionaryBomb();  // 1.5 GiB

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_STREAM_BOMBS_H_
