// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/heap_prealloc.h"

#include <new>
#include <type_traits>
#include <utility>

namespace cellblock {

// A further region. It lies at the start of its own table.
struct HeapPrealloc::Part {
  Region memory;
  Region table;  // empty if that is in `memory`
  Part* next = nullptr;
};

namespace {

static_assert(std::is_trivially_destructible_v<PoolCore>,
              "the core is abandoned with its region");

// Served when there is no pool.
constexpr HeapStats kNoStats;

// What a region is divided into: the pool, and what is kept about it.
struct Division {
  Region table;  // empty if that is in the region itself
  std::byte* header = nullptr;
  PoolMemory memory;
  int os_error = 0;  // of mapping the table
};

// The header in front of the table, and how large the table is.
struct Front {
  size_t header;  // bytes; aligned as everything that is put there
  size_t (*table)(size_t pool_bytes, const PoolOptions& options);
};

constexpr size_t kHeaderAlignment = 8;
constexpr size_t kPageAlignment = 4096;
static_assert(alignof(PoolCore) == kHeaderAlignment &&
              sizeof(PoolCore) % kHeaderAlignment == 0);

size_t PadTo(const void* address, size_t alignment) {
  return -reinterpret_cast<uintptr_t>(address) & (alignment - 1);
}

// The lowest bit of the unit: what every block is aligned to, if the base is.
// For elements as large as pages a page is enough.
size_t UnitAlignment(const PoolOptions& options) {
  const size_t low = options.unit & -options.unit;
  const bool may_be_less = options.discipline == Discipline::kFirstFit;
  return may_be_less && low > kPageAlignment ? kPageAlignment : low;
}

size_t BaseAlignment(const PoolOptions& options) {
  const size_t low = UnitAlignment(options);
  return low < 16 ? 16 : low;
}

bool Overlap(const Region& one, const Region& other) {
  // Empty regions are at null, where no other is.
  return one.data() < other.data() + other.size() &&
         other.data() < one.data() + one.size();
}

// [ pad ][ header ][ table ], or kTooSmall.
AllocatorError PlaceHeader(const Region& region, size_t header,
                           Division* division) {
  const size_t pad = PadTo(region.data(), kHeaderAlignment);
  if (region.size() < pad || region.size() - pad < header) {
    return AllocatorError::kTooSmall;
  }
  division->header = region.data() + pad;
  division->memory.table = division->header + header;
  division->memory.table_bytes = region.size() - pad - header;
  division->memory.table_content = region.content();
  return AllocatorError::kNone;
}

// The most of `left` bytes that can be the pool, or more, by what padding and
// list heads take.
size_t MostPoolBytes(size_t left, const PoolOptions& options) {
  if (options.discipline == Discipline::kFirstFit) return left;
  const size_t tag = sizeof(uint64_t);
  return left / (options.unit + tag) * options.unit;
}

// [ pad ][ header ][ table ][ pad ][ pool ], or kTooSmall, or kTooLarge.
AllocatorError CarvePool(const Region& region, const PoolOptions& options,
                         const Front& front, Division* division) {
  const AllocatorError error = PlaceHeader(region, front.header, division);
  if (error != AllocatorError::kNone) return error;
  std::byte* const table = static_cast<std::byte*>(division->memory.table);
  const size_t left = division->memory.table_bytes;
  size_t bytes = MostPoolBytes(left, options);
  while (bytes >= options.unit) {
    const size_t table_bytes = front.table(bytes, options);
    if (table_bytes == SIZE_MAX) return AllocatorError::kTooLarge;
    if (table_bytes <= left) {
      const size_t start =
          table_bytes + PadTo(table + table_bytes, BaseAlignment(options));
      if (start <= left && bytes <= left - start) {
        division->memory.base = table + start;
        division->memory.bytes = bytes;
        division->memory.table_bytes = table_bytes;
        return AllocatorError::kNone;
      }
      if (options.discipline == Discipline::kFirstFit && start < left) {
        bytes = left - start;
        continue;
      }
    }
    if (options.discipline == Discipline::kFirstFit) break;
    bytes -= options.unit;
  }
  return AllocatorError::kTooSmall;
}

AllocatorError Divide(const Region& region, Region table,
                      const PoolOptions& options, const Front& front,
                      Division* division) {
  division->memory.content = region.content();
  if (table.data() == nullptr && !region.is_mapped()) {
    return CarvePool(region, options, front, division);
  }
  const size_t pad = PadTo(region.data(), UnitAlignment(options));
  if (pad >= region.size()) return AllocatorError::kTooSmall;
  division->memory.base = region.data() + pad;
  division->memory.bytes = region.size() - pad;
  if (table.data() == nullptr) {
    const size_t bytes = front.table(region.size(), options);
    if (bytes > PTRDIFF_MAX - front.header) return AllocatorError::kTooLarge;
    Result<Region> mapped =
        Region::Map({.bytes = front.header + bytes, .commit = region.commit()});
    division->os_error = mapped.os_error();
    if (!mapped.ok()) return mapped.error();
    table = std::move(*mapped);
  }
  division->table = std::move(table);
  return PlaceHeader(division->table, front.header, division);
}

}  // namespace

Result<HeapPrealloc> HeapPrealloc::Create(Result<Region> memory,
                                          const PoolOptions& options) {
  return Create(std::move(memory), Region(), options);
}

Result<HeapPrealloc> HeapPrealloc::Create(Result<Region> memory,
                                          Result<Region> table,
                                          const PoolOptions& options) {
  if (!memory.ok()) return {memory.error(), memory.os_error()};
  if (!table.ok()) return {table.error(), table.os_error()};
  if (memory->data() == nullptr) return AllocatorError::kZeroBytes;
  if (Overlap(*memory, *table)) return AllocatorError::kOverlap;
  AllocatorError error = PoolCore::CheckOptions(options);
  if (error != AllocatorError::kNone) return error;
  PoolOptions complete = options;
  if (complete.unit == 0) {
    complete.unit = options.discipline == Discipline::kFirstFit
                        ? 1
                        : Heap::UnitFor(memory->size());
  }
  Division division;
  error = Divide(*memory, std::move(*table), complete,
                 {sizeof(PoolCore), &PoolCore::TableBytes}, &division);
  if (error != AllocatorError::kNone) return {error, division.os_error};
  PoolCore* const core = new (division.header) PoolCore(complete);
  error = core->Attach(division.memory);
  if (error != AllocatorError::kNone) return error;
  return HeapPrealloc(std::move(*memory), std::move(division.table), core);
}

AllocatorError HeapPrealloc::Grow(Result<Region> memory) {
  if (!memory.ok()) return memory.error();
  if (memory->data() == nullptr || core_ == nullptr) {
    return AllocatorError::kZeroBytes;
  }
  bool overlaps = Overlap(*memory, memory_) || Overlap(*memory, table_);
  for (const Part* part = parts_; part != nullptr; part = part->next) {
    overlaps = overlaps || Overlap(*memory, part->memory) ||
               Overlap(*memory, part->table);
  }
  if (overlaps) return AllocatorError::kOverlap;
  Division division;
  AllocatorError error =
      Divide(*memory, Region(), core_->options(),
             {sizeof(Part), &PoolCore::FurtherTableBytes}, &division);
  if (error != AllocatorError::kNone) return error;
  error = core_->Grow(division.memory);
  if (error != AllocatorError::kNone) return error;
  parts_ = new (division.header)
      Part{std::move(*memory), std::move(division.table), parts_};
  return AllocatorError::kNone;
}

HeapPrealloc::HeapPrealloc(Region memory, Region table, PoolCore* core)
    : memory_(std::move(memory)), table_(std::move(table)), core_(core) {}

HeapPrealloc::HeapPrealloc(HeapPrealloc&& other) noexcept
    : memory_(std::move(other.memory_)),
      table_(std::move(other.table_)),
      core_(std::exchange(other.core_, nullptr)),
      parts_(std::exchange(other.parts_, nullptr)) {}

HeapPrealloc& HeapPrealloc::operator=(HeapPrealloc&& other) noexcept {
  if (this == &other) return *this;
  ReleaseParts();
  memory_ = std::move(other.memory_);
  table_ = std::move(other.table_);
  core_ = std::exchange(other.core_, nullptr);
  parts_ = std::exchange(other.parts_, nullptr);
  return *this;
}

HeapPrealloc::~HeapPrealloc() { ReleaseParts(); }

void HeapPrealloc::ReleaseParts() {
  while (parts_ != nullptr) {
    // The part lies in what it owns.
    const Part part = std::move(*parts_);
    parts_ = part.next;
  }
}

Heap* HeapPrealloc::CoalescingHeap() const {
  return core_ == nullptr || !core_->is_coalescing() ? nullptr : &core_->heap();
}

void* HeapPrealloc::AllocateBlock(size_t bytes, CellOptions options) {
  if (core_ == nullptr) return nullptr;
  if (!core_->is_coalescing()) {
    core_->set_last_error(AllocatorError::kNeedsCoalescing);
    return nullptr;
  }
  return core_
      ->Allocate(bytes == 0 ? 1 : bytes, options.alignment, options.owner)
      .data;
}

void HeapPrealloc::FreeBlock(void* block) {
  if (block == nullptr) return;
  if (CoalescingHeap() == nullptr) ReportForeignFree(block);
  const AllocatorError error = core_->Free(block, 0);
  if (error != AllocatorError::kNone) ReportBadFree(error, block);
}

void* HeapPrealloc::ReallocateBlock(void* block, size_t bytes,
                                    CellOptions options) {
  if (block == nullptr) return AllocateBlock(bytes, options);
  const size_t before = UsableSize(block);
  if (before == 0) FreeBlock(block);  // reports
  return core_->Reallocate(block, before, bytes == 0 ? 1 : bytes,
                           options.alignment);
}

size_t HeapPrealloc::UsableSize(const void* block) const {
  const Heap* const heap = CoalescingHeap();
  return heap == nullptr ? 0 : heap->UsableSize(block);
}

AllocatorError HeapPrealloc::last_error() const {
  return core_ == nullptr ? AllocatorError::kExhausted : core_->last_error();
}

Admission HeapPrealloc::Admit(uint64_t bytes, OwnerId owner) const {
  const uint64_t free = FreeBytes();
  if (bytes > free) return {AllocatorError::kExhausted, bytes - free};
  if (owner == kNoOwner) return {};
  const Heap* const heap = CoalescingHeap();
  const OwnerStats* const account =
      heap == nullptr ? nullptr : heap->owner_stats(owner);
  if (account == nullptr) return {AllocatorError::kNoSuchOwner, bytes};
  const uint64_t left = account->Left();
  if (bytes > left) return {AllocatorError::kOverLimit, bytes - left};
  return {};
}

AllocatorError HeapPrealloc::SetLimit(OwnerId owner, uint64_t bytes) {
  Heap* const heap = CoalescingHeap();
  return heap != nullptr && heap->SetLimit(owner, bytes)
             ? AllocatorError::kNone
             : AllocatorError::kNoSuchOwner;
}

OwnerStats HeapPrealloc::owner_stats(OwnerId owner) const {
  const Heap* const heap = CoalescingHeap();
  const OwnerStats* const account =
      heap == nullptr ? nullptr : heap->owner_stats(owner);
  return account == nullptr ? OwnerStats{.limit_bytes = 0} : *account;
}

const HeapStats& HeapPrealloc::stats() const {
  return core_ == nullptr ? kNoStats : core_->stats();
}

uint64_t HeapPrealloc::FreeBytes() const {
  const HeapStats& figures = stats();
  return figures.pool_bytes - figures.in_use_bytes - figures.lost_bytes;
}

size_t HeapPrealloc::LargestFree() const {
  return core_ == nullptr ? 0 : core_->LargestFree();
}

double HeapPrealloc::Fragmentation() const {
  const uint64_t free = FreeBytes();
  if (free == 0) return 0;
  return 1 - static_cast<double>(LargestFree()) / static_cast<double>(free);
}

HeapCheck HeapPrealloc::Validate() const {
  return core_ == nullptr ? HeapCheck() : core_->Validate();
}

void HeapPrealloc::RetainMemory() {
  memory_.Retain();
  table_.Retain();
  for (Part* part = parts_; part != nullptr; part = part->next) {
    part->memory.Retain();
    part->table.Retain();
  }
}

}  // namespace cellblock
