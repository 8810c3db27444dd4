// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/runtime/memory_calls.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "allocator/malloc/clear.h"
#include "allocator/malloc/process_heap.h"
#include "jail/locked_threads.h"
#include "tools/jailrun/runtime/pages.h"
#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

constexpr size_t kPage = ProcessHeap::kPage;

bool OnPage(const void* address) {
  return reinterpret_cast<uintptr_t>(address) % kPage == 0;
}

// `length` in whole pages; 0 iff it is 0 or does not fit.
size_t WholePages(size_t length) {
  return length > SIZE_MAX - kPage ? 0 : (length + kPage - 1) & ~(kPage - 1);
}

// Whether [address, address + bytes) can be the program's at all.
bool InUserSpace(const void* address, size_t bytes) {
  constexpr uintptr_t kEnd = 0x7ffffffff000;  // TASK_SIZE, 47 bits
  return bytes <= kEnd && reinterpret_cast<uintptr_t>(address) <= kEnd - bytes;
}

// Whether every page can be read. Asked of the kernel by a call that reads a
// signal set from each and then refuses what it is to do with it.
bool IsReadable(const char* begin, size_t bytes) {
  constexpr int kNoSuchHow = -1;
  for (size_t offset = 0; offset < bytes; offset += kPage) {
    syscall(SYS_rt_sigprocmask, kNoSuchHow, begin + offset, nullptr, 8);
    if (errno == EFAULT) return false;
  }
  return true;
}

long Refuse(uint64_t RuntimeCounters::*counter, int error) {
  Count(&TheControl()->counters.refused_mappings);
  if (counter != &RuntimeCounters::refused_mappings) {
    Count(&(TheControl()->counters.*counter));
  }
  return -error;
}

// What the kernel would say of the descriptor, before anything is read. A
// mapping of /dev/zero is an anonymous one, which `anonymous` then tells.
int CheckFile(int fd, bool* anonymous) {
  struct stat status;
  if (fstat(fd, &status) != 0) return errno;
  *anonymous = S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 5);
  if (*anonymous) return 0;
  if (!S_ISREG(status.st_mode)) return ENODEV;
  char byte;
  // A descriptor without read access gives EBADF here and EACCES to mmap.
  if (pread(fd, &byte, 1, 0) < 0) return errno == EBADF ? EACCES : errno;
  return 0;
}

// The file's bytes, and zeros behind its end.
int ReadFile(int fd, off_t offset, char* to, size_t bytes) {
  while (bytes > 0) {
    const ssize_t got = pread(fd, to, bytes, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    to += got;
    offset += got;
    bytes -= static_cast<size_t>(got);
  }
  memset(to, 0, bytes);
  return 0;
}

// Of a file: true for MAP_PRIVATE, and for shared mappings that nobody could
// tell from private ones, the read-only ones. All anonymous ones are such, as a
// jail has one process.
bool SharingAccepted(int protection, int flags) {
  return (flags & MAP_TYPE) == MAP_PRIVATE || (protection & PROT_WRITE) == 0;
}

// A reservation of address space: from the reserve as long as that has room.
char* TakeAnywhere(size_t bytes, int protection) {
  if (protection != PROT_NONE) return TakePages(bytes, Fill::kZeroed);
  char* pages = TakeReservedPages(bytes);
  if (pages == nullptr) pages = TakePages(bytes, Fill::kZeroed);
  RuntimeCounters& counters = TheControl()->counters;
  if (pages == nullptr) {
    NoteAtLeast(&counters.refused_reservation, bytes);
    Count(&counters.refused_reservations);
  } else {
    NoteAtLeast(&counters.coped_reservations,
                Counted(&counters.refused_reservations));
  }
  return pages;
}

// Zeroed pages where mmap is asked to put them; or a negative errno.
long Place(void* address, size_t bytes, int protection, int flags) {
  if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) == 0) {
    // Like the kernel: where the hint says, if that is free.
    const bool hinted = OnPage(address) && address != nullptr &&
                        ClaimPages(address, bytes, OtherPages::kRefuse);
    if (!hinted) {
      char* const pages = TakeAnywhere(bytes, protection);
      return pages == nullptr ? -ENOMEM : reinterpret_cast<long>(pages);
    }
  } else if (!OnPage(address)) {
    return -EINVAL;
  } else if ((flags & MAP_FIXED_NOREPLACE) != 0) {
    if (!ClaimPages(address, bytes, OtherPages::kRefuse)) return -EEXIST;
  } else if (!ClaimPages(address, bytes, OtherPages::kKeep)) {
    return Refuse(&RuntimeCounters::refused_mappings, ENOMEM);
  }
  ClearTouched(static_cast<char*>(address), bytes);
  if (protection != PROT_NONE) OpenPages(address, bytes);
  return reinterpret_cast<long>(address);
}

}  // namespace

