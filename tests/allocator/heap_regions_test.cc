// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The linker puts the functions below in the place of those of the process's
// heap (--wrap). They watch one block: where it came from, what was in it, and
// how often it was given back, and to whom.
#include "allocator/heap_regions.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "tests/allocator/heap_fixture.h"

extern "C" {
void* __real_malloc(size_t bytes);
void* __real_calloc(size_t count, size_t bytes);
void __real_free(void* block);
void* __real__ZnamRKSt9nothrow_t(size_t bytes, const std::nothrow_t& nothrow);
void __real__ZdaPv(void* block);
}

namespace cellblock {
namespace {

enum class HeapState { kWorking, kExhausted };

struct Watch {
  const char* armed = nullptr;  // by which function the block is to be given
  HeapState heap = HeapState::kWorking;
  void* block = nullptr;
  int given = 0;
  int freed = 0;    // by free(3)
  int deleted = 0;  // by operator delete[]
};

Watch g_watch;

// What the real function gave, watched and, unless it is zero, made dirty.
template <typename Give>
void* Watched(const char* function, size_t bytes, Give give) {
  if (g_watch.armed == nullptr || std::strcmp(g_watch.armed, function) != 0) {
    return give();
  }
  ++g_watch.given;
  if (g_watch.heap == HeapState::kExhausted) return nullptr;
  void* const block = give();
  if (std::strcmp(function, "calloc") != 0) std::memset(block, 0xA5, bytes);
  g_watch.block = block;
  return block;
}

}  // namespace
}  // namespace cellblock

using cellblock::g_watch;
using cellblock::Watched;

extern "C" {

void* __wrap_malloc(size_t bytes) {
  return Watched("malloc", bytes, [&] { return __real_malloc(bytes); });
}

void* __wrap_calloc(size_t count, size_t bytes) {
  return Watched("calloc", count * bytes,
                 [&] { return __real_calloc(count, bytes); });
}

void* __wrap__ZnamRKSt9nothrow_t(size_t bytes, const std::nothrow_t& nothrow) {
  return Watched("new", bytes,
                 [&] { return __real__ZnamRKSt9nothrow_t(bytes, nothrow); });
}

void __wrap_free(void* block) {
  if (block != nullptr && block == g_watch.block) ++g_watch.freed;
  __real_free(block);
}

void __wrap__ZdaPv(void* block) {
  if (block != nullptr && block == g_watch.block) ++g_watch.deleted;
  __real__ZdaPv(block);
}

}  // extern "C"

namespace cellblock {
namespace {

constexpr size_t kBytes = 10'001;

struct Kind {
  const char* name;
  const char* function;  // that gives the block
  Result<Region> (*make)(size_t bytes, Release release);
  Content content;
};

Result<Region> NewZeroed(size_t bytes, Release release) {
  return NewRegion(bytes, Fill::kZeroed, release);
}

Result<Region> NewUninitialized(size_t bytes, Release release) {
  return NewRegion(bytes, Fill::kUninitialized, release);
}

class HeapRegionsTest : public testing::TestWithParam<Kind> {
 protected:
  HeapRegionsTest() { g_watch = {}; }
  ~HeapRegionsTest() override { g_watch = {}; }

  static Result<Region> Make(size_t bytes, Release release = Release::kAtEnd) {
    g_watch.armed = GetParam().function;
    Result<Region> region = GetParam().make(bytes, release);
    g_watch.armed = nullptr;
    return region;
  }

  static bool IsByNew() { return std::string(GetParam().function) == "new"; }

  // How often the block went back, and that it was the right way.
  static int TimesGivenBack() {
    EXPECT_EQ(IsByNew() ? g_watch.freed : g_watch.deleted, 0);
    return IsByNew() ? g_watch.deleted : g_watch.freed;
  }

