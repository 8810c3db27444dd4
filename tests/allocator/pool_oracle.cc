// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tests/allocator/pool_oracle.h"

#include <algorithm>
#include <bit>
#include <iterator>

#include "allocator/first_fit.h"
#include "allocator/freelist.h"
#include "tests/allocator/fuzz_check.h"

namespace cellblock {
PoolOracle::PoolOracle(const PoolOptions& options)
    : options_(options), accounts_(options.owners) {
  figures_.unit_bytes = options.unit;
}

void PoolOracle::AddPart(uintptr_t base, size_t bytes) {
  FUZZ_CHECK_EQ(bytes % unit(), 0u);
  parts_.push_back({base, bytes, base});
  figures_.pool_bytes += bytes;
}

void PoolOracle::AddPartWithin(uintptr_t start, size_t room, size_t bytes) {
  FUZZ_CHECK(bytes <= room);
  AddPart(start, bytes);
  parts_.back().room = room;
  is_exact_ = false;
}

size_t PoolOracle::RoundUp(size_t bytes) const {
  const size_t rest = bytes % unit();
  size_t rounded = 0;
  return __builtin_add_overflow(bytes, rest == 0 ? 0 : unit() - rest, &rounded)
             ? SIZE_MAX
             : rounded;
}

uint64_t PoolOracle::Left(OwnerId owner) const {
  const OwnerStats& account = accounts_[owner - 1];
  return account.limit_bytes < account.in_use_bytes
             ? 0
             : account.limit_bytes - account.in_use_bytes;
}

bool PoolOracle::Aligns(size_t alignment) const {
  if (!std::has_single_bit(alignment) || unit() % alignment != 0) return false;
  return !is_exact_ ||
         std::all_of(parts_.begin(), parts_.end(), [&](const Part& part) {
           return part.start % alignment == 0;
         });
}

// What is between the live blocks.
std::vector<PoolOracle::Gap> PoolOracle::Gaps() const {
  std::vector<Gap> gaps;
  for (const Part& part : parts_) {
    uintptr_t at = part.start;
    const uintptr_t end = part.start + part.room;
    for (auto block = blocks_.lower_bound(at);
         block != blocks_.end() && block->first < end; ++block) {
      if (block->first != at) gaps.push_back({at, block->first - at});
      at = block->first + block->second.bytes;
    }
    if (at != end) gaps.push_back({at, end - at});
  }
  return gaps;
}

bool PoolOracle::Fits(const std::vector<Gap>& gaps,
                      const PoolRequest& request) const {
  const size_t bytes = RoundUp(request.bytes);
  const size_t alignment = std::max(request.alignment, unit());
  return std::any_of(gaps.begin(), gaps.end(), [&](const Gap& gap) {
    const size_t lead = -gap.start & (alignment - 1);
    return lead <= gap.bytes && bytes <= gap.bytes - lead;
  });
}

bool PoolOracle::May(const HeapPrealloc& pool, const PoolRequest& request,
                     AllocatorError answer) const {
  bool is_aligned = IsCoalescing() ? std::has_single_bit(request.alignment)
                                   : Aligns(request.alignment);
  if (!IsCoalescing() && !is_exact_) {
    is_aligned &= answer != AllocatorError::kBadAlignment;
  }
  if (!is_aligned || request.owner > owners()) {
    return (!is_aligned && answer == AllocatorError::kBadAlignment) ||
           (request.owner > owners() && answer == AllocatorError::kNoSuchOwner);
  }
  const size_t bytes = RoundUp(request.bytes);
  if (request.owner != kNoOwner && bytes > Left(request.owner)) {
    return answer == AllocatorError::kOverLimit;
  }
  if (answer != AllocatorError::kNone && answer != AllocatorError::kExhausted) {
    return false;
  }
  const bool is_served = answer == AllocatorError::kNone;
  if (!IsCoalescing()) return is_served == (bytes <= pool.LargestFree());
  if (!is_exact_) return true;
  const std::vector<Gap> gaps = Gaps();
  const bool fits = Fits(gaps, request);
  // Among more free spans than it looks at, one that fits may be missed.
  if (fits && gaps.size() > Freelist::kLook) return true;
  return is_served == fits;
}

// All that is said of a live block.
void PoolOracle::Occupy(uintptr_t at, size_t bytes) {
  const auto part =
      std::find_if(parts_.begin(), parts_.end(), [&](const Part& candidate) {
        return at >= candidate.start && at - candidate.start < candidate.room;
      });
  FUZZ_CHECK(part != parts_.end());
  FUZZ_CHECK(bytes <= part->start + part->room - at);
  if (is_exact_) FUZZ_CHECK_EQ((at - part->start) % unit(), 0u);
  const auto after = blocks_.upper_bound(at);
  FUZZ_CHECK(after == blocks_.end() || after->first - at >= bytes);
  if (after != blocks_.begin()) {
    const auto before = std::prev(after);
    FUZZ_CHECK(before->first == at ||
               before->first + before->second.bytes <= at);
  }
  part->high_water = std::max(part->high_water, at + bytes);
}

void PoolOracle::Charge(OwnerId owner, size_t bytes) {
  figures_.ever_bytes += bytes;
  figures_.in_use_bytes += bytes;
  figures_.peak_bytes = std::max(figures_.peak_bytes, figures_.in_use_bytes);
  if (owner == kNoOwner) return;
  OwnerStats& account = accounts_[owner - 1];
  account.in_use_bytes += bytes;
  account.peak_bytes = std::max(account.peak_bytes, account.in_use_bytes);
}

void PoolOracle::Served(const PoolRequest& request, uintptr_t at,
                        size_t bytes) {
  refused_by_.reset();
  FUZZ_CHECK_EQ(at % request.alignment, 0u);
  const size_t rounded = RoundUp(request.bytes);
  if (IsCoalescing()) {
    FUZZ_CHECK_EQ(bytes, rounded);
  } else {
    FUZZ_CHECK(bytes >= rounded);
    FUZZ_CHECK((bytes - rounded) / unit() < FirstFit::kNear);
    FUZZ_CHECK_EQ(bytes % unit(), 0u);
  }
  Occupy(at, bytes);
  FUZZ_CHECK(blocks_.emplace(at, Block{bytes, request.owner}).second);
  ++figures_.allocations;
  Charge(request.owner, bytes);
}

void PoolOracle::Refused(const HeapPrealloc& pool, const PoolRequest& request,
                         size_t largest_free) {
  const AllocatorError why = pool.last_error();
  if (why == AllocatorError::kExhausted) {
    ++figures_.exhausted;
    Record(pool, kNoOwner,
           {.asked = request.bytes,
            .alignment = request.alignment,
            .in_use = figures_.in_use_bytes,
            .peak = figures_.peak_bytes,
            .largest_free = largest_free});
  } else if (why == AllocatorError::kOverLimit) {
    OwnerStats& account = accounts_[request.owner - 1];
    ++figures_.over_limit;
    ++account.over_limit;
    Record(pool, request.owner,
           {.asked = request.bytes,
            .alignment = request.alignment,
            .in_use = account.in_use_bytes,
            .peak = account.peak_bytes,
            .largest_free = Left(request.owner)});
  }
}

// A refusal by the pool, or by an owner's limit.
void PoolOracle::Record(const HeapPrealloc& pool, OwnerId by,
                        const Exhaustion& refusal) {
  Exhaustion& last = figures_.last_exhaustion;
  const bool is_in_streak = refused_by_ == by;
  refused_by_ = by;
  if (is_in_streak && refusal.asked <= last.asked) return;
  last = refusal;
  // Among more free spans than it looks at, the longest may be missed, and
  // not in the same way after another has been merged.
  if (by == kNoOwner && Gaps().size() > Freelist::kLook) {
    last.largest_free = pool.stats().last_exhaustion.largest_free;
  }
  const uint64_t rounded = RoundUp(refusal.asked);
  last.short_by = rounded > last.largest_free ? rounded - last.largest_free : 0;
}

void PoolOracle::Freed(uintptr_t at) {
  const auto block = blocks_.find(at);
  FUZZ_CHECK(block != blocks_.end());
  ++figures_.frees;
  figures_.in_use_bytes -= block->second.bytes;
  if (block->second.owner != kNoOwner) {
    accounts_[block->second.owner - 1].in_use_bytes -= block->second.bytes;
  }
  blocks_.erase(block);
}

bool PoolOracle::MustResizeInPlace(uintptr_t at,
                                   const PoolRequest& request) const {
  FUZZ_CHECK(is_exact_);
  if (!std::has_single_bit(request.alignment) || at % request.alignment != 0) {
    return false;
  }
  const Block& block = blocks_.at(at);
  const size_t bytes = RoundUp(request.bytes);
  if (bytes <= block.bytes) return true;
  const size_t more = bytes - block.bytes;
  if (block.owner != kNoOwner && more > Left(block.owner)) return false;
  const std::vector<Gap> gaps = Gaps();
  return std::any_of(gaps.begin(), gaps.end(), [&](const Gap& gap) {
    return gap.start == at + block.bytes && gap.bytes >= more;
  });
}

void PoolOracle::ResizedInPlace(uintptr_t at, size_t bytes) {
  FUZZ_CHECK_EQ(bytes % unit(), 0u);
  Block& block = blocks_.at(at);
  refused_by_.reset();
  Occupy(at, bytes);
  if (bytes > block.bytes) {
    Charge(block.owner, bytes - block.bytes);
  } else {
    const size_t less = block.bytes - bytes;
    figures_.in_use_bytes -= less;
    if (block.owner != kNoOwner)
      accounts_[block.owner - 1].in_use_bytes -= less;
  }
  block.bytes = bytes;
}

AllocatorError PoolOracle::SetLimit(OwnerId owner, uint64_t bytes) {
  if (owner == kNoOwner || owner > owners()) {
    return AllocatorError::kNoSuchOwner;
  }
  accounts_[owner - 1].limit_bytes = bytes;
  return AllocatorError::kNone;
}

Admission PoolOracle::Admit(uint64_t bytes, OwnerId owner) const {
  const uint64_t free =
      figures_.pool_bytes - figures_.in_use_bytes - figures_.lost_bytes;
  if (bytes > free) return {AllocatorError::kExhausted, bytes - free};
  if (owner == kNoOwner) return {};
  if (owner > owners()) return {AllocatorError::kNoSuchOwner, bytes};
  const uint64_t left = Left(owner);
  if (bytes > left) return {AllocatorError::kOverLimit, bytes - left};
  return {};
}

void PoolOracle::CheckLargestFree(size_t largest) const {
  if (!is_exact_) return;
  const std::vector<Gap> gaps = Gaps();
  size_t longest = 0;
  for (const Gap& gap : gaps) longest = std::max(longest, gap.bytes);
  FUZZ_CHECK(largest <= longest);
  if (!IsCoalescing()) return;
  const bool is_all_seen = gaps.size() <= Freelist::kLook;
  const size_t error = is_all_seen ? 0 : longest / unit() / 32 * unit();
  FUZZ_CHECK(largest >= longest - error);
}

void PoolOracle::Check(const HeapPrealloc& pool) {
  const HeapCheck check = pool.Validate();
  if (!check.ok()) FuzzFail(__FILE__, __LINE__, check.broken);
  FUZZ_CHECK_EQ(check.live_blocks, blocks_.size());

  const HeapStats& stats = pool.stats();
  FUZZ_CHECK_EQ(stats.pool_bytes, figures_.pool_bytes);
  FUZZ_CHECK_EQ(stats.unit_bytes, figures_.unit_bytes);
  FUZZ_CHECK_EQ(stats.in_use_bytes, figures_.in_use_bytes);
  FUZZ_CHECK_EQ(stats.peak_bytes, figures_.peak_bytes);
  FUZZ_CHECK_EQ(stats.ever_bytes, figures_.ever_bytes);
  FUZZ_CHECK_EQ(stats.allocations, figures_.allocations);
  FUZZ_CHECK_EQ(stats.frees, figures_.frees);
  FUZZ_CHECK_EQ(stats.exhausted, figures_.exhausted);
  FUZZ_CHECK_EQ(stats.over_limit, figures_.over_limit);
  const Exhaustion& last = stats.last_exhaustion;
  FUZZ_CHECK_EQ(last.asked, figures_.last_exhaustion.asked);
  FUZZ_CHECK_EQ(last.alignment, figures_.last_exhaustion.alignment);
  FUZZ_CHECK_EQ(last.in_use, figures_.last_exhaustion.in_use);
  FUZZ_CHECK_EQ(last.peak, figures_.last_exhaustion.peak);
  FUZZ_CHECK_EQ(last.largest_free, figures_.last_exhaustion.largest_free);
  FUZZ_CHECK_EQ(last.short_by, figures_.last_exhaustion.short_by);
  uint64_t high_water = 0;
  for (const Part& part : parts_) high_water += part.high_water - part.start;
  if (is_exact_) FUZZ_CHECK_EQ(stats.high_water_bytes, high_water);
  FUZZ_CHECK(stats.high_water_bytes <= stats.pool_bytes);
  FUZZ_CHECK(stats.refused_at_bytes >= figures_.refused_at_bytes);
  figures_.refused_at_bytes = stats.refused_at_bytes;
  FUZZ_CHECK(stats.lost_bytes >= figures_.lost_bytes);
  FUZZ_CHECK(!IsCoalescing() || stats.lost_bytes == 0);
  figures_.lost_bytes = stats.lost_bytes;

  const uint64_t free =
      stats.pool_bytes - stats.in_use_bytes - stats.lost_bytes;
  FUZZ_CHECK_EQ(pool.FreeBytes(), free);
  FUZZ_CHECK(pool.LargestFree() <= free);
  FUZZ_CHECK_EQ(pool.LargestFree() == 0, free == 0);
  FUZZ_CHECK_EQ(pool.Fragmentation() == 0, pool.LargestFree() == free);
  FUZZ_CHECK(pool.Fragmentation() >= 0 && pool.Fragmentation() < 1);
  CheckLargestFree(pool.LargestFree());

  for (OwnerId owner = 0; owner <= owners() + 1; ++owner) {
    const OwnerStats account = pool.owner_stats(owner);
    const bool is_owner = owner != kNoOwner && owner <= owners();
    const OwnerStats expected =
        is_owner ? accounts_[owner - 1] : OwnerStats{.limit_bytes = 0};
    FUZZ_CHECK_EQ(account.limit_bytes, expected.limit_bytes);
    FUZZ_CHECK_EQ(account.in_use_bytes, expected.in_use_bytes);
    FUZZ_CHECK_EQ(account.peak_bytes, expected.peak_bytes);
    FUZZ_CHECK_EQ(account.over_limit, expected.over_limit);
  }
}

}  // namespace cellblock
