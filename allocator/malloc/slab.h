// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_SLAB_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_SLAB_H_

#include <sys/single_threaded.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "allocator/malloc/size_class.h"
#include "allocator/report.h"

namespace cellblock {

// The record of one slab: pages of the pool that are cut into blocks of one
// size class; or of one span, which is a single block of whole pages. Two cache
// lines, in the side region; free() finds them through the page map. What only
// the owner needs for malloc and free is in the second: so threads that give
// blocks back do not take from it, time and again, the line that it writes.
//
// The free blocks are two lists through the blocks themselves. `free` is the
// owner's, and only the owner touches it. `remote` is what other threads gave
// back, and the ownership bit. A link is stored as address ^ key, where the
// key's upper 16 bits are kLinkTag and the others random: no pointer of a
// program looks like a link, and a block that looks like one is looked at
// closely before it is freed (a double free); handing a block out clears its
// link.
//
// Who may do what is decided by the ownership bit, the lowest of `remote`:
//
//   state      remote         owner   who reads and writes the other fields
//   owned      chain | 1      token   the owning thread
//   listed     chain | 1      0       whoever holds the pool's lock
//   full       0              0       nobody; every block is handed out
//   span       0              0       whoever frees it
//   unused     1              0       whoever holds it: a cache, or the lock
//
// The transitions, each by one atomic operation on `remote` or under the lock:
//
//   owned -> full     Disown: the owner found no free block and no chain. It
//                     stores owner = 0, then compares remote 1 -> 0 (release).
//                     If a block came back meanwhile, it stores owner = token
//                     again and goes on with that block. Of a new slab whose
//                     only block is about to be handed out, by plain stores:
//                     nobody else can free into it yet.
//   full -> owned     Claim: the first thread that frees a block of it compares
//                     remote 0 -> 1 (acquire) and stores owner = its token.
//   owned -> owned    A block of another's slab is pushed: compares
//                     chain|1 -> block|1 (release). The owner takes the chain
//                     by an exchange with 1 (acquire). Several blocks that
//                     their freer has linked are pushed as one is: the first
//                     one's link leads to the others, the last one's to the
//                     chain.
//   owned <-> listed  Thread exit, or a thread that met exhaustion; and back,
//                     when a thread needs a block of the class. Under the lock.
//   span -> unused    free compares 0 -> 1 (acquire): of two frees one fails.
//   unused -> span    Handing it out stores 0.
//
// Why this is safe:
//  1. Only one thread is between "saw the bit clear" and "set the bit": the
//     compare of Claim succeeds once for each Disown, whose release it
//     acquires. So the fields of a slab pass from owner to owner in one order,
//     and each sees what the last one wrote.
//  2. Fast paths compare `owner` with their own token, relaxed. A thread stores
//     its own token only after its Claim or under the lock, and it alone stores
//     0 over it. So if it reads its token, it owns the slab, and what it reads
//     of the fields is its own last write; if it reads anything else, stale or
//     not, it does not own it.
//  3. A chain is pushed by compares that include the bit, so a block lands on
//     an owned slab or the push fails and the thread claims; a full slab has no
//     chain, and Disown fails while there is one. So every block that came back
//     has an owner who will meet it, and none is stranded behind a full slab.
//     Blocks that wait in a batch (remote_batches.h) count as handed out: the
//     slab cannot become empty, or anything but a slab of its class, before
//     they are pushed. Its owner may change, and it may become full or listed:
//     so what is to be done with them is decided when they are pushed, and all
//     of them have that one step in common. Their links are the freer's own
//     writes, which the compare releases with them.
//  4. No ABA: a chain is only ever taken whole.
//  5. With one thread in the process (__libc_single_threaded, which libc clears
//     before it starts a second) the operations need no locked instruction.
//
// tests/allocator/malloc/ownership_model_test.cc walks every interleaving of
// these steps; thread_heap_stress_test.cc runs them under ThreadSanitizer.
struct alignas(kLineBytes) Slab {
  // What every free() reads, of whichever thread; seldom written.
  std::atomic<uintptr_t> owner{0};  // a token, or 0
  uintptr_t start = 0;              // of the first block
  uint64_t reciprocal = 0;          // of the block; of a span: its pages
  // What offsets of blocks that were ever handed out are below, multiplied.
  uint64_t limit = 0;
  std::atomic<uint32_t> remote{0};  // see RemoteWord
  uint8_t size_class = 0;
  // With kFresh if these were never written to, or are zero again.
  uint8_t pages = 0;

