// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tests/allocator/heap_fuzz.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <map>
#include <utility>
#include <variant>

#include "allocator/cell.h"
#include "allocator/heap_prealloc.h"
#include "allocator/result.h"
#include "tests/allocator/fuzz_check.h"
#include "tests/allocator/fuzz_input.h"
#include "tests/allocator/fuzz_paint.h"
#include "tests/allocator/fuzz_pool.h"
#include "tests/allocator/pool_oracle.h"

namespace cellblock {
namespace {

// No input is worth more: each call is followed by a look at everything.
constexpr int kMaxCalls = 400;

struct Triple {
  uint8_t bytes[3];
};
struct alignas(64) Line {
  uint8_t bytes[64];
};

// How a live block is held: by its address alone, or by a cell.
using Handle = std::variant<std::monostate, Cell<uint8_t>, Cell<uint32_t>,
                            Cell<Triple>, Cell<Line>>;

struct Held {
  Handle handle;
  uint64_t color;  // of the paint that covers all of it
};

uintptr_t AddressOf(const void* block) {
  return reinterpret_cast<uintptr_t>(block);
}

uint8_t* BytesAt(uintptr_t at) { return reinterpret_cast<uint8_t*>(at); }

class HeapFuzz {
 public:
  explicit HeapFuzz(FuzzInput& input) : input_(input), pool_(input) {}

  void Run() {
    if (!pool_.exists()) return;
    oracle().Check(*pool_);
    for (int call = 0; call < kMaxCalls && !input_.empty(); ++call) {
      Step(input_.Byte());
      oracle().Check(*pool_);
    }
    while (!held_.empty()) Free(held_.begin(), How::kDrop);
    oracle().Check(*pool_);
  }

 private:
  using HeldAt = std::map<uintptr_t, Held>::iterator;
  enum class How { kDrop, kGiveBack };

  // A request, with what it may come to.
  struct Asked {
    PoolRequest request;
    uint32_t answers;  // a bit per AllocatorError, kNone for being served
    size_t largest_free;
    int fill_calls;
  };

  PoolOracle& oracle() { return pool_.oracle(); }
  bool IsCoalescing() const {
    return pool_.options().discipline == Discipline::kCoalescing;
  }

  void Step(uint32_t choice) {
    const CellOptions options = choice & 128 ? ReadOptions() : CellOptions();
    switch (choice % 16) {
      case 0:
      case 1:
        return AllocateCell<uint8_t>(options);
      case 2:
        return AllocateCell<uint32_t>(options);
      case 3:
        return AllocateCell<Triple>(options);
      case 4:
        return AllocateCell<Line>(options);
      case 5:
        return AllocateBlock(options);
      case 6:
      case 7:
        return FreeOne(How::kDrop);
      case 8:
        return FreeOne(How::kGiveBack);
      case 9:
      case 10:
        return Reallocate(options);
      case 11:
        return SetLimit(options.owner);
      case 12:
        return Admit(options.owner);
      case 13:
        return Narrow();
      case 14:
        return AskUsableSize();
      case 15:
        return choice & 64 ? pool_.Move() : pool_.Grow(input_);
    }
  }

  CellOptions ReadOptions() {
    constexpr size_t kAlignments[] = {
        1,   2,    4,    8,    16, 32, 64,       128,
        512, 1024, 4096, 8192, 0,  24, SIZE_MAX, size_t{1} << 63};
    const uint32_t choice = input_.Byte();
    return {.alignment = kAlignments[choice % 16],
            .owner = (choice >> 4) % (oracle().owners() + 2)};
  }

