// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/seal_code.h"

#include <link.h>

#include <cstddef>
#include <cstdint>

#include "jail/lock.h"

namespace cellblock {
namespace {

constexpr uintptr_t kPage = 4096;

uintptr_t PageAt(uintptr_t address) { return address & ~(kPage - 1); }

int SealSegments(dl_phdr_info* module, size_t /*size*/, void* first_error) {
  int* const error = static_cast<int*>(first_error);
  for (int i = 0; i < module->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = module->dlpi_phdr[i];
    const uintptr_t begin = module->dlpi_addr + segment.p_vaddr;
    const uintptr_t end = begin + segment.p_memsz;
    // Of the part that is read-only after relocation the loader protects whole
    // pages: from the one that it begins in to before the one that it ends in.
    const bool relocated = segment.p_type == PT_GNU_RELRO;
    const bool fixed =
        segment.p_type == PT_LOAD && (segment.p_flags & PF_W) == 0;
    if (!relocated && !fixed) continue;
    const uintptr_t first = PageAt(begin);
    const uintptr_t last = PageAt(relocated ? end : end + kPage - 1);
    const int result = last > first ? SealMapping(first, last - first) : 0;
    if (*error == 0) *error = result;
  }
  return 0;
}

}  // namespace

int SealLoadedCode() {
  int error = 0;
  dl_iterate_phdr(&SealSegments, &error);
  return error;
}

}  // namespace cellblock
