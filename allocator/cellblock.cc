// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/cellblock.h"

#include <new>
#include <type_traits>
#include <utility>

#include "allocator/error.h"
#include "allocator/fill.h"
#include "allocator/heap_prealloc.h"
#include "allocator/heap_stats.h"
#include "allocator/pool_options.h"
#include "allocator/region.h"
#include "allocator/result.h"

using cellblock::AllocatorError;
using cellblock::Commit;
using cellblock::Content;
using cellblock::Fill;
using cellblock::HeapPrealloc;
using cellblock::Pages;
using cellblock::Region;
using cellblock::Result;
using cellblock::Scrub;

namespace {

// What the opaque pointer of an allocator points at.
struct Account {
  cellblock_allocator allocator;
  cellblock_pool* pool;
  uint32_t owner;
};

}  // namespace

// In memory, the accounts of nobody and of each owner follow it.
struct cellblock_pool {
  HeapPrealloc heap;
  Region own;  // the mapping this is in; empty in a buffer
  Pages pages;
  uint32_t owners;
};

namespace {

static_assert(sizeof(cellblock_pool) % alignof(Account) == 0,
              "the accounts follow the pool");
static_assert(std::is_trivially_destructible_v<Account>,
              "the accounts are abandoned with the pool");
static_assert(sizeof(cellblock_pool) + sizeof(Account) <= 256 &&
                  sizeof(Account) <= 64,
              "as cellblock_create_over says");

template <typename C, typename Cpp>
constexpr bool Same(C c, Cpp cpp) {
  return static_cast<int>(c) == static_cast<int>(cpp);
}

static_assert(Same(CELLBLOCK_ERROR_NONE, AllocatorError::kNone));
static_assert(Same(CELLBLOCK_ERROR_ZERO_BYTES, AllocatorError::kZeroBytes));
static_assert(Same(CELLBLOCK_ERROR_TOO_SMALL, AllocatorError::kTooSmall));
static_assert(Same(CELLBLOCK_ERROR_TOO_LARGE, AllocatorError::kTooLarge));
static_assert(Same(CELLBLOCK_ERROR_BAD_ALIGNMENT,
                   AllocatorError::kBadAlignment));
static_assert(Same(CELLBLOCK_ERROR_NULL_BUFFER, AllocatorError::kNullBuffer));
static_assert(Same(CELLBLOCK_ERROR_MAP_FAILED, AllocatorError::kMapFailed));
static_assert(Same(CELLBLOCK_ERROR_COMMIT_FAILED,
                   AllocatorError::kCommitFailed));
static_assert(Same(CELLBLOCK_ERROR_SOURCE_FAILED,
                   AllocatorError::kSourceFailed));
static_assert(Same(CELLBLOCK_ERROR_ZERO_SLOTS, AllocatorError::kZeroSlots));
static_assert(Same(CELLBLOCK_ERROR_NO_FILL_FUNCTION,
                   AllocatorError::kNoFillFunction));
static_assert(Same(CELLBLOCK_ERROR_OVERLAP, AllocatorError::kOverlap));
static_assert(Same(CELLBLOCK_ERROR_NEEDS_COALESCING,
                   AllocatorError::kNeedsCoalescing));
static_assert(Same(CELLBLOCK_ERROR_EXHAUSTED, AllocatorError::kExhausted));
static_assert(Same(CELLBLOCK_ERROR_OVER_LIMIT, AllocatorError::kOverLimit));
static_assert(Same(CELLBLOCK_ERROR_NO_SUCH_OWNER,
                   AllocatorError::kNoSuchOwner));
static_assert(Same(CELLBLOCK_ERROR_NOT_OWNED, AllocatorError::kNotOwned));
static_assert(Same(CELLBLOCK_ERROR_MISALIGNED, AllocatorError::kMisaligned));
static_assert(Same(CELLBLOCK_ERROR_INTERIOR_POINTER,
                   AllocatorError::kInteriorPointer));
static_assert(Same(CELLBLOCK_ERROR_DOUBLE_FREE, AllocatorError::kDoubleFree));
static_assert(Same(CELLBLOCK_FILL_ZEROED, Fill::kZeroed));
static_assert(Same(CELLBLOCK_FILL_UNINITIALIZED, Fill::kUninitialized));
static_assert(Same(CELLBLOCK_FILL_FUNCTION, Fill::kFunction));
static_assert(Same(CELLBLOCK_SCRUB_NEVER, Scrub::kNever));
static_assert(Same(CELLBLOCK_SCRUB_ON_FREE, Scrub::kOnFree));
static_assert(Same(CELLBLOCK_COMMIT_LAZY, Commit::kLazy));
static_assert(Same(CELLBLOCK_COMMIT_POPULATE, Commit::kPopulate));
static_assert(Same(CELLBLOCK_COMMIT_LOCK, Commit::kLock));
static_assert(Same(CELLBLOCK_PAGES_SMALL, Pages::kSmall));
static_assert(Same(CELLBLOCK_PAGES_TRANSPARENT_HUGE, Pages::kTransparentHuge));
static_assert(Same(CELLBLOCK_PAGES_HUGE, Pages::kHuge));
static_assert(CELLBLOCK_NO_OWNER == cellblock::kNoOwner);

// A figure that is added there is to be added here.
static_assert(sizeof(cellblock_exhaustion) == sizeof(cellblock::Exhaustion));
static_assert(offsetof(cellblock_stats, needed_bytes) ==
              sizeof(cellblock::HeapStats));
static_assert(sizeof(cellblock_owner_stats) == sizeof(cellblock::OwnerStats));

constexpr cellblock_options kNoOptions = {};

cellblock_error ToC(AllocatorError error) {
  return static_cast<cellblock_error>(error);
}

// What comes from C may have any value.
template <typename C>
bool IsUpTo(C value, C last) {
  return static_cast<unsigned>(value) <= static_cast<unsigned>(last);
}

bool IsKnown(const cellblock_options& options) {
  return IsUpTo(options.fill, CELLBLOCK_FILL_FUNCTION) &&
         IsUpTo(options.scrub, CELLBLOCK_SCRUB_ON_FREE) &&
         IsUpTo(options.commit, CELLBLOCK_COMMIT_LOCK) &&
         IsUpTo(options.pages, CELLBLOCK_PAGES_HUGE);
}

bool IsKnown(const cellblock_buffer& buffer) {
  return IsUpTo(buffer.content, CELLBLOCK_CONTENT_ZERO);
}

cellblock::PoolOptions ToPoolOptions(const cellblock_options& options) {
  return {.fill = static_cast<Fill>(options.fill),
          .fill_function = options.fill_function,
          .fill_context = options.fill_context,
          .scrub = static_cast<Scrub>(options.scrub),
          .unit = options.unit,
          .owners = options.owners};
}

Content ToContent(cellblock_content content) {
  return content == CELLBLOCK_CONTENT_ZERO ? Content::kZero : Content::kUnknown;
}

Result<Region> Borrow(const cellblock_buffer& buffer, size_t offset = 0) {
  return Region::Borrow(static_cast<std::byte*>(buffer.data) + offset,
                        buffer.bytes - offset, ToContent(buffer.content));
}

size_t HandleBytes(uint32_t owners) {
  return sizeof(cellblock_pool) + (size_t{owners} + 1) * sizeof(Account);
}

Account* Accounts(const cellblock_pool* pool) {
  return reinterpret_cast<Account*>(const_cast<cellblock_pool*>(pool) + 1);
}

void* AllocCharged(void* opaque, size_t bytes) {
  const Account& account = *static_cast<Account*>(opaque);
  return account.pool->heap.AllocateBlock(bytes, {.owner = account.owner});
}

void FreeCharged(void* opaque, void* block) {
  static_cast<Account*>(opaque)->pool->heap.FreeBlock(block);
}

void* ReallocCharged(void* opaque, void* block, size_t bytes) {
  const Account& account = *static_cast<Account*>(opaque);
  return account.pool->heap.ReallocateBlock(block, bytes,
                                            {.owner = account.owner});
}

size_t UsableSizeCharged(void* opaque, const void* block) {
  return static_cast<Account*>(opaque)->pool->heap.UsableSize(block);
}

// The handle of a pool, with its accounts, at `place`.
cellblock_pool* MakeHandle(void* place, cellblock_pool&& made) {
  cellblock_pool* const pool = new (place) cellblock_pool(std::move(made));
  for (uint32_t owner = 0;; ++owner) {
    Account* const account = Accounts(pool) + owner;
    new (account) Account{.allocator = {.alloc = AllocCharged,
                                        .free = FreeCharged,
                                        .opaque = account,
                                        .realloc = ReallocCharged,
                                        .usable_size = UsableSizeCharged},
                          .pool = pool,
                          .owner = owner};
    if (owner == pool->owners) return pool;
  }
}

}  // namespace

