// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/hooks/brotli.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/allocator/hooks/hook_checks.h"

namespace cellblock {
namespace {

Decoded HowOf(BrotliDecoderErrorCode code) {
  switch (code) {
    case BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES:
    case BROTLI_DECODER_ERROR_ALLOC_TREE_GROUPS:
    case BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MAP:
    case BROTLI_DECODER_ERROR_ALLOC_RING_BUFFER_1:
    case BROTLI_DECODER_ERROR_ALLOC_RING_BUFFER_2:
    case BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES:
      return Decoded::kNoMemory;
    default:
      return Decoded::kOther;
  }
}

DecodeResult Decode(const cellblock_allocator* allocator,
                    std::span<const uint8_t> input, std::span<uint8_t> output) {
  BrotliDecoderState* const state = cellblock_brotli_decoder(allocator);
  if (state == nullptr) {
    return {.how = Decoded::kNoMemory, .bytes = 0, .error = "no instance"};
  }
  const uint8_t* next_in = input.data();
  size_t left_in = input.size();
  size_t bytes = 0;
  BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
  while (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT &&
         bytes < output.size()) {
    uint8_t* next_out = output.data() + bytes;
    size_t left_out = std::min<size_t>(output.size() - bytes, 1000);
    result = BrotliDecoderDecompressStream(state, &left_in, &next_in, &left_out,
                                           &next_out, &bytes);
  }
  const BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(state);
  BrotliDecoderDestroyInstance(state);
  return {.how = result == BROTLI_DECODER_RESULT_SUCCESS ? Decoded::kDone
                                                         : HowOf(code),
          .bytes = bytes,
          .error = BrotliDecoderErrorString(code)};
}

DecoderCase Licence() {
  return {.decode = Decode,
          .input = ReadFile("tests/allocator/hooks/data/license.br"),
          .original = ReadFile("LICENSE"),
          .pool_bytes = 1 << 20,
          .buffer_bytes = 1 << 20};
}

TEST(BrotliHookTest, SeedParity_Row30_DecodesFromAPoolWithoutMalloc) {
  ExpectDecodesFromAPool(Licence());
}

TEST(BrotliHookTest, SeedParity_Row48_EachFailedAllocationIsItsOwnError) {
  ExpectEachFailureIsItsOwnError(Licence(), 3);
}

TEST(BrotliHookTest, SeedParity_Row48_APoolTooSmallIsItsOwnError) {
  ExpectASmallPoolIsItsOwnError(Licence());
}

TEST(BrotliHookTest, SeedParity_Row47_DecodesFromABufferOfAnyContent) {
  ExpectDecodesFromABuffer(Licence());
}

}  // namespace
}  // namespace cellblock
