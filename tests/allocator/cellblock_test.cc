// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/cellblock.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "allocator/error.h"
#include "allocator/region.h"
#include "allocator/result.h"
#include "tests/allocator/cellblock_fixture.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/region_fixture.h"

namespace cellblock {
namespace {

constexpr size_t kKiB = 1024;

cellblock_error CreateError(const cellblock_options& options,
                            int* os_error = nullptr) {
  cellblock_pool* pool = reinterpret_cast<cellblock_pool*>(1);
  const cellblock_error error = cellblock_create(&options, &pool, os_error);
  EXPECT_EQ(pool == nullptr, error != CELLBLOCK_ERROR_NONE);
  cellblock_destroy(pool);
  return error;
}

cellblock_error CreateOverError(cellblock_buffer buffer,
                                const cellblock_options* options = nullptr) {
  cellblock_pool* pool = reinterpret_cast<cellblock_pool*>(1);
  const cellblock_error error = cellblock_create_over(buffer, options, &pool);
  EXPECT_EQ(pool == nullptr, error != CELLBLOCK_ERROR_NONE);
  cellblock_destroy(pool);
  return error;
}

TEST(CellblockTest, EveryErrorHasTheMessageOfItsTwin) {
  for (unsigned i = CELLBLOCK_ERROR_NONE; i <= CELLBLOCK_ERROR_DOUBLE_FREE;
       ++i) {
    EXPECT_STREQ(cellblock_message(static_cast<cellblock_error>(i)),
                 Message(static_cast<AllocatorError>(i)));
    EXPECT_STRNE(cellblock_message(static_cast<cellblock_error>(i)),
                 "unknown error");
  }
  // An error that is added there is missed here.
  for (unsigned i : {CELLBLOCK_ERROR_DOUBLE_FREE + 1u, 255u, 257u, ~0u}) {
    EXPECT_STREQ(cellblock_message(static_cast<cellblock_error>(i)),
                 "unknown error");
  }
  EXPECT_STREQ(
      cellblock_message(CELLBLOCK_ERROR_BAD_OPTION),
      "a field has a value that is none of its enumeration: correct it");
}

TEST(CellblockTest, CreateNamesWhyNot) {
  EXPECT_EQ(CreateError({}), CELLBLOCK_ERROR_ZERO_BYTES);
  cellblock_pool* pool = nullptr;
  EXPECT_EQ(cellblock_create(nullptr, &pool, nullptr),
            CELLBLOCK_ERROR_ZERO_BYTES);
  int os_error = -1;
  EXPECT_EQ(CreateError({.bytes = SIZE_MAX}, &os_error),
            CELLBLOCK_ERROR_TOO_LARGE);
  EXPECT_EQ(os_error, 0);
  EXPECT_EQ(CreateError({.bytes = size_t{1} << 60}, &os_error),
            CELLBLOCK_ERROR_MAP_FAILED);
  EXPECT_EQ(os_error, ENOMEM);
  EXPECT_EQ(CreateError({.bytes = 64 * kKiB}, &os_error), CELLBLOCK_ERROR_NONE);
  EXPECT_EQ(os_error, 0);
  EXPECT_EQ(CreateError({.bytes = 64 * kKiB, .unit = 17}),
            CELLBLOCK_ERROR_BAD_ALIGNMENT);
  EXPECT_EQ(CreateError({.bytes = 64 * kKiB, .fill = CELLBLOCK_FILL_FUNCTION}),
            CELLBLOCK_ERROR_NO_FILL_FUNCTION);
}

TEST(CellblockTest, AValueOfNoEnumerationIsRefused) {
  const cellblock_options good = {.bytes = 64 * kKiB};
  for (unsigned value : {3u, 256u, ~0u}) {
    cellblock_options options = good;
    options.fill = static_cast<cellblock_fill>(value);
    EXPECT_EQ(CreateError(options), CELLBLOCK_ERROR_BAD_OPTION);
    options = good;
    options.commit = static_cast<cellblock_commit>(value);
    EXPECT_EQ(CreateError(options), CELLBLOCK_ERROR_BAD_OPTION);
    options = good;
    options.pages = static_cast<cellblock_pages>(value);
    EXPECT_EQ(CreateError(options), CELLBLOCK_ERROR_BAD_OPTION);
  }
  uint8_t memory[4 * kKiB];
  cellblock_buffer buffer = {.data = memory, .bytes = sizeof(memory)};
  cellblock_options options = good;
  options.scrub = static_cast<cellblock_scrub>(2);
  EXPECT_EQ(CreateError(options), CELLBLOCK_ERROR_BAD_OPTION);
  EXPECT_EQ(CreateOverError(buffer, &options), CELLBLOCK_ERROR_BAD_OPTION);
  buffer.content = static_cast<cellblock_content>(2);
  EXPECT_EQ(CreateOverError(buffer), CELLBLOCK_ERROR_BAD_OPTION);
  CPool pool(good);
  EXPECT_EQ(cellblock_grow(pool, buffer), CELLBLOCK_ERROR_BAD_OPTION);
}

TEST(CellblockTest, CreateOverNamesWhyNot) {
  uint8_t memory[4 * kKiB];
  EXPECT_EQ(CreateOverError({.data = nullptr, .bytes = 4096}),
            CELLBLOCK_ERROR_NULL_BUFFER);
  EXPECT_EQ(CreateOverError({.data = memory, .bytes = 0}),
            CELLBLOCK_ERROR_ZERO_BYTES);
  EXPECT_EQ(CreateOverError({.data = memory, .bytes = SIZE_MAX}),
            CELLBLOCK_ERROR_TOO_LARGE);
  for (size_t bytes : {1, 100, 500}) {
    EXPECT_EQ(CreateOverError({.data = memory, .bytes = bytes}),
              CELLBLOCK_ERROR_TOO_SMALL);
  }
  const cellblock_options owners = {.owners = UINT32_MAX};
  EXPECT_EQ(CreateOverError({.data = memory, .bytes = 4096}, &owners),
            CELLBLOCK_ERROR_TOO_SMALL);
}

TEST(CellblockTest, TheHandleIsInNoFigure) {
  CPool pool({.bytes = 64 * kKiB});
  const cellblock_stats stats = cellblock_get_stats(pool);
  EXPECT_EQ(stats.pool_bytes, 64 * kKiB);
  EXPECT_EQ(stats.unit_bytes, 16u);
  EXPECT_EQ(stats.in_use_bytes, 0u);
  EXPECT_EQ(stats.ever_bytes, 0u);
  EXPECT_EQ(stats.allocations, 0u);
  EXPECT_EQ(stats.free_bytes, 64 * kKiB);
  EXPECT_EQ(stats.largest_free_bytes, 64 * kKiB);
  EXPECT_EQ(stats.fragmentation, 0.0);
  EXPECT_NE(cellblock_alloc(pool, 64 * kKiB), nullptr);
  EXPECT_TRUE(IsSound(pool));
}

TEST(CellblockTest, TheHandleTakesLittleOfABuffer) {
  const size_t bytes = 64 * kKiB;
  std::vector<uint8_t> memory(bytes);
  const auto pool_bytes = [&memory](uint32_t owners) {
    CPool pool(memory.data(), memory.size(), CELLBLOCK_CONTENT_UNKNOWN,
               {.owners = owners});
    return cellblock_get_stats(pool).pool_bytes;
  };
  EXPECT_GE(pool_bytes(0) * 100, bytes * 63);
  // An owner's figures take room as well.
  EXPECT_GE(pool_bytes(8) + 8 * (64 + 32), pool_bytes(0));
}

TEST(CellblockTest, APoolStaysWithinItsBuffer) {
  std::vector<uint8_t> memory(3 * 4096);
  size_t smallest = SIZE_MAX;
  for (size_t bytes = 1; bytes < 4096; bytes += 13) {
    for (size_t offset : {0, 1, 7, 8, 15}) {
      std::memset(memory.data(), 0xA5, memory.size());
      uint8_t* const start = memory.data() + 64 + offset;
      const cellblock_options options = {.owners = 2};
      cellblock_pool* pool = nullptr;
      const cellblock_error error = cellblock_create_over(
          {.data = start, .bytes = bytes, .content = CELLBLOCK_CONTENT_UNKNOWN},
          &options, &pool);
      if (error != CELLBLOCK_ERROR_NONE) {
        ASSERT_EQ(error, CELLBLOCK_ERROR_TOO_SMALL);
        continue;
      }
      smallest = std::min(smallest, bytes);
      ASSERT_EQ(reinterpret_cast<uintptr_t>(pool) % alignof(uint64_t), 0u);
      const size_t served = cellblock_get_stats(pool).pool_bytes;
      void* const block = cellblock_alloc(pool, served);
      ASSERT_NE(block, nullptr);
      ASSERT_TRUE(IsAll(block, 0, served));
      std::memset(block, 0xFF, served);
      const cellblock_allocator* const owned = cellblock_get_allocator(pool, 2);
      ASSERT_EQ(owned->alloc(owned->opaque, 1), nullptr);
      ASSERT_TRUE(IsSound(pool)) << "the pool overlaps what is kept about it";
      cellblock_destroy(pool);
      ASSERT_TRUE(IsAll(memory.data(), 0xA5, 64 + offset));
      ASSERT_TRUE(
          IsAll(start + bytes, 0xA5, memory.size() - bytes - 64 - offset));
    }
  }
  EXPECT_LT(smallest, 2048u);
}

TEST(CellblockTest, BlocksAreAlignedAndZero) {
  CPool pool({.bytes = 64 * kKiB});
  for (int round = 0; round < 2; ++round) {
    std::vector<void*> blocks;
    for (size_t bytes : {0, 1, 15, 16, 17, 1000}) {
      void* const block = cellblock_alloc(pool, bytes);
      ASSERT_NE(block, nullptr);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % 16, 0u);
      const size_t usable = cellblock_usable_size(pool, block);
      EXPECT_EQ(usable, bytes == 0 ? 16 : (bytes + 15) / 16 * 16);
      EXPECT_TRUE(IsAll(block, 0, usable));
      std::memset(block, 0xEE, usable);
      blocks.push_back(block);
      EXPECT_TRUE(IsSound(pool));
    }
    for (void* block : blocks) cellblock_free(pool, block);
  }
  cellblock_free(pool, nullptr);
  EXPECT_EQ(cellblock_get_stats(pool).frees, 12u);
}

TEST(CellblockTest, AnyPowerOfTwoCanBeAskedFor) {
  CPool pool({.bytes = 256 * kKiB});
  ASSERT_NE(cellblock_alloc(pool, 1), nullptr);
  for (size_t alignment = 1; alignment <= 64 * kKiB; alignment *= 2) {
    void* const block = cellblock_alloc_aligned(pool, alignment, 3);
    ASSERT_NE(block, nullptr) << alignment;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignment, 0u);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % 16, 0u);
    EXPECT_TRUE(IsSound(pool));
  }
  for (size_t alignment : {0, 3, 48}) {
    EXPECT_EQ(cellblock_alloc_aligned(pool, alignment, 3), nullptr);
    EXPECT_EQ(cellblock_last_error(pool), CELLBLOCK_ERROR_BAD_ALIGNMENT);
  }
  EXPECT_EQ(cellblock_get_stats(pool).exhausted, 0u);
}

