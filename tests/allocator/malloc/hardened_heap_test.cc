// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What hardened_heap.h promises, over pools that are full of other bytes at
// first. tests/allocator/malloc/preload/hardened_test.py tests the same from
// outside.

#include "allocator/malloc/hardened_heap.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdio.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "allocator/malloc/slab_blocks.h"
#include "tests/allocator/malloc/test_heap.h"
#include "tests/allocator/random.h"

namespace cellblock {
namespace {

constexpr uint64_t kSecret = 0x5EC2E75EC2E75EC2;

// Sizes of the fast paths, of other slabs, and of spans.
constexpr size_t kSizes[] = {1,    15,   16,    17,    100,   255,   256,
                             300,  1000, 1023,  1024,  2000,  2047,  2048,
                             3000, 5000, 20000, 65535, 65536, 200000};

// A pool, and what its hardened heaps share.
struct HardenedPool {
  explicit HardenedPool(const TestPoolOptions& options,
                        uint64_t secret = kSecret)
      : pool(options),
        live(
            new std::atomic<uint8_t>[Hardening::LiveBytesFor(options.bytes)]()),
        hardening{.live = live.get(), .secret = secret} {}

  Slab* SlabOf(const void* block) const { return pool.SlabOf(block); }
  size_t Capacity(const void* block) const {
    const Slab& slab = *SlabOf(block);
    return slab.size_class < kClasses ? ClassBytes(slab.size_class)
                                      : slab.reciprocal * kPageBytes;
  }
  void ExpectValid() {
    const HeapCheck check = pool->Validate();
    EXPECT_TRUE(check.ok()) << check.broken << ", at offset " << check.offset;
  }

  TestPool pool;
  std::unique_ptr<std::atomic<uint8_t>[]> live;
  Hardening hardening;
};

// As one thread has it, by the paths that malloc and free take.
class TestHardenedHeap {
 public:
  explicit TestHardenedHeap(HardenedPool* pool, uint64_t seed = 0x5EED)
      : pool_(*pool) {
    heap_.Open(&*pool_.pool, reinterpret_cast<uintptr_t>(&heap_), nullptr);
    hardened_.Open(&heap_, &*pool_.pool, &pool_.hardening, seed);
  }
  ~TestHardenedHeap() {
    if (heap_.is_open()) Close();
  }
  void Close() {
    heap_.Close();
    hardened_.Close();
  }

  char* Allocate(size_t bytes) {
    return static_cast<char*>(hardened_.AllocateFast(bytes, [this](size_t n) {
      return hardened_.Allocate(n, kBlockAlignment);
    }));
  }
  char* Allocate(size_t bytes, size_t alignment) {
    return static_cast<char*>(hardened_.Allocate(bytes, alignment));
  }
  char* AllocateZeroed(size_t bytes) {
    return static_cast<char*>(hardened_.AllocateZeroed(bytes, kBlockAlignment));
  }
  char* Reallocate(void* block, size_t bytes) {
    return static_cast<char*>(hardened_.Reallocate(block, bytes));
  }
  void Free(void* block) {
    hardened_.FreeFast<true>(block, [this](void* large) {
      hardened_.FreeFast<false>(large, [this](void* b) { hardened_.Free(b); });
    });
  }
  size_t UsableSize(const void* block) { return hardened_.UsableSize(block); }

  std::vector<char*> Blocks(size_t count, size_t bytes) {
    std::vector<char*> blocks;
    while (blocks.size() < count) blocks.push_back(Allocate(bytes));
    return blocks;
  }
  // Until there is no more.
  std::vector<char*> Fill(size_t bytes) {
    std::vector<char*> blocks;
    while (char* const block = Allocate(bytes)) blocks.push_back(block);
    return blocks;
  }
  void FreeAll(const std::vector<char*>& blocks) {
    for (char* const block : blocks) Free(block);
  }
  // So many that everything that waits is driven out.
  void Churn(size_t bytes) {
    for (int i = 0; i < 5; ++i) FreeAll(Blocks(400, bytes));
  }
  // Until every free block has been handed out.
  void UseAll(size_t bytes) {
    Churn(bytes);
    (void)Fill(bytes);
  }

