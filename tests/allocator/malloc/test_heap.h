// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_MALLOC_TEST_HEAP_H_
#define CELLBLOCK_TESTS_ALLOCATOR_MALLOC_TEST_HEAP_H_

#include <gtest/gtest.h>
#include <signal.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "allocator/malloc/slab_pool.h"
#include "allocator/malloc/thread_heap.h"
#include "allocator/region.h"

// Ends by SIGABRT, after one line of allocator/report.h about an address.
#define EXPECT_REPORT(call, report)           \
  EXPECT_EXIT(                                \
      call, testing::KilledBySignal(SIGABRT), \
      "^cellblock: " + std::string(report) + " (of )?0x[0-9a-f]+: .*\n$")

namespace cellblock {

inline constexpr size_t kKiB = 1024;
inline constexpr size_t kMiB = 1024 * kKiB;

struct TestPoolOptions {
  size_t bytes = kMiB;
  // Of the pool and of the side region: zero bytes, or 0xA5 in each.
  Content content = Content::kUnknown;
  // From the start of a page to the start of the pool.
  size_t offset = 0;
};

// A SlabPool between guard pages, and how many blocks of it are handed out.
class TestPool {
 public:
  using Options = TestPoolOptions;

  explicit TestPool(const Options& options = {})
      : region_(MapOrDie(options.offset + options.bytes)),
        side_(MapOrDie(SlabPool::SideBytesFor(options.bytes))),
        begin_(reinterpret_cast<char*>(region_.data()) + options.offset),
        bytes_(options.bytes) {
    if (options.content == Content::kUnknown) {
      memset(begin_, 0xA5, bytes_);
      memset(static_cast<void*>(side_.data()), 0xA5, side_.size());
    }
    const AllocatorError error = pool_.Attach({.base = begin_,
                                               .bytes = bytes_,
                                               .side = side_.data(),
                                               .side_bytes = side_.size(),
                                               .content = options.content,
                                               .side_content = options.content,
                                               .seed = 0x5EED,
                                               .stats = &copy_});
    EXPECT_EQ(error, AllocatorError::kNone);
  }
  explicit TestPool(size_t bytes) : TestPool(Options{.bytes = bytes}) {}

  SlabPool* operator->() { return &pool_; }
  SlabPool& operator*() { return pool_; }

  char* begin() const { return begin_; }
  char* end() const { return begin_ + bytes_; }
  size_t bytes() const { return bytes_; }
  size_t pages() const { return pool_.bytes() / kPageBytes; }
  char* side() const { return reinterpret_cast<char*>(side_.data()); }
  HeapStats& copy() { return copy_; }

  Slab* SlabOf(const void* block) const { return pool_.Locate(block); }
  size_t InUse() { return pool_.Stats().in_use_bytes; }

  // Of all slabs and spans, used and unused.
  template <typename Visit>
  void ForEachSlab(Visit visit) const {
    for (size_t page = 0; page < pages(); ++page) {
      Slab* const slab =
          SlabOf(reinterpret_cast<char*>(pool_.base()) + page * kPageBytes);
      if (slab->start == pool_.base() + page * kPageBytes) visit(*slab);
    }
  }
  uint64_t live() const { return live_; }

  // Checks the pool after every so many calls of its heaps, or never if 0.
  void CheckEvery(uint64_t calls) { check_every_ = calls; }

  void ExpectValid() {
    const HeapCheck check = pool_.Validate();
    ASSERT_TRUE(check.ok()) << check.broken << ", at offset " << check.offset;
    EXPECT_EQ(check.live_blocks, live_);
  }

  // What a test calls the heaps by, told here.
  void Count(int64_t blocks) {
    live_ += static_cast<uint64_t>(blocks);
    if (check_every_ != 0 && ++calls_ % check_every_ == 0) ExpectValid();
  }

 private:
  static Region MapOrDie(size_t bytes) {
    Result<Region> region = Region::Map({.bytes = bytes});
    if (!region.ok()) abort();
    return std::move(region).value();
  }

  Region region_;
  Region side_;
  char* begin_;
  size_t bytes_;
  HeapStats copy_;
  SlabPool pool_;
  uint64_t live_ = 0;
  uint64_t calls_ = 0;
  uint64_t check_every_ = 1;
};

// A ThreadHeap as one thread has it; after each call the whole pool is checked.
// All of them may be driven by one thread, which is what most tests do.
class TestHeap {
 public:
  explicit TestHeap(TestPool* pool) : pool_(*pool) { Open(); }
  ~TestHeap() {
    if (heap_.is_open()) Close();
  }
  TestHeap(const TestHeap&) = delete;
  TestHeap& operator=(const TestHeap&) = delete;

  void Open() {
    // As a thread pointer, it is that of nobody else while the heap is there.
    heap_.Open(&*pool_, token(), &fast_);
    pool_.Count(0);
  }
  void Close() {
    heap_.Close();
    pool_.Count(0);
  }

  char* Allocate(size_t bytes, size_t alignment = kBlockAlignment) {
    return Taken(heap_.Allocate(bytes, alignment));
  }
  char* AllocateZeroed(size_t bytes, size_t alignment = kBlockAlignment) {
    return Taken(heap_.AllocateZeroed(bytes, alignment));
  }
  char* Reallocate(void* block, size_t bytes) {
    void* const moved = heap_.Reallocate(block, bytes);
    pool_.Count(0);
    return static_cast<char*>(moved);
  }
  void Free(void* block) {
    heap_.Free(block, pool_.SlabOf(block));
    pool_.Count(-1);
  }

  // As the fast path of free() does, with a block of a slab that this heap
  // owns.
  void FreeFast(void* memory) {
    char* const block = static_cast<char*>(memory);
    Slab* const slab = pool_.SlabOf(block);
    ASSERT_EQ(slab->owner.load(), token());
    WriteLink(block, Encode(slab->free, pool_->root().key));
    slab->free = block;
    if (--slab->credit == 0) heap_.Emptied(slab);
    pool_.Count(-1);
  }

  size_t UsableSize(const void* block) { return pool_->UsableSize(block); }

  // Blocks of `bytes` until there is no more; how many.
  template <typename Blocks>
  size_t Fill(size_t bytes, Blocks* blocks) {
    size_t count = 0;
    while (char* const block = Allocate(bytes)) {
      blocks->push_back(block);
      ++count;
    }
    return count;
  }
  template <typename Blocks>
  void FreeAll(Blocks* blocks) {
    for (void* const block : *blocks) Free(block);
    blocks->clear();
  }

  bool Owns(const void* block) const {
    return pool_.SlabOf(block)->owner.load() == token();
  }
  Slab* Serving(size_t bytes) const { return fast_.serving[ClassOf(bytes)]; }

  uintptr_t token() const { return reinterpret_cast<uintptr_t>(&heap_); }
  ThreadHeap* operator->() { return &heap_; }

 private:
  char* Taken(void* block) {
    pool_.Count(block != nullptr ? 1 : 0);
    return static_cast<char*>(block);
  }

  TestPool& pool_;
  FastTable fast_;
  ThreadHeap heap_;
};

inline size_t PagesOf(const Slab& slab) {
  return slab.size_class < kClasses ? slab.pages & ~kFresh : slab.reciprocal;
}

inline uintptr_t Address(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

inline bool IsAll(const void* memory, char value, size_t bytes) {
  const char* const at = static_cast<const char*>(memory);
  return bytes == 0 || (at[0] == value && memcmp(at, at + 1, bytes - 1) == 0);
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_MALLOC_TEST_HEAP_H_
