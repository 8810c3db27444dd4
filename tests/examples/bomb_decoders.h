// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_EXAMPLES_BOMB_DECODERS_H_
#define CELLBLOCK_TESTS_EXAMPLES_BOMB_DECODERS_H_

#include <span>

#include "jail/call/decoder.h"

namespace examples {

// For each decoder NAME: "NAME", with limits (64 MiB of output or 64 million
// pixels, windows of 8 MiB), and "NAME without limits".
std::span<const cellblock::Decoder> BombDecoders();

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_BOMB_DECODERS_H_
