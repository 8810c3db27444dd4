// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/hooks/zstd.h"

#include <gtest/gtest.h>
#include <zstd_errors.h>

#include <algorithm>

#include "tests/allocator/hooks/hook_checks.h"

namespace cellblock {
namespace {

DecodeResult Decode(const cellblock_allocator* allocator,
                    std::span<const uint8_t> input, std::span<uint8_t> output) {
  ZSTD_DCtx* const context =
      ZSTD_createDCtx_advanced(cellblock_zstd_memory(allocator));
  if (context == nullptr) {
    return {.how = Decoded::kNoMemory, .bytes = 0, .error = "no context"};
  }
  ZSTD_inBuffer in = {.src = input.data(), .size = input.size(), .pos = 0};
  ZSTD_outBuffer out = {.dst = output.data(), .size = 0, .pos = 0};
  size_t code = 1;
  while (code != 0 && !ZSTD_isError(code) && out.pos < output.size()) {
    out.size = std::min(out.pos + 1000, output.size());
    code = ZSTD_decompressStream(context, &out, &in);
  }
  ZSTD_freeDCtx(context);
  const bool no_memory =
      ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation;
  return {.how = code == 0   ? Decoded::kDone
                 : no_memory ? Decoded::kNoMemory
                             : Decoded::kOther,
          .bytes = out.pos,
          .error = ZSTD_getErrorName(code)};
}

// The frame asks for a window of 8 MiB.
DecoderCase Licence() {
  return {.decode = Decode,
          .input = ReadFile("tests/allocator/hooks/data/license.zst"),
          .original = ReadFile("LICENSE"),
          .pool_bytes = 16 << 20,
          .buffer_bytes = 16 << 20};
}

TEST(ZstdHookTest, SeedParity_Row30_DecodesFromAPoolWithoutMalloc) {
  ExpectDecodesFromAPool(Licence());
}

TEST(ZstdHookTest, SeedParity_Row48_EachFailedAllocationIsItsOwnError) {
  ExpectEachFailureIsItsOwnError(Licence(), 2);
}

TEST(ZstdHookTest, SeedParity_Row48_APoolTooSmallIsItsOwnError) {
  ExpectASmallPoolIsItsOwnError(Licence());
}

TEST(ZstdHookTest, SeedParity_Row47_DecodesFromABufferOfAnyContent) {
  ExpectDecodesFromABuffer(Licence());
}

// 4 KB that ask for 128 MiB: the window is stated in the sixth byte (RFC 8878,
// 3.1.1.1.2), as 2 to the power of 10 more than its upper five bits.
TEST(ZstdHookTest, SeedParity_Row48_AWindowLargerThanThePoolIsItsOwnError) {
  DecoderCase bomb = Licence();
  bomb.input[5] = 17 << 3;
  cellblock_options options = {};
  options.bytes = bomb.pool_bytes;
  cellblock_pool* pool = nullptr;
  ASSERT_EQ(cellblock_create(&options, &pool, nullptr), CELLBLOCK_ERROR_NONE);
  Bytes output(bomb.original.size());
  const DecodeResult result = Decode(
      cellblock_get_allocator(pool, CELLBLOCK_NO_OWNER), bomb.input, output);
  EXPECT_EQ(result.how, Decoded::kNoMemory) << result.error;
  EXPECT_GE(cellblock_get_stats(pool).last_exhaustion.asked, 128u << 20);
  EXPECT_EQ(cellblock_get_stats(pool).in_use_bytes, 0u);
  cellblock_destroy(pool);
}

}  // namespace
}  // namespace cellblock
