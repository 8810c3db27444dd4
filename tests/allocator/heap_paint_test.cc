// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Every block is filled with a pattern of its own and looked at again before
// it is freed: nobody else has written to it. Zeroed blocks are zero when they
// are handed out, whatever was there before.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "allocator/heap.h"
#include "tests/allocator/heap_fixture.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

struct Painted {
  uint8_t* block;
  size_t bytes;
  uint64_t color;
};

struct Setting {
  size_t pool_bytes;
  size_t unit;
  size_t base_alignment;
  Content content;
  uint32_t size_bits;
  int steps;
  int validate_every;
};

class Painter {
 public:
  Painter(const Setting& setting, uint64_t seed)
      : heap_(setting.pool_bytes, setting.unit, setting.content,
              setting.base_alignment),
        setting_(setting),
        random_(seed) {}

  void Run() {
    for (int step = 1; step <= setting_.steps; ++step) {
      Step();
      if (step % setting_.validate_every == 0) {
        ASSERT_TRUE(IsValid(*heap_));
        ASSERT_EQ(heap_->Validate().live_blocks, live_.size());
      }
      CheckFigures();
      if (testing::Test::HasFatalFailure()) FAIL() << "step " << step;
    }
    EXPECT_GT(heap_->stats().exhausted, 0u) << "never driven to exhaustion";
    EXPECT_GT(served_, setting_.steps / 10);
    while (!live_.empty()) Free(live_.size() - 1);
    EXPECT_EQ(heap_->LargestFree(), setting_.pool_bytes);
    EXPECT_TRUE(IsValid(*heap_));
  }

 private:
  void Step() {
    const uint32_t choice = random_.Below(10);
    if (choice < 5) {
      Allocate();
    } else if (choice < 6) {
      AllocateDivided();
    } else if (live_.empty()) {
      return;
    } else if (choice < 7) {
      Resize(random_.Below(static_cast<uint32_t>(live_.size())));
    } else {
      Free(random_.Below(static_cast<uint32_t>(live_.size())));
    }
  }

  Fill AnyFill() {
    return random_.OneIn(2) ? Fill::kZeroed : Fill::kUninitialized;
  }

  void Adopt(uint8_t* block, size_t bytes, Fill fill) {
    ASSERT_GE(heap_->UsableSize(block), bytes);
    if (fill == Fill::kZeroed) {
      ASSERT_TRUE(IsAll(block, 0, heap_->UsableSize(block)));
    }
    live_.push_back({block, 0, ++colors_});
    Paint(live_.back());
    ++served_;
  }

  void Allocate() {
    // What was freed last is asked for again, or anything.
    const bool again = last_freed_ != 0 && random_.OneIn(4);
    const size_t bytes =
        again ? last_freed_ : random_.LogUniform(setting_.size_bits) - 1;
    const size_t alignment = again ? 1 : size_t{1} << random_.Below(13);
    const Fill fill = AnyFill();
    void* const block = heap_->Allocate(bytes, alignment, fill);
    if (block == nullptr) return;
    ASSERT_EQ(reinterpret_cast<uintptr_t>(block) % alignment, 0u);
    Adopt(static_cast<uint8_t*>(block), bytes, fill);
  }

  void AllocateDivided() {
    const size_t piece = setting_.unit << random_.Below(5);
    const size_t pieces = 1 + random_.Below(6);
    const Fill fill = AnyFill();
    uint8_t* const block = static_cast<uint8_t*>(
        heap_->AllocateDivided(piece * pieces, piece, fill));
    if (block == nullptr) return;
    ASSERT_EQ(reinterpret_cast<uintptr_t>(block) % piece, 0u);
    for (size_t i = 0; i < pieces; ++i) {
      Adopt(block + i * piece, piece, fill);
    }
  }