  size_t ReadSize() {
    const uint32_t choice = input_.Byte();
    const size_t low = choice % 32;
    const size_t unit = oracle().unit();
    const size_t free = pool_->LargestFree();
    const size_t pool = pool_->stats().pool_bytes;
    const size_t special[] = {
        free,        free + 1,       free - std::min(free, unit),
        free / 2,    pool,           pool + 1,
        SIZE_MAX,    SIZE_MAX - 15,  SIZE_MAX / 4 + 2,
        PTRDIFF_MAX, size_t{1} << 36};
    switch (choice / 32) {
      case 4:
        return low * unit;
      case 5:
        return low * 256 + input_.Byte();
      case 6:
        return low < std::size(special) ? special[low] : low * 64;
      case 7:
        return low * 32 * unit;
      default:
        return choice;
    }
  }

  Asked Ask(const PoolRequest& request) {
    Asked asked = {.request = request,
                   .answers = 0,
                   .largest_free = pool_->LargestFree(),
                   .fill_calls = pool_.fill_call().calls};
    for (AllocatorError answer :
         {AllocatorError::kNone, AllocatorError::kExhausted,
          AllocatorError::kOverLimit, AllocatorError::kNoSuchOwner,
          AllocatorError::kBadAlignment}) {
      if (oracle().May(*pool_, request, answer)) {
        asked.answers |= 1u << static_cast<uint32_t>(answer);
      }
    }
    return asked;
  }

  void CheckAnswer(const Asked& asked) {
    const uint32_t answer = static_cast<uint32_t>(pool_->last_error());
    FUZZ_CHECK_EQ(asked.answers & 1u << answer, 1u << answer);
  }

  void Refused(const Asked& asked) {
    FUZZ_CHECK(pool_->last_error() != AllocatorError::kNone);
    CheckAnswer(asked);
    oracle().Refused(*pool_, asked.request, asked.largest_free);
  }

  // All but the contents of a new block.
  void Served(const Asked& asked, uint8_t* block, size_t bytes) {
    FUZZ_CHECK_EQ(pool_->last_error(), AllocatorError::kNone);
    CheckAnswer(asked);
    oracle().Served(asked.request, AddressOf(block), bytes);
    if (IsCoalescing()) FUZZ_CHECK_EQ(pool_->UsableSize(block), bytes);
    if (pool_.options().fill == Fill::kFunction) {
      FUZZ_CHECK_EQ(pool_.fill_call().calls, asked.fill_calls + 1);
      FUZZ_CHECK_EQ(AddressOf(pool_.fill_call().block), AddressOf(block));
      FUZZ_CHECK_EQ(pool_.fill_call().bytes, bytes);
    }
  }

  // That a block holds the pool's fill from there on.
  void CheckFill(const uint8_t* block, size_t from, size_t bytes) {
    switch (pool_.options().fill) {
      case Fill::kZeroed:
        FUZZ_CHECK(IsAll(block + from, 0, bytes - from));
        break;
      case Fill::kFunction:
        FUZZ_CHECK(IsAll(block + from, FillCall::kByte, bytes - from));
        break;
      case Fill::kUninitialized:
        break;
    }
  }

  void CheckScrubbed(const uint8_t* memory, size_t bytes) {
    if (pool_.options().scrub == Scrub::kOnFree) {
      FUZZ_CHECK(IsAll(memory, 0, bytes));
    }
  }

  void Keep(uint8_t* block, size_t bytes, Handle handle) {
    Paint(block, bytes, ++colors_);
    held_.emplace(AddressOf(block), Held{std::move(handle), colors_});
  }

