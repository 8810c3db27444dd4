// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Libraries that the program will load by itself, loaded before it is locked:
// it then finds them there. Their handles are never given back.

#include <dlfcn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "jail/exit_code.h"
#include "tools/jailrun/load_area.h"
#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

void KeepReason(LoadArea* area) {
  const char* const words = dlerror();
  if (words == nullptr) return;
  const size_t length = std::min(strlen(words), LoadArea::kMostReason - 1);
  memcpy(area->reason, words, length);
  area->reason[length] = '\0';
}

// All symbols at once, so that nothing is left to be bound after the lock; for
// themselves, as most programs load what they load: one that wants the symbols
// for all asks for that later, and gets it.
void Load(const char* path, LoadKind kind, LoadArea* area) {
  if (dlopen(path, RTLD_NOW | RTLD_LOCAL) != nullptr) {
    ++area->loaded;
  } else if (kind == LoadKind::kNamed) {
    KeepReason(area);
    area->state.store(LoadState::kFailed, std::memory_order_release);
    _exit(static_cast<int>(ExitCode::kSetupFailed));
  } else if (++area->passed_over == 1) {
    area->first_passed_over = area->index;
    KeepReason(area);
  }
}

}  // namespace

void LoadLibraries() {
  const Connection& connection = Connect();
  const size_t bytes = connection.control->load_bytes;
  if (bytes == 0) return;
  // By number: `mmap` is ours.
  const long address = syscall(SYS_mmap, nullptr, bytes, PROT_READ | PROT_WRITE,
                               MAP_SHARED, connection.memfd, kLoadAreaOffset);
  if (address == -1) FailSetup("cannot map the list of what is to be loaded");
  auto* const area = reinterpret_cast<LoadArea*>(address);
  area->state.store(LoadState::kLoading, std::memory_order_release);
  const char* const end = reinterpret_cast<const char*>(address) + bytes;
  for (const char* at = area->entries; at < end; ++area->index) {
    Load(at + 1, static_cast<LoadKind>(at[0]), area);
    at += strlen(at) + 1;
  }
  area->state.store(LoadState::kDone, std::memory_order_release);
  syscall(SYS_munmap, address, bytes);
}

}  // namespace cellblock