TEST(CellblockTest, ReallocKeepsWhatTheBlockHeld) {
  CPool pool({.bytes = 64 * kKiB});
  uint8_t* block = static_cast<uint8_t*>(cellblock_realloc(pool, nullptr, 100));
  ASSERT_NE(block, nullptr);
  std::memset(block, 0x11, 100);
  ASSERT_NE(cellblock_alloc(pool, 1), nullptr);  // so that it must move
  uint8_t* const moved =
      static_cast<uint8_t*>(cellblock_realloc(pool, block, 10'000));
  ASSERT_NE(moved, nullptr);
  EXPECT_NE(moved, block);
  EXPECT_EQ(cellblock_usable_size(pool, block), 0u);
  EXPECT_TRUE(IsAll(moved, 0x11, 100));
  EXPECT_TRUE(IsAll(moved + 112, 0, 10'000 - 112));
  EXPECT_EQ(cellblock_realloc(pool, moved, 64 * kKiB), nullptr);
  EXPECT_EQ(cellblock_last_error(pool), CELLBLOCK_ERROR_EXHAUSTED);
  EXPECT_TRUE(IsAll(moved, 0x11, 100));
  EXPECT_EQ(cellblock_realloc(pool, moved, 90), moved);
  EXPECT_EQ(cellblock_last_error(pool), CELLBLOCK_ERROR_NONE);
  EXPECT_TRUE(IsAll(moved, 0x11, 90));
  EXPECT_EQ(cellblock_realloc(pool, moved, 0), moved);
  EXPECT_EQ(cellblock_usable_size(pool, moved), 16u);
  EXPECT_TRUE(IsSound(pool));
  EXPECT_EQ(cellblock_validate(pool).live_blocks, 2u);
}

void FillWithContext(void* block, size_t bytes, void* context) {
  std::memset(block, *static_cast<uint8_t*>(context), bytes);
}

struct Seen {
  int freed;   // each byte of a block that was all 0xEE, after it was freed
  int reused;  // and when it was handed out again
};

Seen WriteFreeAndReuse(const cellblock_options& options) {
  CPool pool(options);
  uint8_t* const block = static_cast<uint8_t*>(cellblock_alloc(pool, 4096));
  std::memset(block, 0xEE, 4096);
  cellblock_free(pool, block);
  Seen seen;
  seen.freed = IsAll(block, block[0], 4096) ? block[0] : -1;
  EXPECT_EQ(cellblock_alloc(pool, 4096), block);
  seen.reused = IsAll(block, block[0], 4096) ? block[0] : -1;
  return seen;
}

TEST(CellblockTest, FillAndScrubAreAsAskedFor) {
  cellblock_options options = {.bytes = 4096};
  Seen seen = WriteFreeAndReuse(options);
  EXPECT_EQ(seen.freed, 0xEE);
  EXPECT_EQ(seen.reused, 0);

  options.fill = CELLBLOCK_FILL_UNINITIALIZED;
  EXPECT_EQ(WriteFreeAndReuse(options).reused, 0xEE);

  options.scrub = CELLBLOCK_SCRUB_ON_FREE;
  EXPECT_EQ(WriteFreeAndReuse(options).freed, 0);

  uint8_t value = 0x77;
  options.fill = CELLBLOCK_FILL_FUNCTION;
  options.fill_function = FillWithContext;
  options.fill_context = &value;
  EXPECT_EQ(WriteFreeAndReuse(options).reused, 0x77);
}

TEST(CellblockTest, TheContentOfABufferIsAsClaimed) {
  std::vector<uint8_t> memory(64 * kKiB, 0xA5);
  const auto first_byte = [&memory](cellblock_content content) {
    CPool pool(memory.data(), memory.size(), content);
    return *static_cast<uint8_t*>(cellblock_alloc(pool, 1));
  };
  EXPECT_EQ(first_byte(CELLBLOCK_CONTENT_UNKNOWN), 0);
  // The claim is believed: one that is false shows.
  std::fill(memory.begin(), memory.end(), 0);
  std::fill(memory.end() - 1024, memory.end(), 0xA5);
  CPool pool(memory.data(), memory.size(), CELLBLOCK_CONTENT_ZERO);
  const size_t bytes = cellblock_get_stats(pool).pool_bytes;
  uint8_t* const all = static_cast<uint8_t*>(cellblock_alloc(pool, bytes));
  EXPECT_EQ(all[bytes - 1], 0xA5);
}

TEST(CellblockTest, CommitAndPagesAreAsAskedForOrLess) {
  for (cellblock_commit commit :
       {CELLBLOCK_COMMIT_LAZY, CELLBLOCK_COMMIT_POPULATE,
        CELLBLOCK_COMMIT_LOCK}) {
    CPool pool({.bytes = 64 * kKiB, .commit = commit});
    EXPECT_NE(cellblock_alloc(pool, 64 * kKiB), nullptr);
    EXPECT_EQ(cellblock_get_pages(pool), CELLBLOCK_PAGES_SMALL);
  }
  for (Pages pages : {Pages::kTransparentHuge, Pages::kHuge}) {
    const Result<Region> region =
        Region::Map({.bytes = 4096 * kKiB, .pages = pages});
    ASSERT_TRUE(region.ok());
    CPool pool(
        {.bytes = 4096 * kKiB, .pages = static_cast<cellblock_pages>(pages)});
    EXPECT_NE(cellblock_alloc(pool, 4096 * kKiB), nullptr);
    EXPECT_EQ(static_cast<Pages>(cellblock_get_pages(pool)), region->pages());
  }
}

TEST(CellblockTest, AUnitCanBeChosen) {
  CPool pool({.bytes = 64 * kKiB, .unit = 4096});
  void* const block = cellblock_alloc(pool, 1);
  EXPECT_EQ(cellblock_usable_size(pool, block), 4096u);
}

TEST(CellblockTest, APoolGrowsByABuffer) {
  std::vector<uint8_t> memory(64 * kKiB, 0xA5);
  CPool pool({.bytes = 4 * kKiB});
  ASSERT_NE(cellblock_alloc(pool, 4 * kKiB), nullptr);
  EXPECT_EQ(cellblock_alloc(pool, 32 * kKiB), nullptr);
  EXPECT_EQ(cellblock_grow(pool, {}), CELLBLOCK_ERROR_ZERO_BYTES);
  EXPECT_EQ(cellblock_grow(pool, {.data = nullptr, .bytes = 1}),
            CELLBLOCK_ERROR_NULL_BUFFER);
  EXPECT_EQ(cellblock_grow(pool, {.data = memory.data(), .bytes = 16}),
            CELLBLOCK_ERROR_TOO_SMALL);
  ASSERT_EQ(
      cellblock_grow(pool, {.data = memory.data(), .bytes = memory.size()}),
      CELLBLOCK_ERROR_NONE);
  uint8_t* const block =
      static_cast<uint8_t*>(cellblock_alloc(pool, 32 * kKiB));
  ASSERT_NE(block, nullptr);
  EXPECT_GE(block, memory.data());
  EXPECT_LE(block + 32 * kKiB, memory.data() + memory.size());
  EXPECT_TRUE(IsAll(block, 0, 32 * kKiB));
  EXPECT_TRUE(IsSound(pool));
  cellblock_free(pool, block);
}

TEST(CellblockTest, DestroyGivesBackTheMemoryUnlessItIsRetained) {
  for (bool retained : {false, true}) {
    cellblock_pool* pool = nullptr;
    const cellblock_options options = {.bytes = 64 * kKiB};
    ASSERT_EQ(cellblock_create(&options, &pool, nullptr), CELLBLOCK_ERROR_NONE);
    void* const block = cellblock_alloc(pool, 10);
    if (retained) cellblock_retain(pool);
    ASSERT_TRUE(IsMapped(block));
    ASSERT_TRUE(IsMapped(pool));
    cellblock_destroy(pool);
    EXPECT_EQ(IsMapped(block), retained);
    EXPECT_EQ(IsMapped(pool), retained);
  }
  cellblock_destroy(nullptr);
}

TEST(CellblockTest, ValidateNamesWhatIsBroken) {
  std::vector<uint8_t> memory(4 * kKiB);
  CPool pool(memory.data(), memory.size());
  const size_t bytes = cellblock_get_stats(pool).pool_bytes;
  uint8_t* const first = static_cast<uint8_t*>(cellblock_alloc(pool, 16));
  ASSERT_NE(cellblock_alloc(pool, bytes - 16), nullptr);
  cellblock_check check = cellblock_validate(pool);
  EXPECT_EQ(check.broken, nullptr);
  EXPECT_EQ(check.live_blocks, 2u);
  std::memset(first - 64, 0xFF, 64);  // the end of the table
  check = cellblock_validate(pool);
  EXPECT_NE(check.broken, nullptr);
  EXPECT_EQ(check.offset, 16u);  // of the block whose tags these are
}

}  // namespace
}  // namespace cellblock
