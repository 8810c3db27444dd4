// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/region.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mman.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <utility>

namespace cellblock {
namespace {

std::atomic<Unmapping> g_unmapping = Unmapping::kAtEnd;

void Unmap(void* mapping, size_t bytes) {
  if (g_unmapping.load() == Unmapping::kAtEnd) munmap(mapping, bytes);
}

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23  // Linux 5.14; not in older headers
#endif

// The size on x86-64 that has transparent huge pages and, unless the kernel
// was booted with another default, a pool of reserved ones.
constexpr size_t kHugePage = size_t{2} << 20;

// Address space without access, for `size` bytes at `data`.
struct Reservation {
  std::byte* base;  // null if it was refused
  size_t bytes;
  std::byte* data;  // aligned to `granule`; at least a page from either end
  size_t size;
};

Reservation Reserve(size_t size, size_t granule, size_t page, Commit commit) {
  const size_t bytes = size + granule + page;
  const int accounting = commit == Commit::kLazy ? MAP_NORESERVE : 0;
  void* const base = mmap(nullptr, bytes, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | accounting, -1, 0);
  if (base == MAP_FAILED) return {};
  const uintptr_t start = reinterpret_cast<uintptr_t>(base);
  const size_t guard = ((start + page + granule - 1) & -granule) - start;
  std::byte* const first = static_cast<std::byte*>(base);
  return {first, bytes, first + guard, size};
}

// Opens the middle with pages from the kernel's pool. False if it has too few,
// and then the reservation is gone.
//
// A MAP_FIXED that is refused may leave a gap or not, and a gap may have been
// filled by another thread since: nobody could tell whose the memory is. So
// the gap is made first, and then filled only if it is free.
bool OpenHuge(const Reservation& place) {
  if (munmap(place.data, place.size) != 0) {
    munmap(place.base, place.bytes);
    return false;
  }
  void* const opened = mmap(place.data, place.size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB |
                                MAP_HUGE_2MB | MAP_FIXED_NOREPLACE,
                            -1, 0);
  if (opened == place.data) return true;
  // Before Linux 4.17 the address is but a hint.
  if (opened != MAP_FAILED) munmap(opened, place.size);
  std::byte* const after = place.data + place.size;
  munmap(place.base, place.data - place.base);
  munmap(after, place.base + place.bytes - after);
  return false;
}

bool ReadText(const char* path, char* text, size_t size) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const ssize_t length = read(file, text, size - 1);
  close(file);
  if (length < 0) return false;
  text[length] = '\0';
  return true;
}

// The kernel takes the advice even then.
bool TransparentHugePagesAreOff() {
  // Not those that except what was advised (Linux 6.18).
  if (prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 1) return true;
  char text[64] = {};
  // Linux 6.8: a switch for each size, which may defer to that for all.
  if (!ReadText("/sys/kernel/mm/transparent_hugepage/hugepages-2048kB/enabled",
                text, sizeof(text)) ||
      strstr(text, "[inherit]") != nullptr) {
    ReadText("/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof(text));
  }
  return strstr(text, "[never]") != nullptr;
}

bool AdviseHuge(const Reservation& place) {
  return !TransparentHugePagesAreOff() &&
         madvise(place.data, place.size, MADV_HUGEPAGE) == 0;
}

// 0, or the errno of what failed.
int Populate(std::byte* data, size_t size, size_t page) {
  if (madvise(data, size, MADV_POPULATE_WRITE) == 0) return 0;
  if (errno != EINVAL) return errno;
  // A kernel without that advice: a write to each page does the same.
  for (size_t offset = 0; offset < size; offset += page) {
    *static_cast<volatile std::byte*>(data + offset) = std::byte{0};
  }
  return 0;
}

int CommitPages(std::byte* data, size_t size, size_t page, Commit commit) {
  switch (commit) {
    case Commit::kLazy:
      return 0;
    case Commit::kPopulate:
      return Populate(data, size, page);
    case Commit::kLock:
      // Not mlock(3), which sanitizers replace by nothing.
      return mlock2(data, size, 0) == 0 ? 0 : errno;
  }
  return EINVAL;
}

bool WrapsRound(const void* memory, size_t bytes) {
  return bytes > UINTPTR_MAX - reinterpret_cast<uintptr_t>(memory);
}

}  // namespace

Result<Region> Region::Map(const MapOptions& options) {
  if (options.bytes == 0) return AllocatorError::kZeroBytes;
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t granule = options.pages == Pages::kSmall ? page : kHugePage;
  if (options.bytes > PTRDIFF_MAX - 3 * granule) {
    return AllocatorError::kTooLarge;
  }
  const size_t size = (options.bytes + granule - 1) & -granule;

  const Reservation place = Reserve(size, granule, page, options.commit);
  if (place.base == nullptr) return {AllocatorError::kMapFailed, errno};
  if (options.pages == Pages::kHuge && !OpenHuge(place)) {
    return Map({options.bytes, options.commit, Pages::kTransparentHuge});
  }
  Region region;
  region.held_ = {.data = place.data,
                  .size = place.size,
                  .mapping = place.base,
                  .mapping_bytes = place.bytes,
                  .content = Content::kZero,
                  .commit = options.commit,
                  .pages = options.pages};
  if ((options.pages != Pages::kHuge &&
       mprotect(place.data, place.size, PROT_READ | PROT_WRITE) != 0) ||
      madvise(place.base, place.bytes, MADV_DONTDUMP) != 0) {
    return {AllocatorError::kMapFailed, errno};
  }
  if (options.pages == Pages::kTransparentHuge && !AdviseHuge(place)) {
    region.held_.pages = Pages::kSmall;
  }
  const int error = CommitPages(place.data, place.size, page, options.commit);
  if (error != 0) return {AllocatorError::kCommitFailed, error};
  return region;
}

Result<Region> Region::Borrow(void* buffer, size_t bytes, Content content) {
  if (bytes == 0) return AllocatorError::kZeroBytes;
  if (buffer == nullptr) return AllocatorError::kNullBuffer;
  if (WrapsRound(buffer, bytes)) return AllocatorError::kTooLarge;
  Region region;
  region.held_.data = static_cast<std::byte*>(buffer);
  region.held_.size = bytes;
  region.held_.content = content;
  return region;
}

Result<Region> Region::From(const RegionSource& source, size_t bytes) {
  if (bytes == 0) return AllocatorError::kZeroBytes;
  if (source.acquire == nullptr) return AllocatorError::kNullBuffer;
  void* const memory = source.acquire(bytes, source.context);
  if (memory == nullptr) return AllocatorError::kSourceFailed;
  Region region;
  region.held_ = {.data = static_cast<std::byte*>(memory),
                  .size = bytes,
                  .release = source.release,
                  .context = source.context,
                  .content = source.content};
  if (WrapsRound(memory, bytes)) return AllocatorError::kTooLarge;
  return region;
}

bool Region::MakeReadOnly(void* pages, size_t bytes) {
  return mprotect(pages, bytes, PROT_READ) == 0;
}

void Region::SetUnmapping(Unmapping unmapping) { g_unmapping = unmapping; }

Region::Region(Region&& other) noexcept
    : held_(std::exchange(other.held_, {})) {}

Region& Region::operator=(Region&& other) noexcept {
  if (this == &other) return *this;
  End();
  held_ = std::exchange(other.held_, {});
  return *this;
}

Region::~Region() { End(); }

void Region::End() {
  if (held_.retained) return;
  if (is_mapped()) Unmap(held_.mapping, held_.mapping_bytes);
  if (held_.release != nullptr) {
    held_.release(held_.data, held_.size, held_.context);
  }
}

}  // namespace cellblock
