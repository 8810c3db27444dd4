// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What waits to be given back to other threads: it is given back, and until
// then nothing that is promised of freed blocks is less true. Several heaps,
// driven by one thread of a process that has had more.

#include "allocator/malloc/remote_batches.h"

#include <gtest/gtest.h>
#include <sys/single_threaded.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "allocator/malloc/thread_heap.h"
#include "tests/allocator/malloc/test_heap.h"

namespace cellblock {
namespace {

constexpr size_t kMost = RemoteBatches::kMostBlocks;

class RemoteBatchesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::thread([] {}).join();
    ASSERT_EQ(__libc_single_threaded, 0);
  }

  std::vector<char*> Blocks(TestHeap* heap, size_t count, size_t bytes) {
    std::vector<char*> blocks;
    for (size_t i = 0; i < count; ++i) blocks.push_back(heap->Allocate(bytes));
    return blocks;
  }

  // As free() does.
  void Free(TestHeap* heap, char* block) {
    if ((*heap)->TryGiveBack(block, pool_.SlabOf(block))) {
      pool_.Count(-1);
    } else {
      heap->Free(block);
    }
  }

  static bool HasRemote(const Slab& slab) {
    return slab.remote.load() > kOwnedBit;
  }

  TestPool pool_{{.bytes = 16 * kMiB, .content = Content::kZero}};
  TestHeap one_{&pool_};
  TestHeap other_{&pool_};
};

TEST_F(RemoteBatchesTest, BlocksComeBackTogether) {
  const std::vector<char*> blocks = Blocks(&one_, kMost + 1, 64);
  Slab* const slab = pool_.SlabOf(blocks[0]);
  ASSERT_EQ(pool_.SlabOf(blocks[kMost]), slab);
  for (size_t i = 0; i < kMost; ++i) {
    EXPECT_FALSE(HasRemote(*slab)) << i;
    Free(&other_, blocks[i]);
  }
  EXPECT_EQ(RemoteFirst(*slab, slab->remote.load()), blocks[kMost - 1]);
  std::set<char*> missing(blocks.begin(), blocks.end() - 1);
  for (int i = 0; i < 200 && !missing.empty(); ++i) {
    missing.erase(one_.Allocate(64));
  }
  EXPECT_TRUE(missing.empty());
}

TEST_F(RemoteBatchesTest, FiguresCountWhatWaitsAsFree) {
  const std::vector<char*> blocks = Blocks(&one_, 10, 64);
  one_->Count();
  EXPECT_EQ(pool_->CountLive().blocks, 10u);
  for (size_t i = 0; i < 4; ++i) Free(&other_, blocks[i]);
  EXPECT_EQ(pool_->CountLive().blocks, 6u);
  EXPECT_EQ(pool_->CountLive().bytes, 6u * 64);
  EXPECT_FALSE(HasRemote(*pool_.SlabOf(blocks[0])));
}

TEST_F(RemoteBatchesTest, LargeBlocksDoNotWait) {
  const std::vector<char*> blocks = Blocks(&one_, 2, 5000);
  other_.Free(blocks[0]);
  EXPECT_TRUE(HasRemote(*pool_.SlabOf(blocks[0])));
}

TEST_F(RemoteBatchesTest, SlabsThatWaitAreFew) {
  std::vector<Slab*> slabs;
  for (size_t bytes = 16; bytes <= 1024; bytes += bytes) {
    const std::vector<char*> blocks = Blocks(&one_, 2, bytes);
    slabs.push_back(pool_.SlabOf(blocks[0]));
    Free(&other_, blocks[0]);
  }
  size_t waiting = 0;
  for (const Slab* const slab : slabs) waiting += HasRemote(*slab) ? 0 : 1;
  EXPECT_GE(waiting, 1u);
  EXPECT_LE(waiting, RemoteBatches::kBatches);
}

TEST_F(RemoteBatchesTest, SlabThatBecameFullIsClaimedWithThem) {
  std::vector<char*> blocks = Blocks(&one_, 4, 64);
  Slab* const slab = pool_.SlabOf(blocks[0]);
  for (size_t i = 0; i < 3; ++i) Free(&other_, blocks[i]);
  while (slab->remote.load() != 0) one_.Allocate(64);
  Free(&other_, blocks[3]);
  EXPECT_TRUE(other_.Owns(blocks[3]));
  EXPECT_EQ(slab->credit, slab->carved - 4u);
}