  static void GiveBack(void* block) {
    if (IsByNew()) {
      operator delete[](block);
    } else {
      std::free(block);
    }
  }
};

TEST_P(HeapRegionsTest, SeedParity_Row04_OneBlockOfTheProcessHeap) {
  const Result<Region> region = Make(kBytes);
  ASSERT_TRUE(region.ok()) << Message(region.error());
  EXPECT_EQ(g_watch.given, 1);
  EXPECT_EQ(static_cast<void*>(region->data()), g_watch.block);
  EXPECT_EQ(region->size(), kBytes);
  EXPECT_FALSE(region->is_mapped());
  std::memset(region->data(), 1, kBytes);
}

// What is not zeroed still shows what the heap left in it.
TEST_P(HeapRegionsTest, SeedParity_Row02_03_ZeroedOrUninitializedByName) {
  const Result<Region> region = Make(kBytes);
  ASSERT_TRUE(region.ok());
  EXPECT_EQ(region->content(), GetParam().content);
  const uint8_t expected = GetParam().content == Content::kZero ? 0 : 0xA5;
  EXPECT_TRUE(IsAll(region->data(), expected, kBytes));
}

TEST_P(HeapRegionsTest, SeedParity_Row06_FreedOnceAtTheEnd) {
  {
    Result<Region> region = Make(kBytes);
    ASSERT_TRUE(region.ok());
    Region moved = std::move(*region);
    Region& same = moved;
    moved = std::move(same);
    EXPECT_EQ(TimesGivenBack(), 0);
  }
  EXPECT_EQ(TimesGivenBack(), 1);
}

TEST_P(HeapRegionsTest, SeedParity_Row05_NeverFreedOnRequest) {
  void* block = nullptr;
  {
    Result<Region> region = Make(kBytes, Release::kNever);
    ASSERT_TRUE(region.ok());
    EXPECT_EQ(region->content(), GetParam().content);
    const Region moved = std::move(*region);
    block = moved.data();
  }
  EXPECT_EQ(TimesGivenBack(), 0);
  EXPECT_EQ(block, g_watch.block);
  GiveBack(block);
  EXPECT_EQ(TimesGivenBack(), 1);
}

TEST_P(HeapRegionsTest, RetainedRegionIsNeverFreed) {
  void* block = nullptr;
  {
    Result<Region> region = Make(kBytes);
    ASSERT_TRUE(region.ok());
    region->Retain();
    block = region->data();
  }
  EXPECT_EQ(TimesGivenBack(), 0);
  GiveBack(block);
}

TEST_P(HeapRegionsTest, ExhaustedHeapIsAnError) {
  g_watch.heap = HeapState::kExhausted;
  EXPECT_EQ(Make(kBytes).error(), AllocatorError::kSourceFailed);
  EXPECT_EQ(Make(PTRDIFF_MAX).error(), AllocatorError::kSourceFailed);
  EXPECT_EQ(g_watch.given, 2);
}

TEST_P(HeapRegionsTest, ImpossibleSizesAreRefusedUnasked) {
  EXPECT_EQ(Make(0).error(), AllocatorError::kZeroBytes);
  for (size_t bytes : {size_t{PTRDIFF_MAX} + 1, SIZE_MAX}) {
    EXPECT_EQ(Make(bytes).error(), AllocatorError::kTooLarge) << bytes;
  }
  EXPECT_EQ(g_watch.given, 0);
}

INSTANTIATE_TEST_SUITE_P(
    EveryKind, HeapRegionsTest,
    testing::Values(Kind{"Calloc", "calloc", CallocRegion, Content::kZero},
                    Kind{"Malloc", "malloc", MallocRegion, Content::kUnknown},
                    Kind{"NewZeroed", "new", NewZeroed, Content::kZero},
                    Kind{"NewUninitialized", "new", NewUninitialized,
                         Content::kUnknown}),
    [](const testing::TestParamInfo<Kind>& kind) {
      return std::string(kind.param.name);
    });

TEST(NewRegionTest, FillFunctionIsRefused) {
  EXPECT_EQ(NewRegion(kBytes, Fill::kFunction).error(),
            AllocatorError::kNoFillFunction);
}

}  // namespace
}  // namespace cellblock