long PoolMmap(void* address, size_t length, int protection, int flags, int fd,
              off_t offset) {
  const size_t bytes = WholePages(length);
  const int type = flags & MAP_TYPE;
  if (length == 0 || (type != MAP_PRIVATE && type != MAP_SHARED &&
                      type != MAP_SHARED_VALIDATE)) {
    return -EINVAL;
  }
  if (bytes == 0) return -ENOMEM;
  if (offset < 0 || static_cast<size_t>(offset) % kPage != 0) return -EINVAL;
  bool anonymous = (flags & MAP_ANONYMOUS) != 0;
  if ((protection & PROT_EXEC) != 0) {
    if (anonymous) {
      Count(&TheControl()->counters.code_memory_refused);
    } else {
      NoteLateLoad(fd);
    }
    return Refuse(&RuntimeCounters::executable_refused, EACCES);
  }
  if (!anonymous) {
    if (const int error = CheckFile(fd, &anonymous)) return -error;
  }
  if (!anonymous && !SharingAccepted(protection, flags)) {
    return Refuse(&RuntimeCounters::refused_mappings, EACCES);
  }
  if ((flags & MAP_HUGETLB) != 0) return -EINVAL;
  if ((flags & MAP_32BIT) != 0) return -ENOMEM;  // all pages lie above
  const long placed = Place(address, bytes, protection, flags);
  if (placed < 0) {
    // The loader maps a library as a whole first, with a flag of its own.
    const bool by_loader = !anonymous && (flags & MAP_DENYWRITE) != 0;
    if (by_loader) NoteLateLoad(fd);
    return placed;
  }
  auto* const pages = reinterpret_cast<char*>(placed);
  if (anonymous) return placed;
  if (const int error = ReadFile(fd, offset, pages, bytes)) {
    if ((flags & MAP_FIXED) == 0) FreePages(pages, bytes);
    return -error;
  }
  return placed;
}

long PoolMunmap(void* address, size_t length) {
  const size_t bytes = WholePages(length);
  if (!OnPage(address) || bytes == 0) return -EINVAL;
  if (!InUserSpace(address, bytes)) return -EINVAL;
  FreePages(address, bytes);
  if (BytesOfPages(address, bytes) != bytes) {
    Count(&TheControl()->counters.kept_mappings);
  }
  return 0;
}

long PoolMremap(void* old_address, size_t old_size, size_t new_size, int flags,
                void* new_address) {
  const size_t old_bytes = WholePages(old_size);
  const size_t new_bytes = WholePages(new_size);
  const bool fixed = (flags & MREMAP_FIXED) != 0;
  const bool keeps = (flags & MREMAP_DONTUNMAP) != 0;
  const bool may_move = (flags & MREMAP_MAYMOVE) != 0;
  if (!OnPage(old_address) || new_bytes == 0 || old_bytes == 0 ||
      (flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0 ||
      ((fixed || keeps) && !may_move) || (keeps && old_bytes != new_bytes)) {
    return -EINVAL;
  }
  if (!InUserSpace(old_address, old_bytes) ||
      !InUserSpace(nullptr, new_bytes)) {
    return -EINVAL;
  }
  auto* from = static_cast<char*>(old_address);
  auto* to = static_cast<char*>(new_address);
  if (fixed && (!OnPage(to) || !InUserSpace(to, new_bytes) ||
                (to < from + old_bytes && from < to + new_bytes))) {
    return -EINVAL;
  }
  const bool ours = ArePages(from, old_bytes);
  // Half a mapping, or a block of malloc's: not a mapping of this process.
  if (!ours && (BytesOfPages(from, 1) != 0 || !IsReadable(from, old_bytes))) {
    return -EFAULT;
  }
  if (!fixed && !keeps && new_bytes <= old_bytes) {
    if (ours) FreePages(from + new_bytes, old_bytes - new_bytes);
    return reinterpret_cast<long>(from);
  }
  if (ours && !fixed && !keeps &&
      ClaimPages(from + old_bytes, new_bytes - old_bytes,
                 OtherPages::kRefuse)) {
    ClearTouched(from + old_bytes, new_bytes - old_bytes);
    OpenPages(from + old_bytes, new_bytes - old_bytes);
    return reinterpret_cast<long>(from);
  }
  if (!may_move) return -ENOMEM;
  // What is older than the lock cannot be emptied.
  if (keeps && !ours) return -EINVAL;
  if (!fixed) {
    to = TakePages(new_bytes, Fill::kUninitialized);
    if (to == nullptr) return -ENOMEM;
  } else if (!ClaimPages(to, new_bytes, OtherPages::kKeep)) {
    return Refuse(&RuntimeCounters::refused_mappings, ENOMEM);
  }
  OpenPages(to, new_bytes);
  const size_t both = std::min(old_bytes, new_bytes);
  memcpy(to, from, both);
  memset(to + both, 0, new_bytes - both);
  if (keeps) {
    memset(from, 0, old_bytes);
  } else if (ours) {
    FreePages(from, old_bytes);
  } else {
    Count(&TheControl()->counters.kept_mappings);
  }
  return reinterpret_cast<long>(to);
}

long PoolMprotect(void* address, size_t length, int protection) {
  if (!OnPage(address)) return -EINVAL;
  if ((protection & PROT_EXEC) != 0) {
    Count(&TheControl()->counters.code_memory_refused);
    return Refuse(&RuntimeCounters::executable_refused, EACCES);
  }
  const size_t bytes = WholePages(length);
  if (length == 0) return 0;
  if (bytes == 0 || !InUserSpace(address, bytes)) return -ENOMEM;
  if (BytesOfPages(address, bytes) == bytes) {
    if (protection != PROT_NONE) OpenPages(address, bytes);
    return 0;
  }
  // A guard of a thread's own, which becomes stack again.
  if (IsThreadStack(address, bytes)) return 0;
  if ((protection & PROT_WRITE) != 0) {
    return Refuse(&RuntimeCounters::refused_mappings, EACCES);
  }
  return 0;
}

long PoolMadvise(void* address, size_t length, int advice) {
  const size_t bytes = WholePages(length);
  if (!OnPage(address)) return -EINVAL;
  if (bytes == 0) return length == 0 ? 0 : -EINVAL;
  if (advice != MADV_DONTNEED) return 0;
  if (!ArePages(address, bytes)) return -EINVAL;
  ClearTouched(static_cast<char*>(address), bytes);
  return 0;
}

}  // namespace cellblock
