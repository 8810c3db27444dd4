// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The malloc family, in a program whose whole memory it is.

#include <dlfcn.h>
#include <errno.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "allocator/malloc/process_heap.h"
#include "tests/allocator/malloc/whole_process_pool.h"

namespace cellblock {
namespace {

constexpr size_t kMaxSize = std::numeric_limits<size_t>::max();
constexpr size_t kPage = 4096;
constexpr size_t kTooMuch = kWholePoolBytes + 1;

bool InPool(const void* block) { return ProcessHeap::Get().Owns(block); }

bool IsAligned(const void* block, size_t alignment) {
  return reinterpret_cast<uintptr_t>(block) % alignment == 0;
}

bool IsAll(const void* memory, char value, size_t bytes) {
  const char* const at = static_cast<const char*>(memory);
  return std::all_of(at, at + bytes, [value](char c) { return c == value; });
}

// As most of these tests end: a block, which is written to and freed.
void ExpectBlock(void* block, size_t bytes, size_t alignment) {
  ASSERT_NE(block, nullptr) << bytes;
  EXPECT_TRUE(InPool(block));
  EXPECT_TRUE(IsAligned(block, alignment)) << bytes << ", " << alignment;
  EXPECT_GE(malloc_usable_size(block), bytes);
  memset(block, 'x', bytes);
  free(block);
}

// Null, and that errno.
void ExpectRefused(void* block, int error, size_t bytes) {
  EXPECT_EQ(Opaque(block), nullptr) << bytes;
  EXPECT_EQ(errno, error) << bytes;
  errno = 0;
}

TEST(MallocFamilyTest, SeedParity_Row29_WholeProcessLivesOnThePool) {
  EXPECT_TRUE(InPool(std::make_unique<int>().get()));
  EXPECT_TRUE(InPool(std::string(100, 'x').data()));
  EXPECT_TRUE(InPool(std::vector<int>(100).data()));
  EXPECT_TRUE(InPool(testing::UnitTest::GetInstance()->current_test_info()));
  // By way of libc and libstdc++.
  char* const copy = strdup("text");
  EXPECT_TRUE(InPool(copy));
  free(copy);
  char* text = nullptr;
  EXPECT_GT(asprintf(&text, "%d", 7), 0);
  EXPECT_TRUE(InPool(text));
  free(text);
  FILE* const file = fopen("/dev/null", "r");
  EXPECT_TRUE(InPool(file));
  fclose(file);
  try {
    throw 1;
  } catch (const int& thrown) {
    EXPECT_TRUE(InPool(&thrown));
  }
  // libc's own heap was never used.
  using Mallinfo = struct mallinfo2();
  auto* const libcs =
      reinterpret_cast<Mallinfo*>(dlsym(RTLD_NEXT, "mallinfo2"));
  ASSERT_NE(libcs, nullptr);
  ASSERT_NE(libcs, &mallinfo2);
  const struct mallinfo2 libc = libcs();
  EXPECT_EQ(libc.arena, 0u);
  EXPECT_EQ(libc.hblkhd, 0u);
}

// malloc and free.

TEST(MallocFamilyTest, MallocAlignsEverySize) {
  for (size_t bytes = 0; bytes <= 2 * kPage; ++bytes) {
    ExpectBlock(malloc(bytes), bytes, alignof(max_align_t));
  }
}

TEST(MallocFamilyTest, MallocOfNothingIsABlockOfItsOwn) {
  void* const a = malloc(Opaque(0));
  void* const b = malloc(Opaque(0));
  EXPECT_NE(a, nullptr);
  EXPECT_NE(b, nullptr);
  EXPECT_NE(a, b);
  free(a);
  free(b);
}

TEST(MallocFamilyTest, MallocOfTooMuchIsNoMemory) {
  errno = 0;
  for (const size_t bytes : {kTooMuch, size_t{PTRDIFF_MAX},
                             size_t{PTRDIFF_MAX} + 1, kMaxSize - 1, kMaxSize}) {
    ExpectRefused(malloc(Opaque(bytes)), ENOMEM, bytes);
  }
}

TEST(MallocFamilyTest, FreeLeavesErrnoAlone) {
  void* const block = malloc(100);
  int older = 0;
  errno = EXDEV;
  free(block);
  EXPECT_EQ(errno, EXDEV);
  free(nullptr);
  EXPECT_EQ(errno, EXDEV);
  free(Opaque(&older));  // as if it were older than the pool
  EXPECT_EQ(errno, EXDEV);
  errno = 0;
}

TEST(MallocFamilyTest, FreedMemoryIsUsedAgain) {
  const size_t before = LiveBytes();
  for (int i = 0; i < 1000; ++i) {
    void* const block = malloc(kWholePoolBytes / 2);
    ASSERT_NE(block, nullptr);
    free(block);
  }
  EXPECT_EQ(LiveBytes(), before);
}

// calloc.

TEST(MallocFamilyTest, SeedParity_Row29_CallocIsZeroAlsoWhenReused) {
  for (const size_t bytes : {1, 24, 100, 4096, 100000}) {
    void* const dirty = malloc(bytes);
    memset(dirty, 0xEE, bytes);
    free(dirty);
    void* const block = Opaque(calloc(bytes, 1));
    ASSERT_NE(block, nullptr);
    EXPECT_TRUE(IsAll(block, 0, bytes)) << bytes;
    free(block);
    void* const array = Opaque(calloc(7, bytes));
    EXPECT_TRUE(IsAll(array, 0, 7 * bytes)) << bytes;
    free(array);
  }
}

TEST(MallocFamilyTest, CallocOfNothingIsABlock) {
  ExpectBlock(calloc(Opaque(0), 7), 0, 16);
  ExpectBlock(calloc(Opaque(7), 0), 0, 16);
  ExpectBlock(calloc(Opaque(0), 0), 0, 16);
  ExpectBlock(calloc(Opaque(kMaxSize), 0), 0, 16);
}

constexpr size_t kHalf = size_t{1} << 32;

// Products that do not fit, the smallest of them among others: 0, 2, 2^63 and
// the like are what is left of them in 64 bits.
constexpr size_t kOverflows[][2] = {
    {kMaxSize, 2},         {2, kMaxSize},           {kMaxSize, kMaxSize},
    {kHalf, kHalf},        {kHalf + 1, kHalf},      {kMaxSize / 2 + 1, 2},
    {kMaxSize / 2 + 2, 2}, {kMaxSize / 16 + 2, 16},
};

TEST(MallocFamilyTest, CallocOfAnOverflowIsNoMemory) {
  errno = 0;
  for (const auto& [count, size] : kOverflows) {
    ExpectRefused(calloc(Opaque(count), Opaque(size)), ENOMEM, count);
  }
  ExpectRefused(calloc(Opaque(kMaxSize), 1), ENOMEM, kMaxSize);
  ExpectRefused(calloc(1, Opaque(kTooMuch)), ENOMEM, kTooMuch);
}

// realloc and reallocarray.

TEST(MallocFamilyTest, ReallocOfNullIsMalloc) {
  ExpectBlock(realloc(nullptr, Opaque(100)), 100, 16);
  ExpectBlock(realloc(nullptr, Opaque(0)), 0, 16);
  ExpectBlock(reallocarray(nullptr, 10, Opaque(10)), 100, 16);
  ExpectBlock(reallocarray(nullptr, 0, Opaque(10)), 0, 16);
}

TEST(MallocFamilyTest, ReallocToNothingFrees) {
  const size_t before = LiveBytes();
  errno = EXDEV;
  EXPECT_EQ(realloc(malloc(1000), Opaque(0)), nullptr);
  EXPECT_EQ(reallocarray(malloc(1000), 0, Opaque(8)), nullptr);
  EXPECT_EQ(errno, EXDEV);
  EXPECT_EQ(LiveBytes(), before);
  errno = 0;
}

TEST(MallocFamilyTest, SeedParity_Row29_ReallocKeepsWhatFitsInBoth) {
  const size_t sizes[] = {1, 16, 100, 5000, 4999, 64, 200000, 3, 4096, 1};
  char* block = static_cast<char*>(malloc(1));
  size_t before = 0;
  for (const size_t bytes : sizes) {
    void* const wall = malloc(100);
    block = static_cast<char*>(realloc(block, bytes));
    ASSERT_NE(block, nullptr);
    EXPECT_TRUE(IsAligned(block, 16));
    for (size_t i = 0; i < std::min(before, bytes); ++i) {
      ASSERT_EQ(block[i], static_cast<char>(i * 7)) << i << " of " << bytes;
    }
    for (size_t i = 0; i < bytes; ++i) block[i] = static_cast<char>(i * 7);
    before = bytes;
    free(wall);
  }
  free(block);
}

TEST(MallocFamilyTest, RefusedReallocLeavesTheBlock) {
  char* const block = Opaque(static_cast<char*>(malloc(100)));
  memset(block, 'b', 100);
  errno = 0;
  for (const size_t bytes : {kTooMuch, size_t{PTRDIFF_MAX} + 1, kMaxSize}) {
    ExpectRefused(realloc(Opaque(block), Opaque(bytes)), ENOMEM, bytes);
  }
  for (const auto& [count, size] : kOverflows) {
    ExpectRefused(reallocarray(Opaque(block), Opaque(count), Opaque(size)),
                  ENOMEM, count);
  }
  EXPECT_TRUE(IsAll(block, 'b', 100));
  EXPECT_GE(malloc_usable_size(block), 100u);
  free(block);
}

TEST(MallocFamilyTest, ReallocArrayMultiplies) {
  void* block = reallocarray(nullptr, 3, Opaque(1000));
  EXPECT_GE(malloc_usable_size(block), 3000u);
  memset(block, 'b', 3000);
  block = reallocarray(block, 7, Opaque(1000));
  EXPECT_GE(malloc_usable_size(block), 7000u);
  EXPECT_TRUE(IsAll(block, 'b', 3000));
  free(block);
}

// Alignment.

TEST(MallocFamilyTest, SeedParity_Row29_PosixMemalignKeepsEveryAlignment) {
  for (size_t alignment = sizeof(void*); alignment <= (16u << 20);
       alignment *= 2) {
    for (const size_t bytes : {size_t{0}, size_t{1}, alignment}) {
      void* block = nullptr;
      errno = EXDEV;
      EXPECT_EQ(posix_memalign(&block, alignment, bytes), 0);
      EXPECT_EQ(errno, EXDEV);
      ExpectBlock(block, bytes, std::max<size_t>(alignment, 16));
    }
  }
  errno = 0;
}

// Neither errno nor the result is touched.
TEST(MallocFamilyTest, PosixMemalignAnswersErrors) {
  int untouched = 0;
  void* block = &untouched;
  errno = EXDEV;
  for (const size_t alignment :
       {size_t{0}, size_t{1}, size_t{2}, size_t{4}, size_t{3}, size_t{7},
        size_t{12}, size_t{24}, size_t{40}, kPage - 8, kPage + 8, kMaxSize,
        kMaxSize - 7}) {
    EXPECT_EQ(posix_memalign(&block, Opaque(alignment), 100), EINVAL)
        << alignment;
  }
  for (const size_t bytes : {kTooMuch, kMaxSize - 16, kMaxSize}) {
    EXPECT_EQ(posix_memalign(&block, 16, Opaque(bytes)), ENOMEM) << bytes;
    EXPECT_EQ(posix_memalign(&block, kPage, Opaque(bytes)), ENOMEM) << bytes;
  }
  EXPECT_EQ(posix_memalign(&block, Opaque(size_t{1} << 63), 1), ENOMEM);
  EXPECT_EQ(block, &untouched);
  EXPECT_EQ(errno, EXDEV);
  errno = 0;
}

TEST(MallocFamilyTest, SeedParity_Row29_AlignedAllocKeepsEveryPowerOfTwo) {
  for (size_t alignment = 1; alignment <= (16u << 20); alignment *= 2) {
    for (const size_t bytes :
         {size_t{0}, size_t{1}, alignment, 3 * alignment + 1}) {
      if (bytes > kWholePoolBytes / 4) continue;
      ExpectBlock(aligned_alloc(Opaque(alignment), Opaque(bytes)), bytes,
                  alignment);
    }
  }
}

TEST(MallocFamilyTest, AlignedAllocRefusesOtherAlignments) {
  errno = 0;
  for (const size_t alignment : {size_t{0}, size_t{3}, size_t{24}, size_t{48},
                                 kPage - 1, kPage + 1, kMaxSize}) {
    ExpectRefused(aligned_alloc(Opaque(alignment), Opaque(96)), EINVAL,
                  alignment);
  }
  ExpectRefused(aligned_alloc(16, Opaque(kMaxSize)), ENOMEM, kMaxSize);
  ExpectRefused(aligned_alloc(Opaque(size_t{1} << 63), 1), ENOMEM, 1);
}

TEST(MallocFamilyTest, MemalignRoundsAlignmentsUp) {
  for (const auto& [alignment, kept] :
       std::vector<std::pair<size_t, size_t>>{{0, 16},
                                              {1, 16},
                                              {3, 16},
                                              {17, 32},
                                              {24, 32},
                                              {48, 64},
                                              {kPage - 1, kPage},
                                              {kPage, kPage},
                                              {kPage + 1, 2 * kPage}}) {
    for (const size_t bytes : {0, 1, 100, 10000}) {
      ExpectBlock(memalign(Opaque(alignment), Opaque(bytes)), bytes, kept);
    }
  }
  errno = 0;
  ExpectRefused(memalign(Opaque((size_t{1} << 63) + 1), 1), EINVAL, 1);
  ExpectRefused(memalign(Opaque(kMaxSize), 1), EINVAL, 1);
  ExpectRefused(memalign(Opaque(size_t{1} << 63), 1), ENOMEM, 1);
  ExpectRefused(memalign(64, Opaque(kMaxSize)), ENOMEM, kMaxSize);
}

TEST(MallocFamilyTest, VallocAndPvallocGivePages) {
  for (const size_t bytes :
       {size_t{0}, size_t{1}, kPage - 1, kPage, kPage + 1}) {
    ExpectBlock(valloc(Opaque(bytes)), bytes, kPage);
    const size_t pages = (bytes + kPage - 1) / kPage * kPage;
    ExpectBlock(pvalloc(Opaque(bytes)), pages, kPage);
  }
  errno = 0;
  for (const size_t bytes : {kTooMuch, kMaxSize - kPage, kMaxSize - kPage + 1,
                             kMaxSize - kPage + 2, kMaxSize - 1, kMaxSize}) {
    ExpectRefused(valloc(Opaque(bytes)), ENOMEM, bytes);
    ExpectRefused(pvalloc(Opaque(bytes)), ENOMEM, bytes);
  }
}

TEST(MallocFamilyTest, AlignedBlocksAreReallocatedAndFreedLikeOthers) {
  void* block = aligned_alloc(kPage, Opaque(100));
  memset(block, 'b', 100);
  block = realloc(block, 100000);
  EXPECT_TRUE(IsAll(block, 'b', 100));
  block = realloc(block, 10);
  EXPECT_TRUE(IsAll(block, 'b', 10));
  free(block);
}

// What glibc offers beside.

TEST(MallocFamilyTest, SeedParity_Row29_WholeUsableSizeIsUsable) {
  EXPECT_EQ(malloc_usable_size(nullptr), 0u);
  std::vector<char*> blocks;
  for (size_t bytes = 0; bytes < 300; ++bytes) {
    blocks.push_back(static_cast<char*>(malloc(bytes)));
    memset(blocks.back(), static_cast<int>(bytes % 251),
           malloc_usable_size(blocks.back()));
  }
  for (size_t bytes = 0; bytes < 300; ++bytes) {
    EXPECT_TRUE(IsAll(blocks[bytes], static_cast<char>(bytes % 251),
                      malloc_usable_size(blocks[bytes])));
    free(blocks[bytes]);
  }
}

TEST(MallocFamilyTest, NothingCanBeTrimmedOrTuned) {
  EXPECT_EQ(malloc_trim(0), 0);
  EXPECT_EQ(mallopt(M_ARENA_MAX, 1), 0);
}

// The end of the pool.

TEST(MallocFamilyTest, ExhaustedPoolRefusesAndRecovers) {
  const uint64_t refused = WholePoolStats().exhausted;
  {
    Shortage shortage;
    // Nearly all of the pool was there to take, and the rest still is.
    EXPECT_GE(shortage.blocks(), (kWholePoolBytes >> 20) - 4);
    EXPECT_GT(WholePoolStats().exhausted, refused);
    errno = 0;
    constexpr size_t kOneMore = size_t{1} << 20;
    ExpectRefused(malloc(Opaque(kOneMore)), ENOMEM, 0);
    ExpectRefused(calloc(Opaque(kOneMore), 1), ENOMEM, 0);
    ExpectRefused(aligned_alloc(16, Opaque(kOneMore)), ENOMEM, 0);
    ExpectRefused(valloc(Opaque(kOneMore)), ENOMEM, 0);
    void* block = malloc(100);
    ASSERT_NE(block, nullptr);
    ExpectRefused(realloc(Opaque(block), Opaque(kOneMore)), ENOMEM, 0);
    free(block);
    ASSERT_TRUE(shortage.Relieve());
    ExpectBlock(malloc(Opaque(kOneMore)), kOneMore, 16);
  }
  ExpectBlock(malloc(Opaque(kWholePoolBytes / 2)), 100, 16);
}

// Threads and children.

TEST(MallocFamilyTest, ThreadsShareThePool) {
  const size_t before = LiveBytes();
  std::vector<std::string> made(4);
  {
    std::vector<std::thread> threads;
    for (std::string& text : made) {
      threads.emplace_back([&text] {
        for (int i = 0; i < 2000; ++i) {
          std::string longer = text + 'x';
          text.swap(longer);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  for (std::string& text : made) {
    EXPECT_EQ(text, std::string(2000, 'x'));
    EXPECT_TRUE(InPool(text.data()));
    text = std::string();
  }
  made = {};
  // What libc keeps of a thread's stack is its own affair.
  EXPECT_LT(LiveBytes(), before + 64 * 1024);
}

TEST(MallocFamilyTest, ChildHasItsOwnCopyOfThePool) {
  char* const block = static_cast<char*>(malloc(100));
  memset(block, 'p', 100);
  char* const stale = Opaque(block);
  const pid_t child = fork();
  if (child == 0) {
    memset(block, 'c', 100);
    char* const own = static_cast<char*>(malloc(1000));
    free(block);
    _exit(own != nullptr && malloc_usable_size(stale) == 0 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(IsAll(block, 'p', 100));
  free(block);
}

// Mistakes.

#define EXPECT_REPORT(call, report)                   \
  EXPECT_EXIT(call, testing::KilledBySignal(SIGABRT), \
              "cellblock: " report " of 0x[0-9a-f]+: .*\n$")

TEST(MallocFamilyDeathTest, MistakesAreReported) {
  char* const block = static_cast<char*>(malloc(100));
  char* const stale = Opaque(block);
  char older[64];
  EXPECT_REPORT(free(Opaque(stale + 1)), "misaligned free");
  EXPECT_REPORT(free(Opaque(stale + 64)), "interior free");
  EXPECT_REPORT((void)Opaque(realloc(Opaque(stale + 64), 10)), "interior free");
  EXPECT_REPORT((void)Opaque(realloc(Opaque(&older[0]), 10)), "foreign free");
  EXPECT_REPORT(
      {
        free(block);
        free(stale);
      },
      "double free");
  EXPECT_REPORT(
      {
        free(block);
        (void)Opaque(realloc(stale, 10));
      },
      "double free");
  free(block);
}

}  // namespace
}  // namespace cellblock