const char* cellblock_message(cellblock_error error) {
  if (error == CELLBLOCK_ERROR_BAD_OPTION) {
    return "a field has a value that is none of its enumeration: correct it";
  }
  const bool is_error = IsUpTo(error, CELLBLOCK_ERROR_DOUBLE_FREE);
  return Message(
      static_cast<AllocatorError>(is_error ? unsigned{error} : UINT8_MAX));
}

cellblock_error cellblock_create(const cellblock_options* options,
                                 cellblock_pool** pool, int* os_error) {
  int ignored = 0;
  int& failed = os_error == nullptr ? ignored : *os_error;
  failed = 0;
  *pool = nullptr;
  const cellblock_options& chosen = options == nullptr ? kNoOptions : *options;
  if (!IsKnown(chosen)) return CELLBLOCK_ERROR_BAD_OPTION;
  const Commit commit = static_cast<Commit>(chosen.commit);

  Result<Region> memory =
      Region::Map({.bytes = chosen.bytes,
                   .commit = commit,
                   .pages = static_cast<Pages>(chosen.pages)});
  const Pages pages = memory.ok() ? memory->pages() : Pages::kSmall;
  Result<HeapPrealloc> heap =
      HeapPrealloc::Create(std::move(memory), ToPoolOptions(chosen));
  if (!heap.ok()) {
    failed = heap.os_error();
    return ToC(heap.error());
  }
  Result<Region> own =
      Region::Map({.bytes = HandleBytes(chosen.owners), .commit = commit});
  if (!own.ok()) {
    failed = own.os_error();
    return ToC(own.error());
  }
  void* const place = own->data();
  *pool = MakeHandle(place, {.heap = std::move(*heap),
                             .own = std::move(*own),
                             .pages = pages,
                             .owners = chosen.owners});
  return CELLBLOCK_ERROR_NONE;
}

