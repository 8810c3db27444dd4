// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_REGION_H_
#define CELLBLOCK_ALLOCATOR_REGION_H_

#include <cstddef>
#include <cstdint>

#include "allocator/fill.h"
#include "allocator/result.h"

namespace cellblock {

// When the pages behind a mapping are provided. kPopulate: before Map returns.
// kLock: as well, and never swapped out.
enum class Commit : uint8_t { kLazy, kPopulate, kLock };

struct RegionOptions {
  size_t bytes = 0;
  Commit commit = Commit::kLazy;
};

// Where the bytes of a pool come from: the only thing in this room that maps
// memory.
//
//   [ guard page ][ data() ... data() + size() ][ guard page ]
//
// Lifecycle: made once, in the setup phase. The destructor unmaps exactly
//   once, and nothing if the memory is borrowed or was retained.
// Units: bytes; a mapping is rounded up to whole pages.
// Errors: as each factory says; never less than was asked for.
// Ownership: owns a mapping, borrows a buffer; move-only.
// Threads: as any value.
// Syscalls: Map: mmap, mprotect, madvise, and for kLock mlock2; munmap if one
//   of them fails. Destructor and move assignment: munmap for a mapping that
//   was not retained. All in the setup phase only. Everything else: none.
class Region {
 public:
  constexpr Region() = default;  // no memory
  Region(Region&& other) noexcept;
  Region& operator=(Region&& other) noexcept;
  ~Region();

  // A fresh private anonymous mapping, zero in every byte, with an
  // inaccessible page on each side, left out of core dumps. Errors: kZeroBytes
  // iff bytes is 0; kTooLarge iff it overflows when rounded up and guarded;
  // kMapFailed iff the kernel refuses the address space; kCommitFailed iff it
  // refuses to populate or lock it (for kLock often RLIMIT_MEMLOCK). The last
  // two carry the errno.
  static Result<Region> Map(const RegionOptions& options);

  // The caller's memory, which must outlive the region. Errors: kZeroBytes,
  // kNullBuffer, kTooLarge iff it wraps round the address space.
  static Result<Region> Borrow(void* buffer, size_t bytes, Content content);

  // From now on the destructor makes no call: after the lock, unmapping would
  // be a violation. The memory stays for the life of the process.
  void Retain() { retained_ = true; }

  std::byte* data() const { return data_; }
  size_t size() const { return size_; }
  Content content() const { return content_; }

 private:
  void Unmap();

  std::byte* data_ = nullptr;
  size_t size_ = 0;
  size_t guard_ = 0;  // bytes on either side; 0 iff borrowed
  Content content_ = Content::kUnknown;
  bool retained_ = false;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_REGION_H_
