// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "allocator/malloc/slab_blocks.h"

#include <algorithm>

#include "allocator/malloc/remote_batches.h"
#include "allocator/report.h"

namespace cellblock {
namespace {

// How many blocks are cut off and shuffled at once.
constexpr uint32_t kLeastShuffled = 16;
constexpr uint32_t kMostShuffled = 64;

// Links the blocks from `first` on in the order that the generator draws, each
// as likely as any other (Fisher and Yates). Returns the first of the list.
char* LinkShuffled(char* first, size_t block, uint32_t count, uint64_t key,
                   Quarantine* generator) {
  uint8_t order[kMostShuffled];
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t place = generator->RandomBelow(i + 1);
    order[i] = order[place];
    order[place] = static_cast<uint8_t>(i);
  }
  char* list = nullptr;
  for (uint32_t i = 0; i < count; ++i) {
    char* const at = first + order[i] * block;
    WriteLink(at, Encode(list, key));
    list = at;
  }
  return list;
}

// In the order of their addresses.
char* LinkAscending(char* first, size_t block, uint32_t count, uint64_t key) {
  char* list = nullptr;
  for (char* at = first + count * block; at != first;) {
    at -= block;
    WriteLink(at, Encode(list, key));
    list = at;
  }
  return list;
}

}  // namespace

void TakeGivenBack(Slab* slab, uint64_t key) {
  char* const first = RemoteFirst(
      *slab, Exchange(slab->remote, kOwnedBit, std::memory_order_acquire));
  char* last = first;
  uint32_t count = 1;
  uint32_t fetched = 0;  // before the next hint
  for (;;) {
    if (!IsBlock(*slab, last) || count > slab->carved) {
      ReportCorruptedLink(last);
    }
    if (fetched == 0) fetched = RemoteBatches::FetchHinted(*slab, last);
    --fetched;
    char* const next = Decode(ReadLink(last), key);
    if (next == nullptr) break;
    last = next;
    ++count;
  }
  WriteLink(last, Encode(slab->free, key));
  slab->free = first;
  slab->credit -= count;
}

bool Carve(Slab* slab, uint64_t key, Quarantine* shuffle) {
  const uint32_t left = CapacityOf(*slab) - slab->carved;
  if (left == 0) return false;
  const size_t block = ClassBytes(slab->size_class);
  size_t count = std::max<size_t>(SlabCapacity(slab->size_class, 1), 1);
  if (shuffle != nullptr) {
    count = std::clamp<size_t>(count, kLeastShuffled, kMostShuffled);
  }
  const auto cut = static_cast<uint32_t>(std::min<size_t>(count, left));
  char* const first =
      reinterpret_cast<char*>(slab->start) + slab->carved * block;
  char* const list = shuffle == nullptr
                         ? LinkAscending(first, block, cut, key)
                         : LinkShuffled(first, block, cut, key, shuffle);
  slab->carved = static_cast<uint16_t>(slab->carved + cut);
  __atomic_store_n(&slab->limit, BlockLimit(block, slab->carved),
                   __ATOMIC_RELAXED);
  slab->free = list;
  return true;
}

}  // namespace cellblock
