// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/memory_file.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

namespace cellblock {

UniqueFd FileOf(std::string_view bytes) {
  UniqueFd fd(memfd_create("cellblock-copy", MFD_CLOEXEC));
  while (fd.ok() && !bytes.empty()) {
    const ssize_t done = write(fd.get(), bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return UniqueFd();
    bytes.remove_prefix(static_cast<size_t>(done));
  }
  return fd;
}

}  // namespace cellblock
