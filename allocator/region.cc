// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/region.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <utility>

namespace cellblock {
namespace {

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23  // Linux 5.14; not in older headers
#endif

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

}  // namespace

Result<Region> Region::Map(const RegionOptions& options) {
  if (options.bytes == 0) return AllocatorError::kZeroBytes;
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  if (options.bytes > PTRDIFF_MAX - 3 * page) return AllocatorError::kTooLarge;
  const size_t size = (options.bytes + page - 1) & -page;
  const size_t total = size + 2 * page;

  void* const mapping =
      mmap(nullptr, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return {AllocatorError::kMapFailed, errno};
  Region region;
  region.data_ = static_cast<std::byte*>(mapping) + page;
  region.size_ = size;
  region.guard_ = page;
  region.content_ = Content::kZero;
  if (mprotect(region.data_, size, PROT_READ | PROT_WRITE) != 0 ||
      madvise(mapping, total, MADV_DONTDUMP) != 0) {
    return {AllocatorError::kMapFailed, errno};
  }
  const int error = CommitPages(region.data_, size, page, options.commit);
  if (error != 0) return {AllocatorError::kCommitFailed, error};
  return region;
}

Result<Region> Region::Borrow(void* buffer, size_t bytes, Content content) {
  if (bytes == 0) return AllocatorError::kZeroBytes;
  if (buffer == nullptr) return AllocatorError::kNullBuffer;
  if (bytes > UINTPTR_MAX - reinterpret_cast<uintptr_t>(buffer)) {
    return AllocatorError::kTooLarge;
  }
  Region region;
  region.data_ = static_cast<std::byte*>(buffer);
  region.size_ = bytes;
  region.content_ = content;
  return region;
}

Region::Region(Region&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      guard_(std::exchange(other.guard_, 0)),
      content_(other.content_),
      retained_(other.retained_) {}

Region& Region::operator=(Region&& other) noexcept {
  if (this == &other) return *this;
  Unmap();
  data_ = std::exchange(other.data_, nullptr);
  size_ = std::exchange(other.size_, 0);
  guard_ = std::exchange(other.guard_, 0);
  content_ = other.content_;
  retained_ = other.retained_;
  return *this;
}

Region::~Region() { Unmap(); }

void Region::Unmap() {
  if (guard_ == 0 || retained_) return;
  munmap(data_ - guard_, size_ + 2 * guard_);
}

}  // namespace cellblock
