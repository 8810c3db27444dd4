// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The checker itself: each invariant is broken by one word, and noticed.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <vector>

#include "allocator/malloc/slab_blocks.h"
#include "allocator/malloc/thread_heap.h"
#include "tests/allocator/malloc/test_heap.h"

namespace cellblock {
namespace {

// Puts a word back at the end.
template <typename T>
class Changed {
 public:
  template <typename U>
  Changed(T* word, U value) : word_(word), before_(*word) {
    *word = static_cast<T>(value);
  }
  ~Changed() { *word_ = before_; }
  Changed(const Changed&) = delete;
  Changed& operator=(const Changed&) = delete;

 private:
  T* word_;
  T before_;
};

// The same of an atomic word.
template <typename T>
class Stored {
 public:
  template <typename U>
  Stored(std::atomic<T>* word, U value) : word_(word), before_(word->load()) {
    word->store(static_cast<T>(value));
  }
  ~Stored() { word_->store(before_); }
  Stored(const Stored&) = delete;
  Stored& operator=(const Stored&) = delete;

 private:
  std::atomic<T>* word_;
  T before_;
};

// A slab that serves, one in the queue, a full one, a listed one, unused spans,
// live spans and pages of a mapping.
class SlabPoolValidate : public testing::Test {
 protected:
  static constexpr size_t kSome = 3000;  // four to a slab of three pages

