// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_SIZE_CLASS_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_SIZE_CLASS_H_

#include <cstddef>
#include <cstdint>

namespace cellblock {

// The sizes that malloc rounds up to, and how many blocks of each go into a
// slab. Steps of 16 bytes up to 128, then eight steps to each power of two, so
// that rounding up costs an eighth at most.
//
// Units: bytes; pages are of kPageBytes.
// Threads: pure functions and constants.
// Syscalls: none.
inline constexpr size_t kLineBytes = 64;  // of the processor's cache
inline constexpr size_t kPageBytes = 4096;
inline constexpr uint32_t kPageShift = 12;
inline constexpr size_t kBlockAlignment = 16;
inline constexpr size_t kMaxClassBytes = 65536;
inline constexpr uint32_t kClasses = 80;
inline constexpr uint32_t kMaxSlabPages = 64;

// The class of a block of at least `bytes`, which is at most kMaxClassBytes.
constexpr uint32_t ClassOf(size_t bytes) {
  if (bytes <= 128) {
    return bytes == 0 ? 0 : static_cast<uint32_t>((bytes - 1) / 16);
  }
  const uint64_t last = bytes - 1;
  const uint32_t log = 63u - static_cast<uint32_t>(__builtin_clzll(last));
  return (log - 6) * 8 + static_cast<uint32_t>((last >> (log - 3)) & 7);
}

constexpr size_t ClassBytes(uint32_t size_class) {
  if (size_class < 8) return (size_t{size_class} + 1) * 16;
  const uint32_t doubling = size_class / 8 - 1;
  return (size_t{9} + size_class % 8) << (4 + doubling);
}

// The least that a block of at least `bytes` has to have, to be aligned to
// `alignment`, a power of two of at most a page, in a slab that starts on a
// page: its class is the first whose blocks are. For where classes are as far
// apart as `alignment` or less, what is rounded up is the size of one, and
// elsewhere all are multiples of it. `bytes` is at most kMaxClassBytes.
constexpr size_t AlignedBytes(size_t bytes, size_t alignment) {
  return bytes == 0 ? alignment : (bytes + alignment - 1) & ~(alignment - 1);
}

// The first class whose blocks are aligned so.
constexpr uint32_t AlignedClassOf(size_t bytes, size_t alignment) {
  return ClassOf(AlignedBytes(bytes, alignment));
}

// Whether realloc leaves a block where it is: where it fits, and less than half
// of the block stays unused.
constexpr bool StaysInPlace(size_t bytes, size_t block_bytes) {
  return bytes <= block_bytes && bytes >= block_bytes / 2;
}

// Whole pages; one for 0 bytes.
constexpr size_t PagesFor(size_t bytes) {
  return bytes == 0 ? 1 : (bytes - 1) / kPageBytes + 1;
}

// How many pages the slabs of a class may have: the fewest.
struct SlabPages {
  uint8_t least;  // that hold one block
  uint8_t first;  // that waste an eighth of them at most
  uint8_t tight;  // that waste 1/256 at most
  uint64_t good;  // bit n: n + 1 pages waste 1/64 at most, or are the first
};

namespace slab_pages {

inline constexpr size_t kGood = 64;
inline constexpr size_t kTight = 256;

constexpr bool IsWasteBelow(size_t block, uint32_t pages, size_t share) {
  return pages * kPageBytes % block * share <= pages * kPageBytes;
}

constexpr SlabPages Choose(size_t block) {
  SlabPages result{};
  uint32_t pages = static_cast<uint32_t>(PagesFor(block));
  result.least = static_cast<uint8_t>(pages);
  while (!IsWasteBelow(block, pages, 8)) ++pages;
  result.first = static_cast<uint8_t>(pages);
  for (; pages <= kMaxSlabPages; ++pages) {
    if (result.tight == 0 && IsWasteBelow(block, pages, kTight)) {
      result.tight = static_cast<uint8_t>(pages);
    }
    if (pages == result.first || IsWasteBelow(block, pages, kGood)) {
      result.good |= uint64_t{1} << (pages - 1);
    }
  }
  return result;
}

struct Table {
  SlabPages of[kClasses];
};

constexpr Table Make() {
  Table table{};
  for (uint32_t i = 0; i < kClasses; ++i) table.of[i] = Choose(ClassBytes(i));
  return table;
}

}  // namespace slab_pages

inline constexpr slab_pages::Table kSlabPages = slab_pages::Make();

// The most pages, up to `most`, that a slab of the class should have, or the
// first good number if all are more.
constexpr uint32_t GoodSlabPages(uint32_t size_class, uint32_t most) {
  const SlabPages& pages = kSlabPages.of[size_class];
  if (most <= pages.first) return pages.first;
  const uint64_t mask = pages.good << (64 - (most < 64 ? most : 64));
  return (most < 64 ? most : 64) - static_cast<uint32_t>(__builtin_clzll(mask));
}

// Whether an offset is that of a block, by one multiplication (Lemire, Kaser,
// Kurz: "Faster remainder by direct computation", 2019): with
// r = Reciprocal(block) and e = r * block - 2^64, an offset of q blocks gives
// offset * r mod 2^64 = q * e, and any other offset below 2^32 gives at least
// r, which is more. So it is a multiple of `block` below `count` blocks iff
// offset * r mod 2^64 < count * e.
constexpr uint64_t Reciprocal(uint64_t block) {
  const bool is_power = (block & (block - 1)) == 0;
  return UINT64_MAX / block + (is_power ? 2 : 1);
}
constexpr uint64_t BlockLimit(uint64_t block, uint64_t count) {
  return count * (Reciprocal(block) * block);  // mod 2^64
}
constexpr bool IsBlockOffset(uint64_t offset, uint64_t reciprocal,
                             uint64_t limit) {
  return offset * reciprocal < limit;
}

namespace reciprocals {
struct Table {
  uint64_t of[kClasses];
};
constexpr Table Make() {
  Table table{};
  for (uint32_t i = 0; i < kClasses; ++i) {
    table.of[i] = Reciprocal(ClassBytes(i));
  }
  return table;
}
}  // namespace reciprocals

inline constexpr reciprocals::Table kReciprocals = reciprocals::Make();

// How many blocks a slab holds; a division by the same multiplication.
constexpr uint32_t SlabCapacity(uint32_t size_class, uint32_t pages) {
  const auto product = static_cast<unsigned __int128>(pages * kPageBytes) *
                       kReciprocals.of[size_class];
  return static_cast<uint32_t>(product >> 64);
}

static_assert(ClassOf(kMaxClassBytes) == kClasses - 1);
static_assert(ClassBytes(kClasses - 1) == kMaxClassBytes);

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_SIZE_CLASS_H_
