// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/file_bytes.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>

namespace cellblock {

std::span<const std::byte> FileBytes::From(uint64_t offset) {
  if (fd_ < 0) {
    return offset < bytes_.size() ? bytes_.subspan(offset)
                                  : std::span<const std::byte>();
  }
  for (size_t i = 0; i < kWindows; ++i) {
    const Window& window = windows_[i];
    if (offset >= window.start && offset - window.start < window.size) {
      return std::span(bytes_of_[i])
          .first(window.size)
          .subspan(offset - window.start);
    }
  }
  const uint64_t start = offset - offset % kWindowBytes;
  // pread takes a signed offset.
  if (start > std::numeric_limits<int64_t>::max() - kWindowBytes) return {};
  const size_t victim = next_victim_;
  next_victim_ = (next_victim_ + 1) % kWindows;
  windows_[victim].size = 0;
  ssize_t got;
  do {
    got = pread(fd_, bytes_of_[victim].data(), kWindowBytes,
                static_cast<off_t>(start));
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return {};
  windows_[victim] = {start, static_cast<size_t>(got)};
  if (offset - start >= windows_[victim].size) return {};
  return std::span(bytes_of_[victim])
      .first(windows_[victim].size)
      .subspan(offset - start);
}

size_t FileBytes::ReadSome(uint64_t offset, void* destination, size_t size) {
  auto* to = static_cast<std::byte*>(destination);
  size_t done = 0;
  while (done < size) {
    if (offset > std::numeric_limits<uint64_t>::max() - done) break;
    const std::span<const std::byte> source = From(offset + done);
    if (source.empty()) break;
    const size_t n = std::min(size - done, source.size());
    std::memcpy(to + done, source.data(), n);
    done += n;
  }
  return done;
}

bool FileBytes::Read(uint64_t offset, void* destination, size_t size) {
  return ReadSome(offset, destination, size) == size;
}

}  // namespace cellblock
