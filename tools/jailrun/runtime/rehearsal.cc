// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A run without a lock that memory does not tell from one with it.

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>

#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {
namespace {

constinit std::atomic<bool> g_rehearsing{false};

// In a child of the program: its figures are not the program's. The filter,
// which comes last, is not used, and too large for a thread's stack.
void KeepFiguresApart() {
  Control* control = TheControl();
  alignas(Control) char copy[offsetof(Control, filter)];
  memcpy(copy, control, sizeof(copy));
  // By number: `mmap` is ours.
  const long address =
      syscall(SYS_mmap, control, sizeof(Control), PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0L);
  if (address != -1) memcpy(static_cast<void*>(control), copy, sizeof(copy));
}

}  // namespace

bool Rehearsing() { return g_rehearsing.load(std::memory_order_relaxed); }

void StartRehearsal() {
  pthread_atfork(nullptr, nullptr, &KeepFiguresApart);
  g_rehearsing.store(true, std::memory_order_relaxed);
  TheControl()->phase.store(Phase::kUnlockedMain, std::memory_order_release);
}

}  // namespace cellblock
