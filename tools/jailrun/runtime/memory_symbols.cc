// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The memory family as libc exports it: the kernel's before the lock, the
// pool's after it. What libc calls inside itself does not pass here; it is
// trapped and answered by trap.cc in the same way.

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

}  // namespace

CELLBLOCK_EXPORT void* mmap(void* address, size_t length, int protection,
                            int flags, int fd, off_t offset) noexcept {
  if (!Locked()) {
    return reinterpret_cast<void*>(
        syscall(SYS_mmap, address, length, protection, flags, fd, offset));
  }
  return Answer<void*>(
      PoolMmap(address, length, protection, flags, fd, offset));
}

CELLBLOCK_EXPORT void* mmap64(void* address, size_t length, int protection,
                              int flags, int fd, off_t offset) noexcept {
  return mmap(address, length, protection, flags, fd, offset);
}

CELLBLOCK_EXPORT int munmap(void* address, size_t length) noexcept {
  if (!Locked()) {
    return static_cast<int>(syscall(SYS_munmap, address, length));
  }
  return Answer<int>(PoolMunmap(address, length));
}

CELLBLOCK_EXPORT void* mremap(void* old_address, size_t old_size,
                              size_t new_size, int flags, ...) noexcept {
  va_list arguments;
  va_start(arguments, flags);
  void* new_address =
      (flags & MREMAP_FIXED) != 0 ? va_arg(arguments, void*) : nullptr;
  va_end(arguments);
  if (!Locked()) {
    return reinterpret_cast<void*>(syscall(SYS_mremap, old_address, old_size,
                                           new_size, flags, new_address));
  }
  return Answer<void*>(PoolMremap(old_address, old_size, new_size, flags));
}

CELLBLOCK_EXPORT int mprotect(void* address, size_t length,
                              int protection) noexcept {
  if (!Locked()) {
    return static_cast<int>(syscall(SYS_mprotect, address, length, protection));
  }
  return Answer<int>(PoolMprotect(address, length, protection));
}

CELLBLOCK_EXPORT int madvise(void* address, size_t length,
                             int advice) noexcept {
  if (!Locked()) {
    return static_cast<int>(syscall(SYS_madvise, address, length, advice));
  }
  return Answer<int>(PoolMadvise(address, length, advice));
}

// Nothing in the pool is backed by a file that could be written to.
CELLBLOCK_EXPORT int msync(void* address, size_t length, int flags) {
  if (!Locked()) {
    return static_cast<int>(syscall(SYS_msync, address, length, flags));
  }
  return 0;
}
