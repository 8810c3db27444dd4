// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_HOOKS_HOOK_CHECKS_H_
#define CELLBLOCK_TESTS_ALLOCATOR_HOOKS_HOOK_CHECKS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "allocator/cellblock.h"

// What is claimed of every decoder that takes its memory from an allocator of
// ours. All of it is run with MallocTrap set.
namespace cellblock {

using Bytes = std::vector<uint8_t>;

// kNoMemory: the decoder says so itself, by an error that means nothing else.
enum class Decoded : uint8_t { kDone, kNoMemory, kOther };

struct DecodeResult {
  Decoded how = Decoded::kOther;
  size_t bytes = 0;        // of the output
  const char* error = "";  // in the decoder's words; static
};

// A whole decoding, from the first call of the library to the last. The output
// is what it has to be in size.
using Decoder = DecodeResult (*)(const cellblock_allocator* allocator,
                                 std::span<const uint8_t> input,
                                 std::span<uint8_t> output);

struct DecoderCase {
  Decoder decode;
  Bytes input;
  Bytes original;       // what the input holds
  size_t pool_bytes;    // is enough
  size_t buffer_bytes;  // is enough for a pool in a buffer
};

Bytes ReadFile(const char* path);  // dies if there is none

// A fresh mapped pool, and a buffer of any content, serve the decoder to the
// right end; it gives everything back.
void ExpectDecodesFromAPool(const DecoderCase& decoder);
void ExpectDecodesFromABuffer(const DecoderCase& decoder);

// Whichever of its allocations fails, alone or with all that follow: kNoMemory,
// and everything is given back. It makes at least `least` of them.
void ExpectEachFailureIsItsOwnError(const DecoderCase& decoder, uint64_t least);

// In pools of every size from too small to enough: kNoMemory iff the pool was
// exhausted.
void ExpectASmallPoolIsItsOwnError(const DecoderCase& decoder);

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_HOOKS_HOOK_CHECKS_H_