  template <typename T>
  void AllocateCell(const CellOptions& options) {
    const bool as_result = input_.Byte() % 2 != 0;
    const size_t size = ReadSize();
    // As a count, the largest ones overflow when they become bytes.
    const size_t count = size > PTRDIFF_MAX ? size : size / sizeof(T);
    PoolRequest request = {.bytes = SIZE_MAX,
                           .alignment = options.alignment,
                           .owner = options.owner};
    if (count <= SIZE_MAX / sizeof(T)) request.bytes = count * sizeof(T);
    if (std::has_single_bit(request.alignment)) {
      request.alignment = std::max(request.alignment, alignof(T));
    }
    const Asked asked = Ask(request);
    Cell<T> cell;
    if (as_result) {
      Result<Cell<T>> result = pool_->TryAllocCell<T>(count, options);
      FUZZ_CHECK_EQ(result.error(), pool_->last_error());
      if (result.ok()) cell = std::move(result).value();
    } else {
      cell = pool_->AllocCell<T>(count, options);
    }
    FUZZ_CHECK_EQ(cell.size(), cell.block_size());
    if (!cell) {
      FUZZ_CHECK(cell.empty());
      if (count != 0) return Refused(asked);
      FUZZ_CHECK_EQ(pool_->last_error(), AllocatorError::kNone);
      return;
    }
    uint8_t* const block = reinterpret_cast<uint8_t*>(cell.data());
    size_t bytes = oracle().RoundUp(asked.request.bytes);
    if (IsCoalescing()) {
      FUZZ_CHECK_EQ(cell.size(), count);
    } else {
      bytes = pool_->stats().in_use_bytes - oracle().in_use_bytes();
      FUZZ_CHECK_EQ(cell.size(), bytes / sizeof(T));
    }
    Served(asked, block, bytes);
    CheckFill(block, 0, bytes);
    Keep(block, bytes, std::move(cell));
  }

  void AllocateBlock(const CellOptions& options) {
    const size_t size = ReadSize();
    if (!IsCoalescing()) {
      FUZZ_CHECK(pool_->AllocateBlock(size, options) == nullptr);
      FUZZ_CHECK_EQ(pool_->last_error(), AllocatorError::kNeedsCoalescing);
      return;
    }
    const Asked asked = Ask({.bytes = std::max<size_t>(size, 1),
                             .alignment = options.alignment,
                             .owner = options.owner});
    uint8_t* const block =
        static_cast<uint8_t*>(pool_->AllocateBlock(size, options));
    if (block == nullptr) return Refused(asked);
    const size_t bytes = oracle().RoundUp(asked.request.bytes);
    FUZZ_CHECK_EQ(AddressOf(block) % 16, 0u);
    Served(asked, block, bytes);
    CheckFill(block, 0, bytes);
    Keep(block, bytes, std::monostate());
  }

  // A block that is known by its address, if there is one.
  HeldAt PickBlock() {
    const size_t first = input_.Byte() % (held_.size() + 1);
    const auto is_block = [](const auto& held) {
      return std::holds_alternative<std::monostate>(held.second.handle);
    };
    const HeldAt start = std::next(held_.begin(), first);
    const HeldAt found = std::find_if(start, held_.end(), is_block);
    if (found != held_.end()) return found;
    return std::find_if(held_.begin(), held_.end(), is_block);
  }

  void Reallocate(const CellOptions& options) {
    const HeldAt held = PickBlock();
    if (held == held_.end()) return AllocateBlock(options);
    const uintptr_t at = held->first;
    const uint64_t color = held->second.color;
    const PoolOracle::Block before = oracle().blocks().at(at);
    const size_t size = ReadSize();
    const Asked asked = Ask({.bytes = std::max<size_t>(size, 1),
                             .alignment = options.alignment,
                             .owner = before.owner});
    const bool in_place =
        oracle().IsExact() && oracle().MustResizeInPlace(at, asked.request);
    uint8_t* const block = static_cast<uint8_t*>(
        pool_->ReallocateBlock(BytesAt(at), size, options));
    if (block == nullptr) {
      FUZZ_CHECK(!in_place);
      return Refused(asked);
    }
    const size_t bytes = oracle().RoundUp(asked.request.bytes);
    if (oracle().IsExact()) FUZZ_CHECK_EQ(AddressOf(block) == at, in_place);
    const size_t kept = std::min(before.bytes, asked.request.bytes);
    FUZZ_CHECK(IsPainted(block, kept, color));
    CheckFill(block, kept, bytes);
    held_.erase(held);
    if (AddressOf(block) == at) {
      FUZZ_CHECK_EQ(pool_->last_error(), AllocatorError::kNone);
      FUZZ_CHECK_EQ(pool_->UsableSize(block), bytes);
      oracle().ResizedInPlace(at, bytes);
      if (bytes < before.bytes) {
        CheckScrubbed(block + bytes, before.bytes - bytes);
      }
    } else {
      Served(asked, block, bytes);
      oracle().Freed(at);
      CheckScrubbed(BytesAt(at), before.bytes);
      FUZZ_CHECK_EQ(pool_->UsableSize(BytesAt(at)), 0u);
    }
    Keep(block, bytes, std::monostate());
  }