TEST_F(RemoteBatchesTest, SlabOfNobodyGetsThemAtOnce) {
  const std::vector<char*> blocks = Blocks(&one_, 4, 64);
  Slab* const slab = pool_.SlabOf(blocks[0]);
  for (size_t i = 0; i < 2; ++i) Free(&other_, blocks[i]);
  one_.Close();
  EXPECT_FALSE(HasRemote(*slab));
  Free(&other_, blocks[2]);
  EXPECT_EQ(RemoteFirst(*slab, slab->remote.load()), blocks[2]);
  Free(&other_, blocks[3]);
  EXPECT_EQ(RemoteFirst(*slab, slab->remote.load()), blocks[3]);
}

TEST_F(RemoteBatchesTest, SlabThatTheirFreerTookOverGetsThem) {
  const std::vector<char*> blocks = Blocks(&one_, 5, 64);
  for (size_t i = 0; i < 3; ++i) Free(&other_, blocks[i]);
  one_.Close();  // lists the slab
  EXPECT_FALSE(HasRemote(*pool_.SlabOf(blocks[0])));
  char* const mine = other_.Allocate(64);
  EXPECT_TRUE(other_.Owns(blocks[0]));
  other_->Count();
  EXPECT_EQ(pool_->CountLive().blocks, 3u);
  other_.Free(mine);
  other_.Free(blocks[3]);
  other_.Free(blocks[4]);
  other_.Close();
  EXPECT_EQ(pool_.InUse(), 0u);
}

TEST_F(RemoteBatchesTest, ThreadThatEndsGivesThemBack) {
  const std::vector<char*> blocks = Blocks(&one_, 3, 64);
  for (char* const block : blocks) Free(&other_, block);
  other_.Close();
  EXPECT_TRUE(HasRemote(*pool_.SlabOf(blocks[0])));
  one_.Close();
  EXPECT_EQ(pool_.InUse(), 0u);
}

TEST_F(RemoteBatchesTest, ThreadThatMetExhaustionHoldsNone) {
  const std::vector<char*> blocks = Blocks(&one_, 3, 64);
  for (char* const block : blocks) Free(&other_, block);
  pool_.CheckEvery(0);
  std::vector<char*> rest;
  other_.Fill(1000, &rest);
  EXPECT_TRUE(HasRemote(*pool_.SlabOf(blocks[0])));
  other_.FreeAll(&rest);
  pool_.ExpectValid();
}

TEST_F(RemoteBatchesTest, DoubleFreeIsNoticedByWhoeverFrees) {
  TestHeap third(&pool_);
  const std::vector<char*> blocks = Blocks(&one_, 3, 64);
  for (char* const block : blocks) Free(&other_, block);
  for (TestHeap* const heap : {&one_, &other_, &third}) {
    EXPECT_REPORT(Free(heap, blocks[1]), "double free");
  }
}

TEST_F(RemoteBatchesTest, OverwrittenLinkIsNoticed) {
  const std::vector<char*> blocks = Blocks(&one_, kMost, 64);
  for (size_t i = 0; i + 1 < kMost; ++i) Free(&other_, blocks[i]);
  pool_.CheckEvery(0);
  const uintptr_t link = ReadLink(blocks[3]);
  WriteLink(blocks[3], 0x4141414141414141);
  Free(&other_, blocks[kMost - 1]);
  EXPECT_REPORT(while (true) one_.Allocate(64), "corrupted free block");
  WriteLink(blocks[3], link);
}

// Of any content behind the links nothing comes but what is fetched.
TEST_F(RemoteBatchesTest, HintIsNotTrusted) {
  for (const int value : {0x00, 0x01, 0x0F, 0x7F, 0xFF}) {
    const std::vector<char*> blocks = Blocks(&one_, kMost, 64);
    for (char* const block : blocks) Free(&other_, block);
    for (char* const block : blocks) memset(block + 8, value, 56);
    for (char* const block : Blocks(&one_, 100, 64)) one_.Free(block);
  }
}

}  // namespace
}  // namespace cellblock
