// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What a ThreadHeap does with blocks that are resized.

#include <string.h>

#include <algorithm>

#include "allocator/malloc/thread_heap.h"

namespace cellblock {
namespace {

// Whether a span that realloc resizes is to stay one. Where whole pages waste
// an eighth and more, what shrinks is better off in a block.
bool StaysSpan(const Slab& span, size_t bytes) {
  constexpr size_t kShare = 8;
  const size_t before = span.reciprocal * kPageBytes;
  if (bytes > before || bytes > kMaxClassBytes) return true;
  const size_t pages = PagesFor(bytes);
  if (pages == span.reciprocal && StaysInPlace(bytes, before)) return true;
  const size_t whole = pages * kPageBytes;
  return ClassBytes(ClassOf(bytes)) > whole - whole / kShare;
}

}  // namespace

bool ThreadHeap::ResizeSpan(Slab* span, size_t bytes) {
  const Busy busy(this);
  if (busy.nested()) return false;
  const size_t pages = PagesFor(bytes);
  return pages == span->reciprocal ||
         (bytes <= pool_->bytes() && pool_->ResizeSpan(span, pages));
}

// Whether a span is to stay as it is, for what is no less than before.
bool ThreadHeap::HasRoom(const Slab& span, size_t bytes) const {
  const size_t pages = PagesFor(bytes);
  return pages <= span.reciprocal && pages >= span.used &&
         pool_->CanSpareRoom();
}

void* ThreadHeap::Reallocate(void* block, size_t bytes) {
  Slab* const slab = pool_->Locate(block);
  size_t before = 0;
  if (slab->size_class < kClasses) {
    if (!IsBlock(*slab, static_cast<char*>(block)) ||
        IsFree(*slab, static_cast<char*>(block))) {
      Free(block, slab);  // reports it
    }
    before = ClassBytes(slab->size_class);
    if (StaysInPlace(bytes, before)) return block;
  } else if (slab->size_class == kSpanClass &&
             reinterpret_cast<uintptr_t>(block) == slab->start &&
             slab->remote.load(std::memory_order_relaxed) == 0) {
    before = slab->reciprocal * kPageBytes;
    const bool has_room = HasRoom(*slab, bytes);
    if (has_room || (StaysSpan(*slab, bytes) && ResizeSpan(slab, bytes))) {
      slab->used = static_cast<uint32_t>(PagesFor(bytes));
      return block;
    }
  } else {
    Free(block, slab);
  }
  void* const moved =
      bytes <= before ? Shrunk(slab, bytes) : Grown(bytes, before);
  if (moved == nullptr) return bytes <= before ? block : nullptr;
  memcpy(moved, block, std::min(before, bytes));
  Free(block, slab);
  return moved;
}

// Where a block of `before` bytes is to grow and has no room. What it need not
// have is not worth the exhaustion ladder.
void* ThreadHeap::Grown(size_t bytes, size_t before) {
  const size_t roomy = pool_->WithRoom(bytes, before);
  void* block = nullptr;
  if (roomy != bytes) {
    block = roomy <= kMaxClassBytes ? TryAllocateFromClass(ClassOf(roomy))
                                    : TryRoomySpan(roomy, bytes);
  }
  return block != nullptr ? block : Allocate(bytes, kBlockAlignment);
}

// A span of `roomy` bytes, of which `bytes` are asked for.
void* ThreadHeap::TryRoomySpan(size_t roomy, size_t bytes) {
  const Busy busy(this);
  if (busy.nested()) return nullptr;
  const size_t pages = PagesFor(roomy);
  Slab* span = FromCache(pages);
  if (span == nullptr) span = FromPool(pages, kPageBytes);
  return span != nullptr ? HandOut(span, bytes) : nullptr;
}

// A smaller block for what the slab or span holds, or null: then it stays. The
// pages that a span can do without may be what the block is cut from.
void* ThreadHeap::Shrunk(Slab* slab, size_t bytes) {
  if (bytes > kMaxClassBytes) return nullptr;
  const uint32_t size_class = ClassOf(bytes);
  void* const block = TryAllocateFromClass(size_class);
  if (block != nullptr || slab->size_class != kSpanClass ||
      !ResizeSpan(slab, bytes)) {
    return block;
  }
  return TryAllocateFromClass(size_class);
}

}  // namespace cellblock
