// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tests/allocator/fuzz_pool.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "allocator/cell.h"
#include "allocator/first_fit.h"
#include "tests/allocator/fuzz_check.h"

namespace cellblock {
namespace {

constexpr size_t kPage = 4096;
// A buffer of so many bytes is enough for any table that is made here.
constexpr size_t kAmple = 4096;
constexpr size_t kMostForTheTable = 4096;  // but for tags and slots

void RecordFill(void* block, size_t bytes, void* context) {
  FillCall& call = *static_cast<FillCall*>(context);
  ++call.calls;
  call.block = block;
  call.bytes = bytes;
  std::memset(block, FillCall::kByte, bytes);
}

PoolOptions ReadOptions(FuzzInput& input, FillCall* fill_call) {
  constexpr size_t kUnits[] = {0, 16, 16, 32, 64, 128, 1024, 4096};
  constexpr size_t kElements[] = {0, 1, 2, 3, 4, 8, 12, 24, 64, 100, 4096};
  const uint32_t kind = input.Byte();
  PoolOptions options;
  options.fill = static_cast<Fill>(kind % 3);
  if (options.fill == Fill::kFunction) {
    options.fill_function = RecordFill;
    options.fill_context = fill_call;
  }
  options.scrub = kind & 64 ? Scrub::kOnFree : Scrub::kNever;
  if (kind & 128) {
    options.discipline = Discipline::kFirstFit;
    options.unit = input.OneOf(kElements);
    options.slots = 1 + input.Byte() % 48;
  } else {
    options.unit = input.OneOf(kUnits);
    options.owners = input.Byte() % 4;
  }
  return options;
}

// Makes a pool of them impossible; the error is what Create must answer.
AllocatorError Spoil(PoolOptions* options, FuzzInput& input) {
  constexpr size_t kBadUnits[] = {1, 8, 15, 17, 24, 4095, 8192, SIZE_MAX};
  const uint32_t how = input.Byte();
  if (how % 4 == 0) {
    options->fill_function =
        options->fill_function == nullptr ? RecordFill : nullptr;
    return AllocatorError::kNoFillFunction;
  }
  if (options->discipline == Discipline::kCoalescing) {
    options->unit = input.OneOf(kBadUnits);
    return AllocatorError::kBadAlignment;
  }
  if (how % 4 == 1) {
    options->slots = 0;
    return AllocatorError::kZeroSlots;
  }
  options->owners = 1;
  return AllocatorError::kNeedsCoalescing;
}

}  // namespace

void FuzzPool::Freer::operator()(std::byte* memory) const { std::free(memory); }

FuzzPool::FuzzPool(FuzzInput& input) {
  const uint32_t shape = input.Byte();
  options_ = ReadOptions(input, &fill_call_);
  const size_t bytes = 1 + input.TwoBytes() % (4 * kPage);
  const Source source = static_cast<Source>(shape % 4);
  if (shape >= 248) {
    const AllocatorError expected = Spoil(&options_, input);
    const Result<HeapPrealloc> created = HeapPrealloc::Create(
        Provide(source, Buffer(0, bytes, Content::kUnknown), bytes,
                Content::kUnknown),
        options_);
    FUZZ_CHECK(!created.ok());
    FUZZ_CHECK_EQ(created.error(), expected);
    return;
  }
  switch (source) {
    case Source::kMapped:
      CreateOverMapping(bytes);
      break;
    case Source::kBorrowed:
    case Source::kAcquired:
      CreateOverOneBuffer(source, input, bytes);
      break;
    case Source::kWithTable:
      CreateWithTable(input, bytes);
      break;
  }
}

FuzzPool::~FuzzPool() {
  pool_.reset();
  FUZZ_CHECK_EQ(acquired_, 0);
}

std::byte* FuzzPool::Buffer(size_t offset, size_t bytes, Content content) {
  void* memory = nullptr;
  FUZZ_CHECK(posix_memalign(&memory, kPage, offset + bytes) == 0);
  buffers_.emplace_back(static_cast<std::byte*>(memory));
  std::byte* const buffer = buffers_.back().get() + offset;
  std::memset(buffer, content == Content::kZero ? 0 : 0xA5, bytes);
  return buffer;
}

Result<Region> FuzzPool::Provide(Source source, std::byte* buffer, size_t bytes,
                                 Content content) {
  switch (source) {
    case Source::kMapped:
      return Region::Map({.bytes = bytes});
    case Source::kBorrowed:
    case Source::kWithTable:
      return Region::Borrow(buffer, bytes, content);
    case Source::kAcquired:
      break;
  }
  to_acquire_ = buffer;
  return Region::From({.acquire = [](size_t, void* context) -> void* {
                         FuzzPool& self = *static_cast<FuzzPool*>(context);
                         ++self.acquired_;
                         return self.to_acquire_;
                       },
                       .release =
                           [](void*, size_t, void* context) {
                             --static_cast<FuzzPool*>(context)->acquired_;
                           },
                       .context = this,
                       .content = content},
                      bytes);
}

// False iff it was refused, which is then for want of room.
bool FuzzPool::Adopt(Result<HeapPrealloc> created) {
  if (!created.ok()) {
    FUZZ_CHECK_EQ(created.error(), AllocatorError::kTooSmall);
    return false;
  }
  PoolOptions complete = options_;
  if (complete.unit == 0) {
    complete.unit = options_.discipline == Discipline::kFirstFit ? 1 : 16;
  }
  oracle_.emplace(complete);
  pool_.emplace(std::move(created).value());
  return true;
}

void FuzzPool::CreateOverMapping(size_t bytes) {
  Result<Region> region =
      Provide(Source::kMapped, nullptr, bytes, Content::kZero);
  FUZZ_CHECK(region.ok());
  const uintptr_t base = reinterpret_cast<uintptr_t>(region->data());
  const size_t size = region->size();
  FUZZ_CHECK(Adopt(HeapPrealloc::Create(std::move(region), options_)));
  oracle_->AddPart(base, size / oracle_->unit() * oracle_->unit());
}

void FuzzPool::CreateWithTable(FuzzInput& input, size_t bytes) {
  const size_t offset = input.Byte();
  const bool is_coalescing = options_.discipline == Discipline::kCoalescing;
  const size_t unit = options_.unit != 0 ? options_.unit
                      : is_coalescing    ? 16
                                         : 1;
  const size_t entries = is_coalescing
                             ? bytes / unit * sizeof(uint64_t) +
                                   options_.owners * sizeof(OwnerStats)
                             : FirstFit::TableBytes(options_.slots);
  const size_t table_bytes =
      entries + kMostForTheTable * input.Byte() / UINT8_MAX + 1;
  const Content content = static_cast<Content>(input.Byte() % 2);
  std::byte* const pool = Buffer(offset, bytes, content);
  std::byte* const table = Buffer(offset % 5, table_bytes, content);
  Result<HeapPrealloc> created = HeapPrealloc::Create(
      Region::Borrow(pool, bytes, content),
      Region::Borrow(table, table_bytes, content), options_);
  // The pool starts where the lowest bit of the unit lets it.
  const size_t start = reinterpret_cast<uintptr_t>(pool);
  const size_t pad = -start & ((unit & -unit) - 1);
  const size_t pool_bytes = pad < bytes ? (bytes - pad) / unit * unit : 0;
  const bool is_ample = table_bytes >= entries + kMostForTheTable;
  if (pool_bytes != 0 && is_ample) FUZZ_CHECK(created.ok());
  if (!Adopt(std::move(created))) return;
  FUZZ_CHECK(pool_bytes != 0);
  oracle_->AddPart(start + pad, pool_bytes);
}

void FuzzPool::CreateOverOneBuffer(Source source, FuzzInput& input,
                                   size_t bytes) {
  const size_t offset = input.Byte() % 64;
  const Content content = static_cast<Content>(input.Byte() % 2);
  std::byte* const buffer = Buffer(offset, bytes, content);
  const auto create = [&] {
    std::memset(buffer, content == Content::kZero ? 0 : 0xA5, bytes);
    return HeapPrealloc::Create(Provide(source, buffer, bytes, content),
                                options_);
  };
  Result<HeapPrealloc> tried = create();
  if (bytes >= kAmple && options_.unit <= 128) FUZZ_CHECK(tried.ok());
  // A pool of the same layout is made anew after this one has shown where it
  // is: a single cell takes all of it.
  uintptr_t base = 0;
  size_t pool_bytes = 0;
  if (tried.ok()) {
    pool_bytes = tried->stats().pool_bytes;
    const Cell<uint8_t> all = tried->AllocCell<uint8_t>(pool_bytes);
    FUZZ_CHECK(all.size() == pool_bytes && pool_bytes != 0);
    base = reinterpret_cast<uintptr_t>(all.data());
  }
  { const Result<HeapPrealloc> ended = std::move(tried); }
  if (!Adopt(create())) {
    FUZZ_CHECK_EQ(pool_bytes, 0u);
    return;
  }
  const uintptr_t start = reinterpret_cast<uintptr_t>(buffer);
  FUZZ_CHECK(base >= start && base - start <= bytes - pool_bytes);
  oracle_->AddPart(base, pool_bytes);
}

void FuzzPool::Grow(FuzzInput& input) {
  const uint32_t shape = input.Byte();
  if (shape == UINT8_MAX) {
    // What it has already.
    void* const memory = reinterpret_cast<void*>(oracle_->start());
    FUZZ_CHECK_EQ(pool_->Grow(Region::Borrow(memory, 1 + input.TwoBytes())),
                  AllocatorError::kOverlap);
    return;
  }
  const Source source = static_cast<Source>(shape % 3);
  const size_t bytes = 1 + input.TwoBytes() % (2 * kPage);
  const Content content = shape & 64 ? Content::kZero : Content::kUnknown;
  const uint64_t before = pool_->stats().pool_bytes;
  std::byte* const buffer =
      source == Source::kMapped ? nullptr : Buffer(shape % 64, bytes, content);
  Result<Region> region = Provide(source, buffer, bytes, content);
  FUZZ_CHECK(region.ok());
  const uintptr_t start = reinterpret_cast<uintptr_t>(region->data());
  const size_t size = region->size();
  const AllocatorError error = pool_->Grow(std::move(region));
  const size_t grown = pool_->stats().pool_bytes - before;
  if (error != AllocatorError::kNone) {
    FUZZ_CHECK_EQ(error, AllocatorError::kTooSmall);
    FUZZ_CHECK(source != Source::kMapped);
    FUZZ_CHECK(bytes < kAmple || oracle_->unit() > 128);
    FUZZ_CHECK_EQ(grown, 0u);
  } else if (source == Source::kMapped) {
    oracle_->AddPart(start, size / oracle_->unit() * oracle_->unit());
  } else {
    oracle_->AddPartWithin(start, size, grown);
  }
}

void FuzzPool::Move() {
  HeapPrealloc moved = std::move(*pool_);
  // NOLINTBEGIN: what is left after the move is the claim.
  FUZZ_CHECK(!pool_->AllocCell<uint8_t>(1));
  FUZZ_CHECK_EQ(pool_->stats().pool_bytes, 0u);
  FUZZ_CHECK_EQ(pool_->LargestFree(), 0u);
  // NOLINTEND
  *pool_ = std::move(moved);
}

}  // namespace cellblock
