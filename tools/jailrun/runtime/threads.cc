// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Threads that start after the lock: their stacks are laid before it. Where
// nothing that is loaded starts threads there are none to lay.

#include <string.h>

#include "jail/locked_threads.h"
#include "tools/jailrun/runtime/runtime.h"
#include "tools/jailrun/runtime/symbol_users.h"
#include "tools/jailrun/thread_symbols.h"

namespace cellblock {

void LayThreads() {
  Control* control = TheControl();
  const bool laid =
      control->threads_laid == ThreadsLaid::kAlways || AnyNeeds(kThreadSymbols);
  const int error = LayThreadStacks({.threads = laid ? control->threads : 0,
                                     .stack_bytes = control->thread_stack_bytes,
                                     .refused = RefusedThreads::kSilent,
                                     .figures = &control->thread_figures});
  if (error == 0) return;
  char reason[160] = "--threads: the stacks for threads cannot be laid: ";
  strncat(reason, strerrordesc_np(error), 60);
  strcat(reason, "; --threads=0 does without");
  FailSetup(reason);
}

}  // namespace cellblock
