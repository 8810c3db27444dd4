// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tests/allocator/hooks/hook_checks.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

#include "allocator/fault_injector.h"
#include "tests/allocator/hooks/malloc_trap.h"

namespace cellblock {
namespace {

// What a pool was left with.
struct After {
  cellblock_error created = CELLBLOCK_ERROR_NONE;
  cellblock_stats stats = {};
  cellblock_check check = {};
};

void ExpectNothingIsLeft(const After& after) {
  ASSERT_EQ(after.created, CELLBLOCK_ERROR_NONE)
      << cellblock_message(after.created);
  EXPECT_EQ(after.check.broken, nullptr);
  EXPECT_EQ(after.check.live_blocks, 0u);
  EXPECT_EQ(after.stats.in_use_bytes, 0u);
  EXPECT_EQ(after.stats.allocations, after.stats.frees);
}

void ExpectDone(const DecodeResult& result, const Bytes& output,
                const Bytes& original) {
  EXPECT_EQ(result.how, Decoded::kDone) << result.error;
  EXPECT_EQ(result.bytes, original.size());
  EXPECT_TRUE(output == original);
}

After LookAt(const cellblock_pool* pool) {
  return {.created = CELLBLOCK_ERROR_NONE,
          .stats = cellblock_get_stats(pool),
          .check = cellblock_validate(pool)};
}

// One decoding in a pool of its own.
DecodeResult DecodeIn(const cellblock_options& options,
                      const DecoderCase& decoder, Bytes& output, After* after) {
  DecodeResult result;
  const MallocTrap trap;
  cellblock_pool* pool = nullptr;
  after->created = cellblock_create(&options, &pool, nullptr);
  if (after->created != CELLBLOCK_ERROR_NONE) return result;
  result = decoder.decode(cellblock_get_allocator(pool, CELLBLOCK_NO_OWNER),
                          decoder.input, output);
  *after = LookAt(pool);
  cellblock_destroy(pool);
  return result;
}

}  // namespace

Bytes ReadFile(const char* path) {
  std::ifstream file(path, std::ios::binary);
  Bytes bytes(std::istreambuf_iterator<char>(file), {});
  if (!file || bytes.empty()) {
    std::cerr << "no such file, or an empty one: " << path << '\n';
    std::abort();
  }
  return bytes;
}

void ExpectDecodesFromAPool(const DecoderCase& decoder) {
  for (cellblock_fill fill :
       {CELLBLOCK_FILL_ZEROED, CELLBLOCK_FILL_UNINITIALIZED}) {
    cellblock_options options = {};
    options.bytes = decoder.pool_bytes;
    options.fill = fill;
    Bytes output(decoder.original.size());
    After after;
    const DecodeResult result = DecodeIn(options, decoder, output, &after);
    ExpectDone(result, output, decoder.original);
    ExpectNothingIsLeft(after);
    EXPECT_GT(after.stats.allocations, 0u);
  }
}

void ExpectDecodesFromABuffer(const DecoderCase& decoder) {
  Bytes buffer(decoder.buffer_bytes, 0xA5);
  Bytes output(decoder.original.size());
  cellblock_options options = {};
  options.fill = CELLBLOCK_FILL_UNINITIALIZED;
  DecodeResult result;
  After after;
  {
    const MallocTrap trap;
    cellblock_pool* pool = nullptr;
    after.created =
        cellblock_create_over({.data = buffer.data(),
                               .bytes = buffer.size(),
                               .content = CELLBLOCK_CONTENT_UNKNOWN},
                              &options, &pool);
    if (after.created == CELLBLOCK_ERROR_NONE) {
      result = decoder.decode(cellblock_get_allocator(pool, CELLBLOCK_NO_OWNER),
                              decoder.input, output);
      after = LookAt(pool);
      cellblock_destroy(pool);
    }
  }
  ExpectDone(result, output, decoder.original);
  ExpectNothingIsLeft(after);
}

void ExpectEachFailureIsItsOwnError(const DecoderCase& decoder,
                                    uint64_t least) {
  cellblock_options options = {};
  options.bytes = decoder.pool_bytes;
  cellblock_pool* pool = nullptr;
  ASSERT_EQ(cellblock_create(&options, &pool, nullptr), CELLBLOCK_ERROR_NONE);
  const cellblock_allocator* const allocator =
      cellblock_get_allocator(pool, CELLBLOCK_NO_OWNER);
  for (cellblock_fault fault :
       {CELLBLOCK_FAULT_ONCE, CELLBLOCK_FAULT_FROM_THEN_ON}) {
    cellblock_fault_injector injector;
    uint64_t n = 0;
    do {
      ++n;
      SCOPED_TRACE(n);
      cellblock_inject(&injector, allocator, n, fault);
      Bytes output(decoder.original.size());
      DecodeResult result;
      {
        const MallocTrap trap;
        result = decoder.decode(&injector.allocator, decoder.input, output);
      }
      if (injector.failed != 0) {
        EXPECT_EQ(result.how, Decoded::kNoMemory) << result.error;
      } else {
        ExpectDone(result, output, decoder.original);
      }
      ExpectNothingIsLeft(LookAt(pool));
    } while (injector.failed != 0 && !testing::Test::HasFailure());
    EXPECT_EQ(injector.allocations, n - 1);
    EXPECT_GE(injector.allocations, least);
  }
  cellblock_destroy(pool);
}

void ExpectASmallPoolIsItsOwnError(const DecoderCase& decoder) {
  size_t refused = 0;
  size_t done = 0;
  for (size_t bytes = 4096; bytes <= decoder.pool_bytes; bytes += bytes / 8) {
    SCOPED_TRACE(bytes);
    cellblock_options options = {};
    options.bytes = bytes;
    Bytes output(decoder.original.size());
    After after;
    const DecodeResult result = DecodeIn(options, decoder, output, &after);
    ExpectNothingIsLeft(after);
    if (after.stats.exhausted == 0) {
      ExpectDone(result, output, decoder.original);
      ++done;
    } else {
      EXPECT_EQ(result.how, Decoded::kNoMemory) << result.error;
      EXPECT_GT(after.stats.last_exhaustion.short_by, 0u);
      ++refused;
    }
  }
  EXPECT_GT(refused, 0u);
  EXPECT_GT(done, 0u);
}

}  // namespace cellblock
