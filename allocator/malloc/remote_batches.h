// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_REMOTE_BATCHES_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_REMOTE_BATCHES_H_

#include <sys/single_threaded.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "allocator/malloc/size_class.h"
#include "allocator/malloc/slab.h"

namespace cellblock {

// Blocks that one thread freed, of slabs that other threads own, and has not
// given back yet: so that one atomic operation gives back many. A batch is of
// one slab; its blocks are linked as free ones are, and for their slab they
// still are handed out: so it stays what it is until they are given back.
//
// What waits is bounded: kBatches of kMostBlocks, and of kMostBytes or one
// block; and the slabs that cannot become empty meanwhile have kBatches *
// `most_pages` at most. Nothing waits in a process of one
// thread, nor with a quarantine.
//
// The first block of a batch that is given back also says where the others
// are, as far as there is room behind its link: who takes them brings their
// lines from the other processor all at once, and not one after the other. It
// is a hint, and nothing else is done by it: the links are followed and looked
// at as ever.
//
// Lifecycle: zero bytes have no batch.
// Units: bytes.
// Ownership: who takes a batch out gives its blocks back.
// Threads: one; Holds and count may be called by others, which then learn what
//   was so a moment ago, or will be.
// Syscalls: none.
class RemoteBatches {
 public:
  static constexpr size_t kBatches = 4;
  static constexpr size_t kMostBlocks = 28;
  static constexpr size_t kMostBytes = 4096;

  struct Batch {
    Slab* slab;  // null: there is none
    char* first;
    char* last;
    uint32_t count;
    uint32_t room;                 // for so many more
    uint16_t places[kMostBlocks];  // of its blocks in the slab, in granules
  };

  // Where a batch of that slab is, or would be: it may have another one's.
  Batch* PlaceOf(const Slab* slab) {
    return &batches_[reinterpret_cast<uintptr_t>(slab) / sizeof(Slab) %
                     kBatches];
  }

  // A batch of no block, in the place of none.
  static void Start(Batch* batch, Slab* slab, size_t most_pages) {
    const bool waits =
        __libc_single_threaded == 0 && (slab->pages & ~kFresh) <= most_pages;
    const size_t fit = kMostBytes / ClassBytes(slab->size_class);
    batch->first = nullptr;
    batch->last = nullptr;
    batch->count = 0;
    batch->room =
        waits ? static_cast<uint32_t>(std::clamp<size_t>(fit, 1, kMostBlocks))
              : 1;
    batch->slab = slab;
  }

  [[gnu::always_inline]] static void Add(Batch* batch, char* block,
                                         uint64_t key) {
    WriteLink(block, Encode(batch->first, key));
    if (batch->first == nullptr) batch->last = block;
    batch->first = block;
    const uintptr_t offset =
        reinterpret_cast<uintptr_t>(block) - batch->slab->start;
    batch->places[batch->count++] =
        static_cast<uint16_t>(offset / kBlockAlignment);
    --batch->room;
  }

  // The batch, out of its place.
  static Batch Take(Batch* batch) {
    const Batch taken = *batch;
    batch->slab = nullptr;
    batch->first = nullptr;
    batch->count = 0;
    return taken;
  }

  // Into the first block.
  static void WriteHint(const Batch& batch) {
    const size_t others = std::min<size_t>(
        batch.count - 1, HintRoom(ClassBytes(batch.slab->size_class)));
    const auto count = static_cast<uint16_t>(others);
    char* const at = batch.first + sizeof(uintptr_t);
    memcpy(at, &count, sizeof(count));
    memcpy(at + sizeof(count), &batch.places[batch.count - 1 - others],
           others * sizeof(uint16_t));
  }

  // Fetches what the first block of a batch names; how many blocks, with
  // itself. Whatever it holds, nothing but cache lines of the slab moves.
  static uint32_t FetchHinted(const Slab& slab, const char* first) {
    const char* const at = first + sizeof(uintptr_t);
    uint16_t count;
    memcpy(&count, at, sizeof(count));
    if (count > HintRoom(ClassBytes(slab.size_class))) return 1;
    const size_t most = (slab.pages & ~kFresh) * (kPageBytes / kBlockAlignment);
    for (size_t i = count; i != 0; --i) {
      uint16_t place;
      memcpy(&place, at + i * sizeof(place), sizeof(place));
      if (place >= most) return 1;
      PrefetchForWrite(reinterpret_cast<const char*>(slab.start) +
                       place * kBlockAlignment);
    }
    return count + 1u;
  }

  Batch* begin() { return batches_; }
  Batch* end() { return batches_ + kBatches; }
  const Batch* begin() const { return batches_; }
  const Batch* end() const { return batches_ + kBatches; }

  // Whether the block of the slab waits. The links may change meanwhile: a step
  // may lead astray, but not out of the slab.
  __attribute__((no_sanitize("thread"))) bool Holds(const Slab& slab,
                                                    const char* block,
                                                    uint64_t key) const {
    for (const Batch& batch : batches_) {
      if (batch.slab != &slab) continue;
      const char* at = batch.first;
      for (size_t i = 0; i < kMostBlocks && at != nullptr && IsBlock(slab, at);
           ++i) {
        if (at == block) return true;
        at = Decode(*reinterpret_cast<const uintptr_t*>(at), key);
      }
    }
    return false;
  }

 private:
  static size_t HintRoom(size_t block_bytes) {
    return std::min((block_bytes - sizeof(uintptr_t)) / sizeof(uint16_t),
                    kMostBlocks) -
           1;
  }

  Batch batches_[kBatches] = {};
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_REMOTE_BATCHES_H_
