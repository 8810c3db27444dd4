// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The memory family as libc exports it: the kernel's before the lock, the
// pool's after it, both in a rehearsal. What libc calls inside itself does not
// pass here; it is trapped and answered by trap.cc in the same way.

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdint>

#include "tools/jailrun/runtime/memory_calls.h"
#include "tools/jailrun/runtime/runtime.h"

namespace {

using namespace cellblock;  // NOLINT: this file is the seam between the two

// The kernel's convention to libc's.
template <typename T>
T Answer(long result) {
  if (result >= -4095 && result < 0) {
    errno = static_cast<int>(-result);
    return (T)-1;  // NOLINT: an integer or a pointer
  }
  return (T)result;  // NOLINT: ditto
}

// One call by whoever answers it now. `pool` takes the words that the kernel
// takes. In a rehearsal the kernel has the last word: what a jail refuses is
// carried out, where jailrun sees it, and the program goes on.
template <typename T, typename... Words>
T Serve(long (*pool)(Words...), long number, Words... words) {
  if (Locked()) return Answer<T>(pool(words...));
  if (Rehearsing()) {
    const long result = pool(words...);
    if (result >= 0) return (T)result;  // NOLINT: an integer or a pointer
  }
  return (T)syscall(number, words...);  // NOLINT: ditto
}

}  // namespace

CELLBLOCK_EXPORT void* mmap(void* address, size_t length, int protection,
                            int flags, int fd, off_t offset) noexcept {
  return Serve<void*>(&PoolMmap, SYS_mmap, address, length, protection, flags,
                      fd, offset);
}

CELLBLOCK_EXPORT void* mmap64(void* address, size_t length, int protection,
                              int flags, int fd, off_t offset) noexcept {
  return mmap(address, length, protection, flags, fd, offset);
}

CELLBLOCK_EXPORT int munmap(void* address, size_t length) noexcept {
  return Serve<int>(&PoolMunmap, SYS_munmap, address, length);
}

CELLBLOCK_EXPORT void* mremap(void* old_address, size_t old_size,
                              size_t new_size, int flags, ...) noexcept {
  void* new_address = nullptr;
  if ((flags & MREMAP_FIXED) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    new_address = va_arg(arguments, void*);
    va_end(arguments);
  }
  return Serve<void*>(&PoolMremap, SYS_mremap, old_address, old_size, new_size,
                      flags, new_address);
}

CELLBLOCK_EXPORT int mprotect(void* address, size_t length,
                              int protection) noexcept {
  return Serve<int>(&PoolMprotect, SYS_mprotect, address, length, protection);
}

CELLBLOCK_EXPORT int madvise(void* address, size_t length,
                             int advice) noexcept {
  return Serve<int>(&PoolMadvise, SYS_madvise, address, length, advice);
}

// Nothing in the pool is backed by a file that could be written to.
CELLBLOCK_EXPORT int msync(void* address, size_t length, int flags) {
  if (Locked() || Rehearsing()) return 0;
  return static_cast<int>(syscall(SYS_msync, address, length, flags));
}
