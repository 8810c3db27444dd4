// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/own_stack.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "jail/call/channel_layout.h"

namespace cellblock {
namespace {

// A context's function has no arguments that can be a pointer.
const std::function<void()>* g_run;

void Run() {
  (*g_run)();
  abort();
}

}  // namespace

void GoOnWithStack(size_t bytes, const std::function<void()>& run) {
  // As the kernel keeps free below a main stack, for frames that reach far.
  constexpr size_t kGuard = size_t{1} << 20;
  const size_t stack = ChannelLayout::WholePages(bytes);
  void* const memory =
      mmap(nullptr, kGuard + stack, PROT_NONE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return;
  char* const low = static_cast<char*>(memory) + kGuard;
  ucontext_t context;
  if (mprotect(low, stack, PROT_READ | PROT_WRITE) != 0 ||
      getcontext(&context) != 0) {
    return;
  }
  context.uc_stack = {.ss_sp = low, .ss_flags = 0, .ss_size = stack};
  context.uc_link = nullptr;
  g_run = &run;
  makecontext(&context, &Run, 0);
  setcontext(&context);
}

}  // namespace cellblock