cellblock_error cellblock_create_over(cellblock_buffer buffer,
                                      const cellblock_options* options,
                                      cellblock_pool** pool) {
  *pool = nullptr;
  const cellblock_options& chosen = options == nullptr ? kNoOptions : *options;
  if (!IsKnown(chosen) || !IsKnown(buffer)) return CELLBLOCK_ERROR_BAD_OPTION;
  const Result<Region> all = Borrow(buffer);
  if (!all.ok()) return ToC(all.error());

  const uintptr_t base = reinterpret_cast<uintptr_t>(buffer.data);
  const size_t handle = -base & (alignof(cellblock_pool) - 1);
  const size_t end = handle + HandleBytes(chosen.owners);
  if (end >= buffer.bytes) return CELLBLOCK_ERROR_TOO_SMALL;
  Result<HeapPrealloc> heap =
      HeapPrealloc::Create(Borrow(buffer, end), ToPoolOptions(chosen));
  if (!heap.ok()) return ToC(heap.error());
  *pool = MakeHandle(all->data() + handle, {.heap = std::move(*heap),
                                            .own = Region(),
                                            .pages = Pages::kSmall,
                                            .owners = chosen.owners});
  return CELLBLOCK_ERROR_NONE;
}

void cellblock_destroy(cellblock_pool* pool) {
  if (pool == nullptr) return;
  const Region own = std::move(pool->own);  // ends last
  pool->~cellblock_pool();
}