  // What the owner's malloc and free write.
  alignas(kLineBytes) char* free = nullptr;
  // Frees until every block may be free: of a slab that malloc does not serve
  // from, the blocks that are handed out; else kServing more.
  uint32_t credit = 0;
  // Blocks handed out when they were last counted. Of a span: the pages that
  // were asked for, of which it may have more.
  uint32_t used = 0;
  uint32_t next = 0;  // in whatever list it is; an index, 0 for none
  uint32_t prev = 0;
  uint16_t carved = 0;  // blocks from the start that were ever in a list
};
static_assert(sizeof(Slab) == 2 * kLineBytes);

inline constexpr uint32_t kOwnedBit = 1;
inline constexpr uint32_t kServing = 1u << 30;
inline constexpr uint8_t kFresh = 0x80;
inline constexpr uint8_t kSpanClass = kClasses;
inline constexpr uint8_t kNoClass = kClasses + 1;  // kNoSlab, and unused ones

// Whether free() looks closely at what it gets: on, unless it is built without.
#ifndef CELLBLOCK_MALLOC_CHECKS
#define CELLBLOCK_MALLOC_CHECKS 1
#endif

inline constexpr uint16_t kLinkTag = 0xF807;
inline constexpr uint64_t kLinkTagBits = uint64_t{kLinkTag} << 48;

// The key of links; without checks they are plain addresses.
constexpr uint64_t LinkKey(uint64_t random) {
  return CELLBLOCK_MALLOC_CHECKS ? kLinkTagBits | (random >> 16) : 0;
}

// Stands where there is no slab: it has no block and no owner.
extern Slab kNoSlab;

// The remote list of an owned slab, by its first block.
inline uint32_t RemoteWord(const Slab& slab, const char* first) {
  const uintptr_t offset = reinterpret_cast<uintptr_t>(first) - slab.start;
  return static_cast<uint32_t>(offset / kBlockAlignment + 1) << 1 | kOwnedBit;
}
inline char* RemoteFirst(const Slab& slab, uint32_t word) {
  const size_t index = word >> 1;
  if (index == 0) return nullptr;
  return reinterpret_cast<char*>(slab.start + (index - 1) * kBlockAlignment);
}

inline uintptr_t ReadLink(const char* block) {
  return *reinterpret_cast<const uintptr_t*>(block);
}
inline void WriteLink(char* block, uintptr_t link) {
  *reinterpret_cast<uintptr_t*>(block) = link;
}
inline char* Decode(uintptr_t link, uint64_t key) {
  return reinterpret_cast<char*>(link ^ key);
}
inline uintptr_t Encode(const char* block, uint64_t key) {
  return reinterpret_cast<uintptr_t>(block) ^ key;
}

// An owner of a span cache may be reading it of a record that is not in it any
// more (SpanCache::Pop).
inline void SetNext(Slab* slab, uint32_t next) {
  __atomic_store_n(&slab->next, next, __ATOMIC_RELAXED);
}

// Whether a block was ever handed out there. Of any slab, by any thread.
inline bool IsBlock(const Slab& slab, const char* address) {
  const uintptr_t offset = reinterpret_cast<uintptr_t>(address) - slab.start;
  return offset < kMaxSlabPages * kPageBytes &&
         IsBlockOffset(offset, slab.reciprocal,
                       __atomic_load_n(&slab.limit, __ATOMIC_RELAXED));
}

// Where the link of a free block leads; out of the slab is fatal.
inline char* Follow(const Slab& slab, const char* block, uint64_t key) {
  char* const next = Decode(ReadLink(block), key);
  if (next != nullptr && !IsBlock(slab, next)) [[unlikely]]
    ReportCorruptedLink(block);
  return next;
}

// Whether a block holds what might be a link.
inline bool LooksFree(const char* block) {
  uint16_t tag;
  memcpy(&tag, block + 6, sizeof(tag));  // the upper end of a link
  return tag == kLinkTag;
}

// Whether it holds what could be a link of its slab.
inline bool HoldsLink(const Slab& slab, const char* block, uint64_t key) {
  if (!LooksFree(block)) return false;
  const char* const next = Decode(ReadLink(block), key);
  return next == nullptr || IsBlock(slab, next);
}

// Brings a line here, to be written to, as soon as may be.
inline void PrefetchForWrite(const void* at) {
  asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(at)));
}

// An empty slab becomes an unused span.
inline void Unuse(Slab* slab) {
  slab->owner.store(0, std::memory_order_relaxed);
  __atomic_store_n(&slab->limit, uint64_t{0}, __ATOMIC_RELAXED);
  slab->free = nullptr;
  slab->carved = 0;
  slab->size_class = kNoClass;
  slab->pages &= static_cast<uint8_t>(~kFresh);
  __atomic_store_n(&slab->reciprocal, uint64_t{slab->pages}, __ATOMIC_RELAXED);
  slab->credit = slab->pages;  // all may be dirty
}

// Compare and exchange, without a locked instruction while there is only one
// thread.
template <typename T>
[[gnu::always_inline]] inline bool CompareExchange(std::atomic<T>& word,
                                                   T& expected, T desired,
                                                   std::memory_order order) {
  if (__libc_single_threaded != 0) {
    const T seen = word.load(std::memory_order_relaxed);
    if (seen != expected) {
      expected = seen;
      return false;
    }
    word.store(desired, std::memory_order_relaxed);
    return true;
  }
  return word.compare_exchange_strong(expected, desired, order,
                                      std::memory_order_relaxed);
}

template <typename T>
[[gnu::always_inline]] inline T Exchange(std::atomic<T>& word, T desired,
                                         std::memory_order order) {
  if (__libc_single_threaded != 0) {
    const T seen = word.load(std::memory_order_relaxed);
    word.store(desired, std::memory_order_relaxed);
    return seen;
  }
  return word.exchange(desired, order);
}

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_SLAB_H_
