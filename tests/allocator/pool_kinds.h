// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_ALLOCATOR_POOL_KINDS_H_
#define CELLBLOCK_TESTS_ALLOCATOR_POOL_KINDS_H_

// Every kind of pool: where its memory is from, how it is served, and what its
// cells hold. What promises to hold for all is tested on all.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "allocator/heap_prealloc.h"
#include "allocator/heap_regions.h"
#include "allocator/region.h"

namespace cellblock {

enum class Source : uint8_t {
  kStackArray,
  kStaticArray,
  kCalloc,
  kMalloc,
  kFunction,
  kNewZeroed,
  kNewUninitialized,
  kMapLazy,
  kMapPopulated,
  kMapLocked,
  kMapTransparentHuge,
  kMapHuge,
  kTableApart,
};

inline constexpr std::pair<Source, const char*> kSources[] = {
    {Source::kStackArray, "StackArray"},
    {Source::kStaticArray, "StaticArray"},
    {Source::kCalloc, "Calloc"},
    {Source::kMalloc, "Malloc"},
    {Source::kFunction, "Function"},
    {Source::kNewZeroed, "NewZeroed"},
    {Source::kNewUninitialized, "NewUninitialized"},
    {Source::kMapLazy, "MapLazy"},
    {Source::kMapPopulated, "MapPopulated"},
    {Source::kMapLocked, "MapLocked"},
    {Source::kMapTransparentHuge, "MapTransparentHuge"},
    {Source::kMapHuge, "MapHuge"},
    {Source::kTableApart, "TableApart"},
};

inline constexpr std::pair<Fill, const char*> kFills[] = {
    {Fill::kZeroed, "Zeroed"},
    {Fill::kUninitialized, "Uninitialized"},
    {Fill::kFunction, "Filled"},
};

inline constexpr uint8_t kDirt = 0xA5;   // memory that is not known to be zero
inline constexpr uint8_t kPaint = 0x5A;  // by PaintBlock

// The most bytes of an array, on the stack or static.
inline constexpr size_t kArrayBytes = 256 * 1024;

struct PaintCount {
  uint64_t blocks = 0;
  uint64_t bytes = 0;
};

// A fill function; its context is a PaintCount.
inline void PaintBlock(void* block, size_t bytes, void* context) {
  std::memset(block, kPaint, bytes);
  auto* const count = static_cast<PaintCount*>(context);
  ++count->blocks;
  count->bytes += bytes;
}

// Bytes of memory of which so many are left for cells, wherever the table is.
inline size_t RoomFor(size_t pool_bytes, const PoolOptions& options) {
  return pool_bytes + pool_bytes / 2 + 16 * options.slots + 8 * 1024;
}

// All memory is dirty that is not known to be zero.
inline Result<Region> Dirtied(Result<Region> region) {
  if (region.ok()) std::memset(region->data(), kDirt, region->size());
  return region;
}

// A source at an address that is aligned to nothing.
inline void* AcquireOdd(size_t bytes, void* /*context*/) {
  uint8_t* const block = static_cast<uint8_t*>(std::malloc(bytes + 1));
  return block == nullptr ? nullptr : block + 1;
}

inline void ReleaseOdd(void* memory, size_t /*bytes*/, void* /*context*/) {
  std::free(static_cast<uint8_t*>(memory) - 1);
}

// A source that has none.
inline void* AcquireNothing(size_t /*bytes*/, void* /*context*/) {
  return nullptr;
}

// Runs use(memory, table) on `bytes` of memory; the table is empty if it is to
// be in the memory. Nothing of gtest, so that it can be run in a locked child.
template <typename F>
void WithMemory(Source source, size_t bytes, const F& use) {
  const auto map = [&](Commit commit, Pages pages) {
    use(Region::Map({.bytes = bytes, .commit = commit, .pages = pages}),
        Region());
  };
  // A mistake of the test's own.
  if (bytes > kArrayBytes) std::abort();
  switch (source) {
    case Source::kStackArray: {
      std::byte array[kArrayBytes];
      use(Dirtied(Region::Borrow(array, bytes)), Region());
      return;
    }
    case Source::kStaticArray: {
      static std::byte array[kArrayBytes];
      // As if at the start of the program.
      std::memset(array, 0, sizeof(array));
      use(Region::Borrow(array, bytes, Content::kZero), Region());
      return;
    }
    case Source::kCalloc:
      return use(CallocRegion(bytes), Region());
    case Source::kMalloc:
      return use(Dirtied(MallocRegion(bytes)), Region());
    case Source::kFunction:
      return use(Dirtied(Region::From(
                     {.acquire = AcquireOdd, .release = ReleaseOdd}, bytes)),
                 Region());
    case Source::kNewZeroed:
      return use(NewRegion(bytes, Fill::kZeroed), Region());
    case Source::kNewUninitialized:
      return use(Dirtied(NewRegion(bytes, Fill::kUninitialized)), Region());
    case Source::kMapLazy:
      return map(Commit::kLazy, Pages::kSmall);
    case Source::kMapPopulated:
      return map(Commit::kPopulate, Pages::kSmall);
    case Source::kMapLocked:
      return map(Commit::kLock, Pages::kSmall);
    case Source::kMapTransparentHuge:
      return map(Commit::kLazy, Pages::kTransparentHuge);
    case Source::kMapHuge:
      return map(Commit::kLazy, Pages::kHuge);
    case Source::kTableApart:
      return use(Dirtied(MallocRegion(bytes)), Dirtied(MallocRegion(bytes)));
  }
}

// A test on every kind of pool.
class EveryPool
    : public testing::TestWithParam<std::tuple<Source, Discipline, Fill>> {
 protected:
  Source source() const { return std::get<0>(GetParam()); }
  Discipline discipline() const { return std::get<1>(GetParam()); }
  Fill fill() const { return std::get<2>(GetParam()); }
  bool is_first_fit() const { return discipline() == Discipline::kFirstFit; }

  // Runs use(pool, held) on a pool of at least pool_bytes; what its memory held
  // before is `held` in every byte. At the end everything is to be free again.
  template <typename F>
  void WithPool(size_t pool_bytes, size_t slots, const F& use) {
    PoolOptions options = {
        .fill = fill(), .discipline = discipline(), .slots = slots};
    if (fill() == Fill::kFunction) {
      options.fill_function = PaintBlock;
      options.fill_context = &painted_;
    }
    WithMemory(source(), RoomFor(pool_bytes, options),
               [&](Result<Region> memory, Result<Region> table) {
                 ASSERT_TRUE(memory.ok()) << Message(memory.error());
                 const uint8_t held =
                     memory->content() == Content::kZero ? 0 : kDirt;
                 Result<HeapPrealloc> pool = HeapPrealloc::Create(
                     std::move(memory), std::move(table), options);
                 ASSERT_TRUE(pool.ok()) << Message(pool.error());
                 ASSERT_GE(pool->stats().pool_bytes, pool_bytes);
                 use(*pool, held);
                 const HeapCheck check = pool->Validate();
                 EXPECT_TRUE(check.ok()) << check.broken;
                 EXPECT_EQ(pool->stats().in_use_bytes, 0u);
               });
  }

  // A cell of bytes needs no alignment: it can have all of a pool.
  static Cell<uint8_t> TakeAll(HeapPrealloc& pool) {
    Cell<uint8_t> all = pool.AllocCell<uint8_t>(pool.stats().pool_bytes);
    EXPECT_TRUE(all) << Message(pool.last_error());
    return all;
  }

  // What a cell holds in every byte when it is handed out; `held` is what its
  // memory held.
  uint8_t Promised(uint8_t held) const {
    switch (fill()) {
      case Fill::kZeroed:
        return 0;
      case Fill::kFunction:
        return kPaint;
      case Fill::kUninitialized:
        break;
    }
    return held;
  }

  PaintCount painted_;
};

inline std::string PoolKindName(
    const testing::TestParamInfo<EveryPool::ParamType>& info) {
  const auto [source, discipline, fill] = info.param;
  std::string name;
  for (const auto& [value, word] : kSources) {
    if (value == source) name += word;
  }
  name += discipline == Discipline::kFirstFit ? "FirstFit" : "Coalescing";
  for (const auto& [value, word] : kFills) {
    if (value == fill) name += word;
  }
  return name;
}

// Every kind whose cells are filled in one of these ways.
inline auto PoolKinds(const std::vector<Fill>& fills) {
  std::vector<Source> sources;
  for (const auto& source : kSources) sources.push_back(source.first);
  return testing::Combine(
      testing::ValuesIn(sources),
      testing::Values(Discipline::kCoalescing, Discipline::kFirstFit),
      testing::ValuesIn(fills));
}

inline auto AllPoolKinds() {
  return PoolKinds({Fill::kZeroed, Fill::kUninitialized, Fill::kFunction});
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ALLOCATOR_POOL_KINDS_H_
