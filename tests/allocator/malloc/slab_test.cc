// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The words of a slab's record, one by one.

#include "allocator/malloc/slab.h"

#include <gtest/gtest.h>
#include <sys/single_threaded.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>

#include "allocator/malloc/size_class.h"

namespace cellblock {
namespace {

// Links, as a program might see them, of pools anywhere in its half of the
// address space.
constexpr uint64_t kRandoms[] = {0, 1, 0x123456789ABCDEF0u, UINT64_MAX};
constexpr uintptr_t kAddresses[] = {0, 0x10, 0x7F12'3456'78A0,
                                    0x7FFF'FFFF'FFF0};

// A slab whose first so many blocks were handed out.
struct TestSlab : Slab {
  TestSlab(uint32_t of, char* first, uint32_t blocks) {
    start = reinterpret_cast<uintptr_t>(first);
    size_class = static_cast<uint8_t>(of);
    reciprocal = kReciprocals.of[of];
    limit = BlockLimit(ClassBytes(of), blocks);
    carved = static_cast<uint16_t>(blocks);
  }
};

TEST(SlabTest, RecordIsOneLineOfTheCache) {
  EXPECT_EQ(sizeof(Slab), 128u);
  EXPECT_EQ(alignof(Slab), 64u);
}

TEST(SlabTest, NoSlabHasNoBlockAndNoOwner) {
  EXPECT_EQ(kNoSlab.free, nullptr);
  EXPECT_EQ(kNoSlab.owner.load(), 0u);
  EXPECT_EQ(kNoSlab.size_class, kNoClass);
  for (uintptr_t address = 0; address < 1000; ++address) {
    EXPECT_FALSE(IsBlock(kNoSlab, reinterpret_cast<char*>(address)));
  }
}

// Every offset that a block can have, and that the word says it is owned.
TEST(SlabTest, RemoteWordNamesEveryBlock) {
  char* const start = reinterpret_cast<char*>(0x7F12'3456'7000);
  const TestSlab slab(0, start, 1);
  for (size_t at = 0; at < kMaxSlabPages * kPageBytes; at += kBlockAlignment) {
    const uint32_t word = RemoteWord(slab, start + at);
    ASSERT_EQ(word & kOwnedBit, kOwnedBit) << at;
    ASSERT_EQ(RemoteFirst(slab, word), start + at);
  }
  EXPECT_EQ(RemoteFirst(slab, kOwnedBit), nullptr);
  EXPECT_EQ(RemoteFirst(slab, 0), nullptr);
}

TEST(SlabTest, LinkIsTheAddressAgainAndNoAddressOfAProgram) {
  for (const uint64_t random : kRandoms) {
    const uint64_t key = LinkKey(random);
    for (const uintptr_t address : kAddresses) {
      char* const block = reinterpret_cast<char*>(address);
      const uintptr_t link = Encode(block, key);
      EXPECT_EQ(Decode(link, key), block);
      // Neither half of the address space has such an upper end.
      EXPECT_EQ(link >> 48, kLinkTag);
      EXPECT_NE(kLinkTag, 0u);
      EXPECT_NE(kLinkTag, 0xFFFFu);
    }
  }
}

TEST(SlabTest, LooksFreeIffTheUpperEndIsThatOfALink) {
  alignas(16) char block[16] = {};
  for (uint32_t tag = 0; tag <= UINT16_MAX; ++tag) {
    WriteLink(block, uintptr_t{tag} << 48 | 0x1234'5678'9ABC);
    EXPECT_EQ(LooksFree(block), tag == kLinkTag) << tag;
  }
  WriteLink(block, 0);
  EXPECT_FALSE(LooksFree(block));
}

TEST(SlabTest, IsBlockTellsEveryAddressOfASlab) {
  const auto memory = std::make_unique<char[]>(3 * kPageBytes);
  for (uint32_t size_class = 0; size_class < kClasses; size_class += 7) {
    const size_t block = ClassBytes(size_class);
    const TestSlab slab(size_class, memory.get() + kPageBytes, 3);
    for (ptrdiff_t at = -static_cast<ptrdiff_t>(kPageBytes);
         at < static_cast<ptrdiff_t>(2 * kPageBytes); ++at) {
      const auto offset = static_cast<size_t>(at);
      const bool is_one = at >= 0 && offset % block == 0 && offset / block < 3;
      ASSERT_EQ(IsBlock(slab, memory.get() + kPageBytes + at), is_one)
          << block << ", " << at;
    }
  }
}

// Where the product alone would say yes: beyond 2^32 it is not to be asked.
TEST(SlabTest, IsBlockIsFalseFarAway) {
  constexpr uintptr_t kStart = uintptr_t{1} << 40;
  const auto at = [](uintptr_t address) {
    return reinterpret_cast<char*>(address);
  };
  const TestSlab slab(0, at(kStart), 256);
  for (uint64_t step = 1; step != 0; step <<= 1) {
    if (step < kMaxSlabPages * kPageBytes) continue;
    EXPECT_FALSE(IsBlock(slab, at(kStart + step))) << step;
    EXPECT_FALSE(IsBlock(slab, at(kStart - step))) << step;
  }
}

TEST(SlabTest, UnusedSlabHasNoBlockAndSaysHowManyPagesMayBeDirty) {
  char* const start = reinterpret_cast<char*>(0x7F12'3456'7000);
  TestSlab slab(5, start, 40);
  slab.owner = 0x1230;
  slab.remote = kOwnedBit;
  slab.pages = 7 | kFresh;
  Unuse(&slab);
  EXPECT_EQ(slab.owner.load(), 0u);
  EXPECT_EQ(slab.remote.load(), kOwnedBit);
  EXPECT_EQ(slab.size_class, kNoClass);
  EXPECT_EQ(slab.carved, 0u);
  EXPECT_EQ(slab.reciprocal, 7u);
  EXPECT_EQ(slab.credit, 7u);
  EXPECT_EQ(slab.pages & kFresh, 0);
  EXPECT_FALSE(IsBlock(slab, start));
}

void ExpectCompareAndExchange() {
  std::atomic<uint32_t> word{5};
  uint32_t expected = 4;
  EXPECT_FALSE(CompareExchange(word, expected, 9u, std::memory_order_acquire));
  EXPECT_EQ(expected, 5u);
  EXPECT_EQ(word.load(), 5u);
  EXPECT_TRUE(CompareExchange(word, expected, 9u, std::memory_order_acquire));
  EXPECT_EQ(word.load(), 9u);
  EXPECT_EQ(Exchange(word, 1u, std::memory_order_acquire), 9u);
  EXPECT_EQ(word.load(), 1u);
}

// What they do may not depend on whether libc knows of a second thread.
TEST(SlabTest, CompareAndExchangeAreTheSameForOneThreadAndForSeveral) {
  ASSERT_NE(__libc_single_threaded, 0);
  ExpectCompareAndExchange();
  std::atomic<bool> done{false};
  std::thread other([&] {
    while (!done) std::this_thread::yield();
  });
  EXPECT_EQ(__libc_single_threaded, 0);
  ExpectCompareAndExchange();
  done = true;
  other.join();
}

}  // namespace
}  // namespace cellblock