  void FreeOne(How how) {
    if (held_.empty()) {
      pool_->FreeBlock(nullptr);
      pool_->FreeCell(Cell<uint8_t>());
      return;
    }
    Free(std::next(held_.begin(), input_.Byte() % held_.size()), how);
  }

  void Free(HeldAt held, How how) {
    const uintptr_t at = held->first;
    const size_t bytes = oracle().blocks().at(at).bytes;
    FUZZ_CHECK(IsPainted(BytesAt(at), bytes, held->second.color));
    std::visit([&](auto& handle) { Return(handle, at, how); },
               held->second.handle);
    held_.erase(held);
    oracle().Freed(at);
    CheckScrubbed(BytesAt(at), bytes);
    FUZZ_CHECK_EQ(pool_->UsableSize(BytesAt(at)), 0u);
  }

  void Return(std::monostate, uintptr_t at, How) {
    pool_->FreeBlock(BytesAt(at));
  }

  template <typename T>
  void Return(Cell<T>& cell, uintptr_t at, How how) {
    FUZZ_CHECK(cell.block_size() == 0 || AddressOf(cell.data()) == at);
    if (how == How::kDrop) {
      cell = Cell<T>();
    } else {
      pool_->FreeCell(std::move(cell));
    }
  }

  void SetLimit(OwnerId owner) {
    const uint64_t bytes = ReadSize();
    const AllocatorError expected = oracle().SetLimit(owner, bytes);
    FUZZ_CHECK_EQ(pool_->SetLimit(owner, bytes), expected);
  }

  void Admit(OwnerId owner) {
    const uint64_t bytes = ReadSize();
    const Admission expected = oracle().Admit(bytes, owner);
    const Admission admission = pool_->Admit(bytes, owner);
    FUZZ_CHECK_EQ(admission.error, expected.error);
    FUZZ_CHECK_EQ(admission.short_by, expected.short_by);
  }

  void Narrow() {
    if (held_.empty()) return;
    const HeldAt held = std::next(held_.begin(), input_.Byte() % held_.size());
    const size_t part = input_.Byte();
    std::visit([&](auto& handle) { NarrowTo(handle, part); },
               held->second.handle);
  }

  void NarrowTo(std::monostate, size_t) {}

  template <typename T>
  void NarrowTo(Cell<T>& cell, size_t part) {
    const size_t whole = cell.block_size();
    const size_t size = whole * part / UINT8_MAX;
    cell.Narrow(size);
    FUZZ_CHECK_EQ(cell.size(), size);
    FUZZ_CHECK_EQ(cell.block_size(), whole);
    FUZZ_CHECK_EQ(cell.span().size(), size);
  }

  void AskUsableSize() {
    const uintptr_t from = held_.empty() ? 0 : held_.begin()->first;
    const uintptr_t at = from + input_.TwoBytes();
    const auto block = oracle().blocks().find(at);
    const bool is_known = IsCoalescing() && block != oracle().blocks().end();
    FUZZ_CHECK_EQ(pool_->UsableSize(BytesAt(at)),
                  is_known ? block->second.bytes : 0);
  }

  FuzzInput& input_;
  FuzzPool pool_;
  std::map<uintptr_t, Held> held_;  // after the pool: its cells go first
  uint64_t colors_ = 0;
};

}  // namespace

int FuzzHeap(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  HeapFuzz(input).Run();
  return 0;
}

}  // namespace cellblock
