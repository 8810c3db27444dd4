// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/hooks/zlib.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <climits>
#include <cstring>

#include "tests/allocator/hooks/hook_checks.h"
#include "tests/allocator/hooks/malloc_trap.h"

namespace cellblock {
namespace {

DecodeResult ResultOf(int code, size_t bytes) {
  const Decoded how = code == Z_STREAM_END  ? Decoded::kDone
                      : code == Z_MEM_ERROR ? Decoded::kNoMemory
                                            : Decoded::kOther;
  return {.how = how, .bytes = bytes, .error = zError(code)};
}

// In small pieces, so that a window is kept.
DecodeResult Inflate(const cellblock_allocator* allocator,
                     std::span<const uint8_t> input,
                     std::span<uint8_t> output) {
  z_stream stream = {};
  cellblock_zlib_use(allocator, &stream);
  int code = inflateInit2(&stream, MAX_WBITS + 16);  // of gzip
  if (code != Z_OK) return ResultOf(code, 0);
  stream.next_in = const_cast<uint8_t*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  while (code == Z_OK) {
    const size_t left = output.size() - stream.total_out;
    stream.next_out = output.data() + stream.total_out;
    stream.avail_out = static_cast<uInt>(std::min<size_t>(left, 1000));
    code = inflate(&stream, Z_NO_FLUSH);
  }
  const size_t bytes = stream.total_out;
  inflateEnd(&stream);
  return ResultOf(code, bytes);
}

DecoderCase Licence() {
  return {.decode = Inflate,
          .input = ReadFile("tests/allocator/hooks/data/license.gz"),
          .original = ReadFile("LICENSE"),
          .pool_bytes = 64 << 10,
          .buffer_bytes = 80 << 10};
}

TEST(ZlibHookTest, SeedParity_Row30_DecodesFromAPoolWithoutMalloc) {
  ExpectDecodesFromAPool(Licence());
}

TEST(ZlibHookTest, SeedParity_Row48_EachFailedAllocationIsZMemError) {
  ExpectEachFailureIsItsOwnError(Licence(), 2);
}

TEST(ZlibHookTest, SeedParity_Row48_APoolTooSmallIsZMemError) {
  ExpectASmallPoolIsItsOwnError(Licence());
}

TEST(ZlibHookTest, SeedParity_Row47_DecodesFromABufferOfAnyContent) {
  ExpectDecodesFromABuffer(Licence());
}

TEST(ZlibHookTest, SeedParity_Row47_DecodesFromAnArrayOnTheStack) {
  const DecoderCase licence = Licence();
  Bytes output(licence.original.size());
  DecodeResult result;
  {
    const MallocTrap trap;
    uint8_t scratch[80 << 10];
    cellblock_pool* pool = nullptr;
    if (cellblock_create_over({.data = scratch,
                               .bytes = sizeof(scratch),
                               .content = CELLBLOCK_CONTENT_UNKNOWN},
                              nullptr, &pool) == CELLBLOCK_ERROR_NONE) {
      result = Inflate(cellblock_get_allocator(pool, CELLBLOCK_NO_OWNER),
                       licence.input, output);
    }
  }
  EXPECT_EQ(result.how, Decoded::kDone) << result.error;
  EXPECT_TRUE(output == licence.original);
}

TEST(ZlibHookTest, ItemsTimesSizeDoesNotWrap) {
  cellblock_options options = {};
  options.bytes = 64 << 10;
  cellblock_pool* pool = nullptr;
  ASSERT_EQ(cellblock_create(&options, &pool, nullptr), CELLBLOCK_ERROR_NONE);
  z_stream stream = {};
  cellblock_zlib_use(cellblock_get_allocator(pool, CELLBLOCK_NO_OWNER),
                     &stream);
  for (uInt items : {UINT_MAX, 1u << 16, (1u << 16) + 1}) {
    EXPECT_EQ(stream.zalloc(stream.opaque, items, UINT_MAX), nullptr);
    EXPECT_EQ(stream.zalloc(stream.opaque, UINT_MAX, items), nullptr);
    EXPECT_EQ(stream.zalloc(stream.opaque, items, 1u << 16), nullptr);
  }
  void* const block = stream.zalloc(stream.opaque, 3, 5);
  ASSERT_NE(block, nullptr);
  EXPECT_GE(cellblock_usable_size(pool, block), 15u);
  stream.zfree(stream.opaque, block);
  EXPECT_EQ(cellblock_get_stats(pool).in_use_bytes, 0u);
  cellblock_destroy(pool);
}

}  // namespace
}  // namespace cellblock