cellblock_error cellblock_grow(cellblock_pool* pool, cellblock_buffer buffer) {
  if (!IsKnown(buffer)) return CELLBLOCK_ERROR_BAD_OPTION;
  return ToC(pool->heap.Grow(Borrow(buffer)));
}

void cellblock_retain(cellblock_pool* pool) {
  pool->heap.RetainMemory();
  pool->own.Retain();
}

void* cellblock_alloc(cellblock_pool* pool, size_t bytes) {
  return pool->heap.AllocateBlock(bytes);
}

void* cellblock_alloc_aligned(cellblock_pool* pool, size_t alignment,
                              size_t bytes) {
  return pool->heap.AllocateBlock(bytes, {.alignment = alignment});
}

void* cellblock_realloc(cellblock_pool* pool, void* block, size_t bytes) {
  return pool->heap.ReallocateBlock(block, bytes);
}

void cellblock_free(cellblock_pool* pool, void* block) {
  pool->heap.FreeBlock(block);
}

size_t cellblock_usable_size(const cellblock_pool* pool, const void* block) {
  return pool->heap.UsableSize(block);
}

cellblock_error cellblock_last_error(const cellblock_pool* pool) {
  return ToC(pool->heap.last_error());
}

const cellblock_allocator* cellblock_get_allocator(const cellblock_pool* pool,
                                                   uint32_t owner) {
  if (owner > pool->owners) return nullptr;
  return &Accounts(pool)[owner].allocator;
}

cellblock_error cellblock_set_limit(cellblock_pool* pool, uint32_t owner,
                                    uint64_t bytes) {
  return ToC(pool->heap.SetLimit(owner, bytes));
}

cellblock_admission cellblock_admit(const cellblock_pool* pool, uint64_t bytes,
                                    uint32_t owner) {
  const cellblock::Admission admission = pool->heap.Admit(bytes, owner);
  return {.error = ToC(admission.error), .short_by = admission.short_by};
}

cellblock_stats cellblock_get_stats(const cellblock_pool* pool) {
  const cellblock::HeapStats& stats = pool->heap.stats();
  const cellblock::Exhaustion& last = stats.last_exhaustion;
  return {.pool_bytes = stats.pool_bytes,
          .unit_bytes = stats.unit_bytes,
          .in_use_bytes = stats.in_use_bytes,
          .peak_bytes = stats.peak_bytes,
          .high_water_bytes = stats.high_water_bytes,
          .ever_bytes = stats.ever_bytes,
          .allocations = stats.allocations,
          .frees = stats.frees,
          .exhausted = stats.exhausted,
          .over_limit = stats.over_limit,
          .refused_at_bytes = stats.refused_at_bytes,
          .lost_bytes = stats.lost_bytes,
          .last_exhaustion = {.asked = last.asked,
                              .alignment = last.alignment,
                              .in_use = last.in_use,
                              .peak = last.peak,
                              .largest_free = last.largest_free,
                              .short_by = last.short_by},
          .needed_bytes = stats.NeededBytes(),
          .free_bytes = pool->heap.FreeBytes(),
          .largest_free_bytes = pool->heap.LargestFree(),
          .fragmentation = pool->heap.Fragmentation()};
}

cellblock_owner_stats cellblock_get_owner_stats(const cellblock_pool* pool,
                                                uint32_t owner) {
  const cellblock::OwnerStats stats = pool->heap.owner_stats(owner);
  return {.limit_bytes = stats.limit_bytes,
          .in_use_bytes = stats.in_use_bytes,
          .peak_bytes = stats.peak_bytes,
          .over_limit = stats.over_limit};
}

cellblock_pages cellblock_get_pages(const cellblock_pool* pool) {
  return static_cast<cellblock_pages>(pool->pages);
}

cellblock_check cellblock_validate(const cellblock_pool* pool) {
  const cellblock::HeapCheck check = pool->heap.Validate();
  return {.broken = check.broken,
          .offset = check.offset,
          .live_blocks = check.live_blocks};
}