  // The pattern covers all that is usable.
  void Paint(Painted& painted) {
    painted.bytes = heap_->UsableSize(painted.block);
    uint64_t color = painted.color * 0x9E3779B97F4A7C15u;
    for (size_t i = 0; i < painted.bytes; i += 8, color += painted.color) {
      std::memcpy(painted.block + i, &color, 8);
    }
  }

  void CheckPaint(const Painted& painted, size_t bytes) {
    uint64_t color = painted.color * 0x9E3779B97F4A7C15u;
    for (size_t i = 0; i < bytes; i += 8, color += painted.color) {
      ASSERT_EQ(std::memcmp(painted.block + i, &color, 8), 0)
          << "offset " << i << " of a block of " << painted.bytes;
    }
  }

  void Resize(size_t index) {
    Painted& painted = live_[index];
    const size_t old_bytes = painted.bytes;
    const size_t bytes = random_.LogUniform(setting_.size_bits) - 1;
    const bool resized = heap_->ResizeInPlace(painted.block, bytes);
    ASSERT_TRUE(resized || bytes > old_bytes);
    const size_t usable = heap_->UsableSize(painted.block);
    ASSERT_TRUE(resized ? usable >= bytes : usable == old_bytes);
    CheckPaint(painted, std::min(old_bytes, usable));
    Paint(painted);
  }

  void Free(size_t index) {
    const Painted painted = live_[index];
    live_[index] = live_.back();
    live_.pop_back();
    CheckPaint(painted, painted.bytes);
    last_freed_ = painted.bytes;
    ASSERT_EQ(heap_->Free(painted.block), AllocatorError::kNone);
    ASSERT_EQ(heap_->Free(painted.block), AllocatorError::kDoubleFree);
  }

  void CheckFigures() {
    uint64_t in_use = 0;
    if (random_.OneIn(16)) {
      for (const Painted& painted : live_) in_use += painted.bytes;
      ASSERT_EQ(heap_->stats().in_use_bytes, in_use);
    }
    ASSERT_EQ(std::memcmp(&heap_->stats(), &heap_.copy(), sizeof(HeapStats)),
              0);
  }

  TestHeap heap_;
  Setting setting_;
  Random random_;
  std::vector<Painted> live_;
  uint64_t colors_ = 0;
  size_t last_freed_ = 0;  // bytes
  int served_ = 0;
};

class HeapPaintTest : public testing::TestWithParam<Content> {};

TEST_P(HeapPaintTest, BlocksOfASmallPoolKeepTheirPaint) {
  const uint64_t seed = TestSeed();
  for (size_t base_alignment : {16, 64, 4096}) {
    Painter({.pool_bytes = 8 * 1024,
             .unit = 16,
             .base_alignment = base_alignment,
             .content = GetParam(),
             .size_bits = 10,
             .steps = 10'000,
             .validate_every = 1},
            seed + base_alignment)
        .Run();
    if (HasFatalFailure()) return;
  }
}

TEST_P(HeapPaintTest, BlocksOfALargePoolKeepTheirPaint) {
  Painter({.pool_bytes = 8 << 20,
           .unit = 32,
           .base_alignment = 4096,
           .content = GetParam(),
           .size_bits = 19,
           .steps = 10'000,
           .validate_every = 500},
          TestSeed())
      .Run();
}

TEST_P(HeapPaintTest, PagesKeepTheirPaint) {
  Painter({.pool_bytes = 4 << 20,
           .unit = 4096,
           .base_alignment = 4096,
           .content = GetParam(),
           .size_bits = 19,
           .steps = 5'000,
           .validate_every = 1},
          TestSeed())
      .Run();
}

INSTANTIATE_TEST_SUITE_P(EveryContent, HeapPaintTest,
                         testing::Values(Content::kZero, Content::kUnknown),
                         [](const testing::TestParamInfo<Content>& content) {
                           return content.param == Content::kZero ? "Zero"
                                                                  : "Unknown";
                         });

}  // namespace
}  // namespace cellblock