  ThreadHeap* operator->() { return &heap_; }

 private:
  HardenedPool& pool_;
  ThreadHeap heap_;
  HardenedHeap hardened_;
};

class HardenedHeapTest : public testing::Test {
 protected:
  // A free block that is in a list, not in the quarantine.
  static bool HasLink(const char* block) { return LooksFree(block); }

  HardenedPool pool_{{.bytes = 16 * kMiB}};
  TestHardenedHeap heap_{&pool_};
  TestHardenedHeap other_{&pool_, 0x07EA};
};
using HardenedHeapDeathTest = HardenedHeapTest;

TEST_F(HardenedHeapTest, UsableIsWhatWasAskedFor) {
  for (const size_t bytes : kSizes) {
    char* const block = heap_.Allocate(bytes);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(heap_.UsableSize(block), bytes);
    EXPECT_EQ(other_.UsableSize(block), bytes);
    EXPECT_EQ(heap_.UsableSize(block + 16), 0u);
    EXPECT_EQ(heap_.UsableSize(block + 1), 0u);
    heap_.Free(block);
    EXPECT_EQ(heap_.UsableSize(block), 0u);
  }
  EXPECT_EQ(heap_.UsableSize(pool_.pool.end()), 0u);
  EXPECT_EQ(heap_.UsableSize(pool_.pool.begin() - 16), 0u);
  char* const none = heap_.Allocate(0);
  EXPECT_NE(none, nullptr);
  EXPECT_EQ(heap_.Allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(heap_.Allocate(SIZE_MAX - 1), nullptr);
}

TEST_F(HardenedHeapTest, AlignedBlocksAreOfTheirSize) {
  for (size_t alignment = 16; alignment <= 65536; alignment *= 2) {
    for (const size_t bytes : kSizes) {
      char* const block = heap_.Allocate(bytes, alignment);
      ASSERT_NE(block, nullptr);
      EXPECT_EQ(Address(block) % alignment, 0u);
      EXPECT_EQ(heap_.UsableSize(block), bytes);
      memset(block, 'a', bytes);
      heap_.Free(block);
    }
  }
  pool_.ExpectValid();
}

// What random calls of two heaps, which free each other's blocks, leave.
TEST_F(HardenedHeapTest, EveryBlockKeepsItsBytesAndNewOnesAreZero) {
  struct Block {
    char* at = nullptr;
    size_t bytes = 0;
    char pattern = 0;
  };
  Random random(TestSeed());
  std::vector<Block> blocks(600);
  TestHardenedHeap* const heaps[] = {&heap_, &other_};
  for (int step = 0; step < 200'000; ++step) {
    TestHardenedHeap& heap = *heaps[random.Below(2)];
    Block& block = blocks[random.Below(blocks.size())];
    const size_t bytes =
        random.Below(random.Below(30) == 0 ? 150'000 : 2000) + 1;
    ASSERT_TRUE(IsAll(block.at, block.pattern, block.bytes));
    if (block.at != nullptr && random.Below(3) == 0) {
      block.at = heap.Reallocate(block.at, bytes);
      ASSERT_NE(block.at, nullptr);
      ASSERT_TRUE(IsAll(block.at, block.pattern, std::min(bytes, block.bytes)));
    } else {
      if (block.at != nullptr) heap.Free(block.at);
      const bool zeroed = random.Below(2) == 0;
      block.at = zeroed ? heap.AllocateZeroed(bytes) : heap.Allocate(bytes);
      ASSERT_NE(block.at, nullptr);
      ASSERT_TRUE(!(zeroed || bytes < 2048) || IsAll(block.at, 0, bytes));
    }
    block.bytes = bytes;
    block.pattern = static_cast<char>(step | 1);
    ASSERT_EQ(heap.UsableSize(block.at), bytes);
    memset(block.at, block.pattern, bytes);
    if (step % 20'000 == 0) pool_.ExpectValid();
  }
  for (const Block& block : blocks) {
    if (block.at != nullptr) heap_.Free(block.at);
  }
  heap_.Close();
  other_.Close();
  pool_.pool->Reclaim();
  pool_.ExpectValid();
  EXPECT_EQ(pool_.pool.InUse(), 0u);
}

TEST_F(HardenedHeapTest, FreedBlocksAreZero) {
  for (const size_t bytes : kSizes) {
    char* const block = heap_.Allocate(bytes);
    memset(block, 's', bytes);
    heap_.Free(block);
    const size_t from = HasLink(block) ? 8 : 0;
    EXPECT_TRUE(IsAll(block + from, 0, bytes - std::min(from, bytes)));
  }
}

TEST_F(HardenedHeapTest, ZeroedBlocksAreZeroWhateverWasWrittenToThemBefore) {
  for (const size_t bytes : {size_t{1000}, size_t{3000}, size_t{30'000}}) {
    const std::vector<char*> blocks = heap_.Blocks(300, bytes);
    heap_.FreeAll(blocks);
    for (char* const block : blocks) block[bytes / 2] = 'w';
    for (int i = 0; i < 300; ++i) {
      EXPECT_TRUE(IsAll(heap_.AllocateZeroed(bytes), 0, bytes)) << bytes;
    }
  }
}

// Links are an address combined with the key; a program could learn the key
// from one.
TEST_F(HardenedHeapTest, NoLinkIsInWhatIsHandedOut) {
  Random random(TestSeed());
  std::vector<std::pair<char*, size_t>> blocks(100);
  for (int step = 0; step < 60'000; ++step) {
    auto& [block, bytes] = blocks[random.Below(blocks.size())];
    if (block != nullptr) heap_.Free(block);
    // Small ones and large ones by turns, so that slabs become empty, and
    // others are made of their pages.
    const size_t most = step / 2000 % 3 == 0 ? 100'000 : 400;
    bytes = random.Below(most) + 1;
    block = heap_.Allocate(bytes);
    ASSERT_NE(block, nullptr);
    for (size_t at = 0; at + 8 <= bytes; at += 8) {
      ASSERT_NE(ReadLink(block + at) >> 48, kLinkTag) << bytes << ", " << at;
    }
  }
}

TEST_F(HardenedHeapTest, NoLinkIsInPagesThatAreReclaimed) {
  TestHardenedHeap third(&pool_);
  const std::vector<char*> blocks = third.Blocks(20'000, 100);
  third.Close();  // lists its slabs, full or not
  for (char* const block : blocks) heap_.Free(block);
  heap_.Close();
  pool_.pool->Reclaim();
  for (const char* at = pool_.pool.begin(); at < pool_.pool.end(); at += 8) {
    ASSERT_NE(ReadLink(at) >> 48, kLinkTag);
  }
}

// Every place of every block is as likely as any other.
TEST(HardenedShuffleTest, IsUniform) {
  constexpr uint32_t kBlocks = 16;
  constexpr int kRounds = 16'000;
  constexpr uint64_t kKey = kLinkTagBits | 0x123456789;
  alignas(kPageBytes) static char memory[kBlocks * 1024];
  Quarantine generator;
  generator.Open(kMiB, 12345);
  int counts[kBlocks][kBlocks] = {};
  for (int round = 0; round < kRounds; ++round) {
    Slab slab;
    slab.start = Address(memory);
    slab.size_class = static_cast<uint8_t>(ClassOf(1024));
    slab.pages = sizeof(memory) / kPageBytes;
    slab.reciprocal = kReciprocals.of[slab.size_class];
    ASSERT_TRUE(Carve(&slab, kKey, &generator));
    ASSERT_EQ(slab.carved, kBlocks);
    uint32_t place = 0;
    for (char* block = slab.free; block != nullptr;
         block = Decode(ReadLink(block), kKey)) {
      ASSERT_LT(place, kBlocks);
      ++counts[place++][(block - memory) / 1024];
    }
    ASSERT_EQ(place, kBlocks);
  }
  for (const auto& row : counts) {
    for (const int count : row) EXPECT_NEAR(count, 1000, 160);  // 5 sigma
  }
}

TEST(HardenedShuffleTest, DiffersFromSeedToSeed) {
  HardenedPool pool({.bytes = 16 * kMiB});
  std::set<std::vector<ptrdiff_t>> orders;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    TestHardenedHeap heap(&pool, seed * 0x9E3779B97F4A7C15);
    std::vector<ptrdiff_t> order;
    for (char* const block : heap.Blocks(32, 50)) {
      order.push_back(block -
                      reinterpret_cast<char*>(pool.SlabOf(block)->start));
    }
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), 20u);
}

// All that can be read behind blocks.
std::string CanaryBehind(const char* block, size_t bytes, size_t capacity) {
  const size_t end = (bytes / 16 + 1) * 16;
  const size_t last = std::max(bytes, capacity - 16);
  return std::string(block + bytes, end - bytes) +
         std::string(block + last, capacity - last);
}

TEST_F(HardenedHeapTest, CanariesDependOnAddressAndSecret) {
  HardenedPool elsewhere({.bytes = 16 * kMiB}, kSecret + 0x1234567800);
  TestHardenedHeap its(&elsewhere);
  for (const size_t bytes : {size_t{16}, size_t{100}, size_t{5000}}) {
    std::set<std::string> canaries;
    const std::vector<char*> blocks = heap_.Blocks(200, bytes);
    for (char* const block : blocks) {
      const std::string canary =
          CanaryBehind(block, bytes, pool_.Capacity(block));
      for (const char byte : canary) {
        EXPECT_GE(static_cast<uint8_t>(byte), 0x80) << bytes;
      }
      canaries.insert(canary);
    }
    EXPECT_EQ(canaries.size(), blocks.size());
    // The same offset in another pool.
    for (char* const block : its.Blocks(200, bytes)) {
      canaries.insert(CanaryBehind(block, bytes, elsewhere.Capacity(block)));
    }
    EXPECT_EQ(canaries.size(), 2 * blocks.size());
  }
}

TEST_F(HardenedHeapDeathTest, OverflowByOneByte) {
  for (const size_t bytes : kSizes) {
    char* const block = heap_.Allocate(bytes);
    const size_t capacity = pool_.Capacity(block);
    const auto expect_told = [&](size_t offset) {
      block[offset] ^= 1;
      EXPECT_REPORT(heap_.Free(block), "overflow") << bytes;
      EXPECT_REPORT(other_.Free(block), "overflow") << bytes;
      EXPECT_REPORT((void)heap_.Reallocate(block, bytes + 1), "overflow");
      block[offset] ^= 1;
    };
    expect_told(bytes);
    // The byte before the next block.
    expect_told(capacity - 1);
    heap_.Free(block);
  }
}

// What is written to a block that was resized is watched as before.
TEST_F(HardenedHeapDeathTest, OverflowAfterResizing) {
  struct Sizes {
    size_t before;
    size_t after;
  };
  for (const auto& [before, after] :
       {Sizes{100, 90}, Sizes{100, 104}, Sizes{1000, 600}, Sizes{5000, 4900},
        Sizes{200'000, 150'000}, Sizes{200'000, 203'000},
        Sizes{200'000, 400'000}, Sizes{300, 30}, Sizes{200'000, 1000}}) {
    char* const block = heap_.Reallocate(heap_.Allocate(before), after);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(heap_.UsableSize(block), after);
    block[after] ^= 0x10;
    EXPECT_REPORT(heap_.Free(block), "overflow") << before << ", " << after;
    block[after] ^= 0x10;
    heap_.Free(block);
  }
}

TEST_F(HardenedHeapDeathTest, FreeOfWhatIsNotLive) {
  for (const size_t bytes : kSizes) {
    char* const block = heap_.Allocate(bytes);
    for (TestHardenedHeap* heap : {&heap_, &other_}) {
      EXPECT_REPORT(heap->Free(block + 8), "misaligned free") << bytes;
      if (bytes <= 16) continue;
      EXPECT_REPORT(heap->Free(block + 16), "interior free") << bytes;
    }
    heap_.Free(block);
    for (TestHardenedHeap* heap : {&heap_, &other_}) {
      EXPECT_REPORT(heap->Free(block), "double free") << bytes;
      EXPECT_REPORT((void)heap->Reallocate(block, 10), "double free") << bytes;
    }
  }
}

// It is handed out again then, to somebody else.
TEST_F(HardenedHeapDeathTest, DoubleFreeHoweverLate) {
  char* const block = heap_.Allocate(100);
  heap_.Free(block);
  heap_.Churn(100);
  EXPECT_EQ(heap_.UsableSize(block), 0u);
  EXPECT_REPORT(heap_.Free(block), "double free");
}

TEST_F(HardenedHeapDeathTest, SizeThatIsForged) {
  // Half of it fits and more than kFar is left: only where there is no room.
  HardenedPool small({.bytes = 256 * kKiB});
  TestHardenedHeap heap(&small);
  const std::vector<char*> blocks = heap.Fill(3000);
  char* const block = heap.Reallocate(blocks[0], 100);
  ASSERT_EQ(block, blocks[0]);
  EXPECT_EQ(heap.UsableSize(block), 100u);
  const size_t last = small.Capacity(block) - 16;
  for (size_t at = last; at < last + 16; ++at) {
    block[at] ^= 0x40;
    EXPECT_REPORT(heap.Free(block), "overflow") << at - last;
    EXPECT_REPORT((void)heap.UsableSize(block), "overflow") << at - last;
    block[at] ^= 0x40;
  }
  block[100] ^= 0x40;
  EXPECT_REPORT(heap.Free(block), "overflow");
}

TEST_F(HardenedHeapDeathTest, WriteToABlockInTheQuarantine) {
  for (const size_t bytes : {size_t{16}, size_t{100}, size_t{255}}) {
    for (size_t at = 0; at < bytes; at += std::max<size_t>(bytes / 7, 1)) {
      const auto misuse = [&] {
        // The others keep the slab.
        char* const block = heap_.Blocks(50, bytes)[25];
        heap_.Free(block);
        block[at] = 'w';
        heap_.UseAll(bytes);
      };
      EXPECT_REPORT(misuse(), "write after free") << bytes << ", " << at;
    }
  }
}

TEST_F(HardenedHeapDeathTest, WriteToABlockInAList) {
  for (const size_t bytes : {size_t{16}, size_t{100}, size_t{255}}) {
    for (size_t at = 8; at < bytes; at += std::max<size_t>(bytes / 7, 1)) {
      const auto misuse = [&] {
        const std::vector<char*> blocks = heap_.Blocks(800, bytes);
        for (size_t i = 0; i < blocks.size(); i += 2) heap_.Free(blocks[i]);
        for (size_t i = 0; i < blocks.size(); i += 2) {
          if (!HasLink(blocks[i])) continue;
          blocks[i][at] = 'w';
          break;
        }
        heap_.UseAll(bytes);
      };
      EXPECT_REPORT(misuse(), "write after free") << bytes << ", " << at;
    }
  }
}

TEST_F(HardenedHeapDeathTest, WriteToTheFirstBytesOfALargerBlock) {
  for (const size_t bytes : {size_t{300}, size_t{3000}, size_t{20'000}}) {
    for (const size_t at : {size_t{0}, size_t{8}, size_t{63}}) {
      const auto misuse = [&] {
        // So much is in use that its slab has other blocks too.
        heap_.Allocate(2 * kMiB);
        char* const block = heap_.Blocks(10, bytes)[5];
        heap_.Free(block);
        block[at] = 'w';
        heap_.UseAll(bytes);
      };
      EXPECT_REPORT(misuse(), "(write after free|corrupted free block)")
          << bytes << ", " << at;
    }
  }
}

// What is written to before the thread ends is told at its end.
TEST_F(HardenedHeapDeathTest, WriteToABlockInTheQuarantineOfAThreadThatEnds) {
  const auto misuse = [&] {
    char* const block = heap_.Allocate(100);
    heap_.Free(block);
    block[0] = 'w';
    heap_.Close();
  };
  EXPECT_REPORT(misuse(), "write after free");
}

// The links of free blocks, forged by somebody who knows the key or not.
TEST_F(HardenedHeapDeathTest, LinkThatIsOverwritten) {
  const uint64_t key = pool_.pool->root().key;
  for (const size_t bytes : {size_t{100}, size_t{1000}, size_t{5000}}) {
    const auto misuse = [&](auto forge) {
      const std::vector<char*> blocks = heap_.Blocks(400, bytes);
      char* const live = heap_.Allocate(bytes);
      heap_.FreeAll(blocks);
      for (char* const block : blocks) {
        if (HasLink(block)) WriteLink(block, forge(block, live));
      }
      (void)heap_.Blocks(400, bytes);
    };
    const auto random = [](char*, char*) {
      return uintptr_t{0x4141414141414141};
    };
    const auto outside = [&](char*, char*) {
      return Encode(pool_.pool.begin() - 64, key);
    };
    const auto inside = [](char* block, char*) {
      return ReadLink(block) ^ 16;  // not where a block starts
    };
    const auto to_live = [&](char*, char* live) {
      WriteLink(live, Encode(nullptr, key));  // which looks like a list
      return Encode(live, key);
    };
    EXPECT_REPORT(misuse(random), "corrupted free block") << bytes;
    EXPECT_REPORT(misuse(outside), "corrupted free block") << bytes;
    EXPECT_REPORT(misuse(inside), "corrupted free block") << bytes;
    EXPECT_REPORT(misuse(to_live), "(corrupted free block|write after free)")
        << bytes;
  }
}

// A block that is in its list twice is handed out once.
TEST_F(HardenedHeapDeathTest, LinkThatLeadsToALiveBlock) {
  const uint64_t key = pool_.pool->root().key;
  for (const size_t bytes : {size_t{100}, size_t{1000}, size_t{5000}}) {
    char* const live = heap_.Allocate(bytes);
    Slab* const slab = pool_.SlabOf(live);
    ASSERT_NE(slab->free, nullptr);
    char* const first = slab->free;
    const auto misuse = [&] {
      WriteLink(first, Encode(live, key));
      WriteLink(live, Encode(nullptr, key));
      EXPECT_EQ(heap_.Allocate(bytes), first);
      (void)heap_.Allocate(bytes);
    };
    EXPECT_REPORT(misuse(), "(corrupted free block|write after free)") << bytes;
  }
}

TEST_F(HardenedHeapTest, FreedBlocksWait) {
  for (const size_t bytes :
       {size_t{16}, size_t{1000}, size_t{2047}, size_t{3000}, size_t{15'000}}) {
    int at_once = 0;
    for (int i = 0; i < 500; ++i) {
      char* const block = heap_.Allocate(bytes);
      heap_.Free(block);
      char* const next = heap_.Allocate(bytes);
      at_once += next == block;
      heap_.Free(next);
    }
    EXPECT_EQ(at_once, 0) << bytes;
  }
}

TEST(QuarantineTest, KeepsAShareOfThePool) {
  Quarantine quarantine;
  quarantine.Open(kMiB, 1);
  EXPECT_TRUE(quarantine.Keeps(2048));
  EXPECT_FALSE(quarantine.Keeps(2049));
  quarantine.Open(4 * kMiB, 1);
  EXPECT_TRUE(quarantine.Keeps(8 * kKiB));
  EXPECT_FALSE(quarantine.Keeps(8 * kKiB + 1));
  quarantine.Open(1024 * kMiB, 1);
  EXPECT_TRUE(quarantine.Keeps(16 * kKiB));
  EXPECT_FALSE(quarantine.Keeps(16 * kKiB + 1));
}

TEST(QuarantineTest, LetsOutWhatCameInOnce) {
  static uint64_t words[1000][2];
  Quarantine quarantine;
  quarantine.Open(64 * kMiB, 1);
  std::set<void*> out;
  for (auto& word : words) {
    const bool large = (&word - words) % 3 == 0;
    void* const driven = quarantine.Exchange(word, large ? 10'000 : 100);
    EXPECT_TRUE(driven == nullptr || out.insert(driven).second);
  }
  EXPECT_GE(out.size(),
            std::size(words) - Quarantine::kBlocks - Quarantine::kLargeBlocks);
  quarantine.Empty([&](void* block) { EXPECT_TRUE(out.insert(block).second); });
  EXPECT_EQ(out.size(), std::size(words));
  quarantine.Empty([](void*) { FAIL(); });
}

TEST(HardenedLadderTest, ShrinkingStaysWhereThePoolIsFull) {
  for (const size_t bytes : {size_t{3000}, size_t{30'000}, size_t{100'000}}) {
    HardenedPool pool({.bytes = 512 * kKiB});
    TestHardenedHeap heap(&pool);
    std::vector<char*> blocks = heap.Fill(bytes);
    ASSERT_GT(blocks.size(), 3u);
    (void)heap.Fill(16);
    for (char* const block : blocks) memset(block, 'b', bytes);
    for (const size_t less : {bytes / 2 - 10, bytes / 10, size_t{16}}) {
      for (char* const block : blocks) {
        // What a span gives back serves those after it.
        char* const smaller = heap.Reallocate(block, less);
        ASSERT_NE(smaller, nullptr);
        EXPECT_EQ(heap.UsableSize(smaller), less);
        EXPECT_TRUE(IsAll(smaller, 'b', less));
        if (smaller != block) continue;
        // What was cut off, up to the last canary.
        const size_t from = less / 16 * 16 + 16;
        const size_t capacity = pool.Capacity(block);
        EXPECT_TRUE(IsAll(block + from, 0, capacity - 16 - from));
      }
      if (bytes > kMaxClassBytes) break;
      EXPECT_EQ(heap.Reallocate(blocks[0], bytes * 20), nullptr);
      EXPECT_TRUE(IsAll(blocks[0], 'b', less));
    }
    pool.ExpectValid();
  }
}

TEST(HardenedLadderTest, WhatWaitsIsUsedAgainWhenNothingElseIsLeft) {
  HardenedPool pool({.bytes = 256 * kKiB});
  TestHardenedHeap heap(&pool);
  for (const size_t bytes : {size_t{1000}, size_t{100}, size_t{2000}}) {
    std::vector<char*> blocks = heap.Fill(bytes);
    const size_t fit = blocks.size();
    for (int round = 0; round < 5; ++round) {
      heap.FreeAll(blocks);
      blocks = heap.Fill(bytes);
      // Slabs in which a block waits stay as they were cut, which wastes up to
      // 1/64; all that waits would be more.
      EXPECT_GE(blocks.size(), fit - fit / 64);
    }
    heap.FreeAll(blocks);
  }
  heap.Close();
  pool.ExpectValid();
  EXPECT_EQ(pool.pool.InUse(), 0u);
}

size_t ResidentBytes() {
  FILE* const file = fopen("/proc/self/statm", "r");
  size_t pages = 0;
  const int read = fscanf(file, "%*u %zu", &pages);
  fclose(file);
  return read == 1 ? pages * static_cast<size_t>(sysconf(_SC_PAGESIZE)) : 0;
}

TEST(HardenedPagesTest, WhatWasNeverTouchedStaysUntouched) {
  HardenedPool pool({.bytes = 256 * kMiB, .content = Content::kZero});
  TestHardenedHeap heap(&pool);
  const size_t before = ResidentBytes();
  ASSERT_GT(before, 0u);
  for (int i = 0; i < 3; ++i) {
    char* const block = heap.AllocateZeroed(128 * kMiB);
    ASSERT_NE(block, nullptr);
    block[64 * kMiB] = 't';
    heap.Free(block);
    EXPECT_EQ(block[64 * kMiB], 0);
    char* const other = heap.Allocate(100 * kMiB + 5);
    ASSERT_NE(other, nullptr);
    heap.Free(other);
  }
  // Blocks of slabs, of 14 pages each.
  for (int i = 0; i < 200; ++i) heap.Free(heap.Allocate(56'000));
  EXPECT_LT(ResidentBytes(), before + 12 * kMiB);
}

TEST(HardenedThreadsTest, BlocksOfOthersAreFreedByAllThreads) {
  constexpr int kThreads = 4;
  constexpr int kSteps = 60'000;
  HardenedPool pool({.bytes = 64 * kMiB});
  static std::atomic<char*> places[256];
  const auto work = [&](uint64_t seed) {
    for (int life = 0; life < 3; ++life) {  // a thread ends, another begins
      TestHardenedHeap heap(&pool, seed);
      Random random(seed + static_cast<uint64_t>(life));
      for (int step = 0; step < kSteps / 3; ++step) {
        const size_t bytes =
            random.Below(random.Below(50) == 0 ? 80'000 : 1200) + 8;
        char* block = heap.Allocate(bytes);
        if (block == nullptr || (bytes < 2048 && !IsAll(block, 0, bytes))) {
          abort();
        }
        memset(block, 'b', bytes);
        block = places[random.Below(std::size(places))].exchange(block);
        if (block == nullptr) continue;
        if (!IsAll(block, 'b', heap.UsableSize(block))) abort();
        heap.Free(block);
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back(work, 1000 + static_cast<uint64_t>(i));
  }
  for (std::thread& thread : threads) thread.join();
  TestHardenedHeap heap(&pool);
  for (std::atomic<char*>& place : places) {
    if (char* const block = place.exchange(nullptr)) heap.Free(block);
  }
  heap.Close();
  pool.pool->Reclaim();
  pool.ExpectValid();
  EXPECT_EQ(pool.pool.InUse(), 0u);
}

// A handler at every single instruction of each call.
constexpr greg_t kTrapFlag = 0x100;
volatile bool g_stepping;
TestHardenedHeap* g_heap;
size_t g_bytes;
int g_served;
int g_refused;
bool g_is_zero;

void OnStep(int, siginfo_t*, void* context) {
  greg_t& flags = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL];
  if (!g_stepping) {
    flags &= ~kTrapFlag;
    return;
  }
  flags |= kTrapFlag;
  char* const block = g_heap->Allocate(g_bytes);
  ++(block != nullptr ? g_served : g_refused);
  if (block == nullptr) return;
  g_is_zero = g_is_zero && IsAll(block, 0, g_bytes);
  memset(block, 'h', g_bytes);
  g_heap->Free(block);
}

template <typename Call>
void Step(Call call) {
  g_stepping = true;
  raise(SIGTRAP);
  call();
  g_stepping = false;
  raise(SIGTRAP);
}

TEST(HardenedSignalTest, HandlerAtEveryInstructionLeavesTheHeapWhole) {
  struct sigaction action = {};
  struct sigaction before = {};
  action.sa_sigaction = &OnStep;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGTRAP, &action, &before);
  for (const size_t of_handler : {size_t{40}, size_t{1500}}) {
    HardenedPool pool({.bytes = 16 * kMiB});
    TestHardenedHeap heap(&pool);
    g_heap = &heap;
    g_bytes = of_handler;
    g_served = g_refused = 0;
    g_is_zero = true;
    heap.Churn(40);
    heap.Churn(1500);
    constexpr size_t kAsked[] = {40,   1500, 40, 300, 3000, 1500, 70'000,
                                 1500, 40,   40, 1,   1000, 3000, 3000};
    char* blocks[std::size(kAsked)];
    for (size_t i = 0; i < std::size(kAsked); ++i) {
      Step([&] { blocks[i] = heap.Allocate(kAsked[i]); });
      ASSERT_NE(blocks[i], nullptr);
      memset(blocks[i], 'm', kAsked[i]);
    }
    for (size_t i = 0; i < std::size(kAsked); ++i) {
      ASSERT_TRUE(IsAll(blocks[i], 'm', kAsked[i])) << i;
      char* moved = blocks[i];
      if (i % 4 == 0) {
        Step([&] { moved = heap.Reallocate(blocks[i], 2 * kAsked[i]); });
        ASSERT_NE(moved, nullptr);
      }
      Step([&] { heap.Free(moved); });
    }
    pool.ExpectValid();
    EXPECT_TRUE(g_is_zero);
    EXPECT_GT(g_served, 1000);
    EXPECT_GT(g_refused, 1000);
  }
  sigaction(SIGTRAP, &before, nullptr);
}

}  // namespace
}  // namespace cellblock