  SlabPoolValidate() {
    pool_.CheckEvery(0);
    for (int i = 0; i < 10; ++i) blocks_.push_back(heap_.Allocate(kSome));
    full_ = pool_.SlabOf(blocks_[0]);
    queued_ = pool_.SlabOf(blocks_[4]);
    serving_ = pool_.SlabOf(blocks_[8]);
    heap_.Free(blocks_[5]);
    heap_.Free(blocks_[9]);
    heap_.Free(heap_.Allocate(kSome));
    listed_ = pool_.SlabOf(other_.Allocate(kSome));
    other_.Allocate(kSome);
    other_.Close();
    span_ = pool_.SlabOf(heap_.Allocate(100'000));
    unused_ = pool_.SlabOf(heap_.Allocate(90'000));
    heap_.Free(reinterpret_cast<void*>(unused_->start));
    other_.Open();
    other_.Free(blocks_[8]);  // comes back to the slab that serves
    pages_ = pool_->TryPages(2 * kPageBytes, Fill::kZeroed);
    pool_.ExpectValid();
  }
  ~SlabPoolValidate() override { pool_.ExpectValid(); }

  void ExpectBroken(const char* what) {
    const HeapCheck check = pool_->Validate();
    ASSERT_FALSE(check.ok()) << "not noticed: " << what;
    EXPECT_STREQ(check.broken, what);
  }

  std::atomic<Slab*>* MapOf(const Slab* slab, size_t page = 0) {
    return &pool_->root()
                .map[(slab->start - pool_->base()) / kPageBytes + page];
  }
  uintptr_t* LinkOf(char* block) { return reinterpret_cast<uintptr_t*>(block); }
  uintptr_t EncodeKeyed(const char* block) {
    return Encode(block, pool_->root().key);
  }
  std::vector<Slab*> Slabs() { return {serving_, queued_, full_, listed_}; }

  TestPool pool_{16 * kMiB};
  TestHeap heap_{&pool_};
  TestHeap other_{&pool_};
  std::vector<char*> blocks_;
  Slab* full_;
  Slab* queued_;
  Slab* serving_;
  Slab* listed_;
  Slab* span_;
  Slab* unused_;
  void* pages_;
};

TEST_F(SlabPoolValidate, EveryStateIsThere) {
  EXPECT_EQ(full_->remote.load(), 0u);
  EXPECT_EQ(queued_->owner.load(), heap_.token());
  EXPECT_LT(queued_->credit, kServing / 2);
  EXPECT_EQ(serving_->owner.load(), heap_.token());
  EXPECT_GT(serving_->credit, kServing / 2);
  EXPECT_GT(serving_->remote.load(), kOwnedBit);
  EXPECT_EQ(listed_->owner.load(), 0u);
  EXPECT_EQ(listed_->remote.load(), kOwnedBit);
  EXPECT_EQ(span_->size_class, kSpanClass);
  EXPECT_EQ(unused_->size_class, kNoClass);
}

TEST_F(SlabPoolValidate, LiveBlocksAreThoseInNoList) {
  EXPECT_EQ(pool_->Validate().live_blocks, pool_.live());
}

TEST_F(SlabPoolValidate, SlabWithMoreBlocksThanItsPagesHold) {
  for (Slab* const slab : Slabs()) {
    const Changed carved(&slab->carved, CapacityOf(*slab) + 1);
    ExpectBroken("a slab has more blocks than its pages hold");
  }
}

TEST_F(SlabPoolValidate, SlabOfOtherPagesThanItsSpan) {
  for (Slab* const slab : Slabs()) {
    for (const size_t pages : {size_t{0}, PagesOf(*slab) - 1,
                               PagesOf(*slab) + 1, size_t{kMaxSlabPages + 1}}) {
      const Changed changed(&slab->pages, pages);
      ExpectBroken("a record is not of a live span of its pages");
    }
  }
}

TEST_F(SlabPoolValidate, RecordThatStartsElsewhere) {
  for (Slab* const slab : {serving_, full_, span_, unused_}) {
    const Changed start(&slab->start, slab->start + kPageBytes);
    ExpectBroken("a record is not of a live span of its pages");
  }
  const Changed start(&span_->start, Address(pages_));
  ExpectBroken("a record is not of a live span of its pages");
}

TEST_F(SlabPoolValidate, SpanOfOtherPages) {
  for (Slab* const slab : {span_, unused_}) {
    const Changed pages(&slab->reciprocal, slab->reciprocal + 1);
    ExpectBroken("a record is not of a live span of its pages");
  }
}

TEST_F(SlabPoolValidate, PageThatIsNotMappedToItsSlab) {
  for (Slab* const slab : Slabs()) {
    for (size_t page = 0; page < PagesOf(*slab); ++page) {
      for (Slab* const other : {&kNoSlab, span_}) {
        const Stored map(MapOf(slab, page), other);
        ExpectBroken("a page of a slab is not mapped to it");
      }
    }
  }
}

TEST_F(SlabPoolValidate, FirstPageOfASpanThatIsNotMappedToIt) {
  for (Slab* const slab : {span_, unused_}) {
    for (Slab* const other : {&kNoSlab, full_}) {
      const Stored map(MapOf(slab), other);
      ExpectBroken("the first page of a span is not mapped to it");
    }
  }
}

TEST_F(SlabPoolValidate, LinkToWhatIsNoBlockOfTheSlab) {
  for (const uintptr_t link :
       {uintptr_t{0}, UINTPTR_MAX, EncodeKeyed(blocks_[5] + 16),
        EncodeKeyed(blocks_[0]), EncodeKeyed(pool_.end())}) {
    for (char* const free : {blocks_[5], blocks_[8], serving_->free}) {
      const Changed changed(LinkOf(free), link);
      ExpectBroken("a free block is not in its slab");
    }
  }
  for (Slab* const slab : {serving_, queued_}) {
    const Changed free(&slab->free, slab->free + 16);
    ExpectBroken("a free block is not in its slab");
  }
  const Stored remote(&serving_->remote, serving_->remote.load() + 2);
  ExpectBroken("a free block is not in its slab");
}

TEST_F(SlabPoolValidate, ListThatGoesRound) {
  for (char* const free : {blocks_[5], blocks_[8]}) {
    const Changed changed(LinkOf(free), EncodeKeyed(free));
    ExpectBroken("a list of free blocks has a cycle");
  }
}

TEST_F(SlabPoolValidate, FullSlabThatIsNot) {
  {
    const Changed free(&full_->free, blocks_[0]);
    const Changed link(LinkOf(blocks_[0]), EncodeKeyed(nullptr));
    ExpectBroken("a slab without an owner is not full");
  }
  {
    const Changed carved(&full_->carved, full_->carved - 1);
    ExpectBroken("a slab without an owner is not full");
  }
  {
    const Stored owner(&full_->owner, heap_.token());
    ExpectBroken("a slab without an owner is not full");
  }
  for (Slab* const slab : {queued_, listed_}) {
    const Stored remote(&slab->remote, 0);
    ExpectBroken("a slab without an owner is not full");
  }
}

TEST_F(SlabPoolValidate, CreditThatIsNotTheBlocksHandedOut) {
  for (Slab* const slab : {queued_, full_, listed_}) {
    for (const uint32_t credit : {slab->credit - 1, slab->credit + 1, 0u}) {
      const Changed changed(&slab->credit, credit);
      ExpectBroken(
          "the blocks handed out and the free ones are not all of a slab");
    }
  }
}

// Of a slab that serves the counts are not up to date; so no other may seem to.
TEST_F(SlabPoolValidate, SlabThatServesWithoutAnOwner) {
  for (Slab* const slab : {full_, listed_}) {
    const Changed changed(&slab->credit, slab->credit + kServing);
    EXPECT_FALSE(pool_->Validate().ok());
  }
}

TEST_F(SlabPoolValidate, ListOfSlabsThatIsNotOne) {
  const auto index_of = [&](const Slab* slab) {
    return static_cast<uint32_t>(slab - pool_->records());
  };
  {
    const Stored owner(&listed_->owner, heap_.token());
    ExpectBroken("a slab is listed that is not nobody's and of the class");
  }
  {
    const Changed next(&listed_->next, index_of(full_));
    ExpectBroken("a slab is listed that is not nobody's and of the class");
  }
  {
    const Changed next(&listed_->next, index_of(listed_));
    ExpectBroken("a list of slabs has a cycle");
  }
  // As if another one had been listed behind it, and was lost.
  TestHeap third(&pool_);
  ASSERT_EQ(pool_.SlabOf(other_.Allocate(kSome)), listed_);
  ASSERT_NE(pool_.SlabOf(third.Allocate(kSome)), listed_);
  other_.Close();
  third.Close();
  const Changed next(&listed_->next, 0u);
  ExpectBroken("a list of slabs does not end with its last");
}

TEST_F(SlabPoolValidate, LostBlock) {
  const Changed free(&queued_->free, nullptr);
  ExpectBroken("the blocks handed out and the free ones are not all of a slab");
}

// A block twice is one too many of the free ones, whether its slab serves or
// not.
TEST_F(SlabPoolValidate, BlockInBothListsOfASlab) {
  const Stored remote(&queued_->remote, RemoteWord(*queued_, blocks_[5]));
  EXPECT_FALSE(pool_->Validate().ok());
}
TEST_F(SlabPoolValidate, BlockInBothListsOfASlabThatServes) {
  const Stored remote(&serving_->remote, RemoteWord(*serving_, serving_->free));
  EXPECT_FALSE(pool_->Validate().ok());
}

// Below it, the tags of the pages.
TEST_F(SlabPoolValidate, TagsThatAreNotThoseOfTheSpans) {
  // They are at the end of the side region; 16 bytes of the first are heads.
  const size_t tags = SlabPool::SideBytesFor(pool_.bytes()) -
                      Heap::TableBytesFor(pool_->bytes(), kPageBytes);
  auto* const words = reinterpret_cast<uint32_t*>(pool_.side() + tags);
  const size_t count = Heap::TableBytesFor(pool_->bytes(), kPageBytes) / 4;
  size_t noticed = 0;
  size_t in_use = 0;
  for (size_t i = 0; i < count; ++i) {
    if (words[i] == 0) continue;
    ++in_use;
    const Changed changed(&words[i], ~words[i]);
    noticed += !pool_->Validate().ok();
  }
  EXPECT_GT(in_use, 5u);
  EXPECT_GE(noticed, in_use / 2);  // see Freelist::Validate
}

TEST_F(SlabPoolValidate, SpanThatIsFreeInThePoolBelow) {
  // As if somebody had given the pages back behind the record's back.
  const auto saved = span_->start;
  char* const block = reinterpret_cast<char*>(saved);
  heap_.Free(block);
  pool_->Reclaim();
  EXPECT_TRUE(pool_->Validate().ok());
  const Changed start(&span_->start, saved);
  ExpectBroken("a record is not of a live span of its pages");
}

}  // namespace
}  // namespace cellblock
