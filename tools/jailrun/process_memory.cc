// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/process_memory.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <climits>

namespace cellblock {

std::optional<RemoteText> ReadText(const MemoryReader& memory, uint64_t address,
                                   size_t most) {
  RemoteText found;
  found.text.resize(most);
  const size_t got = memory.Read(address, found.text.data(), most);
  if (got == 0) return std::nullopt;
  const size_t length = strnlen(found.text.data(), got);
  found.ended = length < got;
  found.text.resize(length);
  return found;
}

size_t ProcessMemory::Read(uint64_t address, void* to, size_t size) const {
  size_t done = 0;
  if (address < begin_) return 0;
  address -= begin_;
  while (done < size && address <= uint64_t{LONG_MAX} - size) {
    const ssize_t got = pread(fd_, static_cast<char*>(to) + done, size - done,
                              static_cast<off_t>(address + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

}  // namespace cellblock
