// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_REGION_H_
#define CELLBLOCK_ALLOCATOR_REGION_H_

#include <cstddef>
#include <cstdint>

#include "allocator/fill.h"
#include "allocator/result.h"

namespace cellblock {

// What becomes of a mapping when its region ends. kForLife: it stays for the
// life of the process, since to unmap it would be a violation.
enum class Unmapping : uint8_t { kAtEnd, kForLife };

// When the pages behind a mapping are provided. kPopulate: before Map returns.
// kLock: as well, and never swapped out. kLazy: when it is first touched, so
// that the mapping may be larger than the machine's memory (unless
// vm.overcommit_memory is 2), and the kernel may end the process for want of it
// later.
enum class Commit : uint8_t { kLazy, kPopulate, kLock };

// How large the pages behind a mapping are. kSmall: as by default.
// kTransparentHuge: the kernel was advised to use huge pages and may. kHuge:
// they were reserved from its pool of huge pages (vm.nr_hugepages), for this
// process: a child of fork(2) that writes to one may die of SIGBUS.
enum class Pages : uint8_t { kSmall, kTransparentHuge, kHuge };

struct MapOptions {
  size_t bytes = 0;
  Commit commit = Commit::kLazy;
  // Wished for. What cannot be had falls back to the next smaller one:
  // Region::pages() tells what it is.
  Pages pages = Pages::kSmall;
};

// A caller's way to provide memory.
struct RegionSource {
  // At least `bytes` of memory, or null.
  void* (*acquire)(size_t bytes, void* context) = nullptr;
  // Takes back what acquire gave, once, when the region ends. Null: it stays.
  void (*release)(void* memory, size_t bytes, void* context) = nullptr;
  void* context = nullptr;
  Content content = Content::kUnknown;  // of what acquire gives
};

// Where the bytes of a pool come from: the only thing in this room that maps
// memory.
//
//   [ guard page ][ data() ... data() + size() ][ guard page ]
//
// Lifecycle: made once, in the setup phase. The destructor gives the memory
//   back exactly once, and not at all if it is borrowed or was retained; a
//   mapping not after SetUnmapping(kForLife) either.
// Units: bytes; a mapping is of whole pages, and where huge pages were wished
//   for, of whole ones of these, 2 MiB each, and aligned to them, even if it
//   fell back.
// Errors: as each factory says; never less than was asked for.
// Ownership: owns a mapping or what a source gave, borrows a buffer; move-only.
// Threads: as any value.
// Syscalls: Map: mmap, mprotect, madvise, and for kLock mlock2; munmap if one
//   of them fails, and for kHuge; for kTransparentHuge, and for kHuge that
//   falls back, also prctl, and openat, read and close of the kernel's switches
//   in /sys. From: those of acquire, and of release if it fails. Destructor and
//   move assignment: munmap for a mapping, those of release for what a source
//   gave, unless retained. MakeReadOnly: mprotect. All in the setup phase only.
//   Everything else: none.
class Region {
 public:
  constexpr Region() = default;  // no memory
  Region(Region&& other) noexcept;
  Region& operator=(Region&& other) noexcept;
  ~Region();

  // A fresh private anonymous mapping, zero in every byte, with at least one
  // inaccessible page on each side, left out of core dumps. Errors: kZeroBytes
  // iff bytes is 0; kTooLarge iff it overflows when rounded up and guarded;
  // kMapFailed iff the kernel refuses the address space; kCommitFailed iff it
  // refuses to populate or lock it (for kLock often RLIMIT_MEMLOCK). The last
  // two carry the errno.
  static Result<Region> Map(const MapOptions& options);

  // The caller's memory, such as an array on the stack, which must outlive the
  // region. Errors: kZeroBytes, kNullBuffer, kTooLarge iff it wraps round the
  // address space.
  static Result<Region> Borrow(void* buffer, size_t bytes,
                               Content content = Content::kUnknown);

  // What the caller's function provides. Errors: kZeroBytes; kNullBuffer iff
  // acquire is null; kSourceFailed iff it gives null; kTooLarge iff what it
  // gives wraps round the address space, and then it is released again.
  static Result<Region> From(const RegionSource& source, size_t bytes);

  // Whole pages of the caller's own data, which nothing writes to any more:
  // from now on a write there ends the process. False iff the kernel refuses.
  [[nodiscard]] static bool MakeReadOnly(void* pages, size_t bytes);

  // Of every mapped region of the process from now on, whenever it was made:
  // the lock's way to retain them all. What a source gave is its release's.
  static void SetUnmapping(Unmapping unmapping);

  // From now on nothing gives the memory back: after the lock, that would be a
  // violation. It stays for the life of the process.
  void Retain() { held_.retained = true; }

  // Whoever writes there before it is a pool's passes on Borrow(data(), size())
  // instead: content() is what it held when it was made.
  std::byte* data() const { return held_.data; }
  size_t size() const { return held_.size; }
  Content content() const { return held_.content; }
  bool is_mapped() const { return held_.mapping != nullptr; }  // made by Map
  Commit commit() const { return held_.commit; }  // kLazy unless mapped
  Pages pages() const { return held_.pages; }     // kSmall unless mapped

 private:
  // Everything, so that to move is one exchange.
  struct Held {
    std::byte* data = nullptr;
    size_t size = 0;
    void* mapping = nullptr;  // with the guards; null unless made by Map
    size_t mapping_bytes = 0;
    void (*release)(void* memory, size_t bytes, void* context) = nullptr;
    void* context = nullptr;  // of release
    Content content = Content::kUnknown;
    Commit commit = Commit::kLazy;
    Pages pages = Pages::kSmall;
    bool retained = false;
  };

  void End();

  Held held_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_REGION_H_
