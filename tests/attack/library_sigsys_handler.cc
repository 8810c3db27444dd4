// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.33. A handler for SIGSYS that writes mmap's number and arguments anew and
// lets the call be made again. It is judged again.

#include <signal.h>
#include <ucontext.h>

#include "tests/attack/library.h"

using namespace cellblock;  // NOLINT: one small program

uint64_t g_before;
int g_traps;

void MakeAgain(int, siginfo_t*, void* context) {
  greg_t* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  if (++g_traps > 100) {
    if (Mappings() != g_before) Escaped("memory at the hundredth attempt");
    NoEffect();
  }
  constexpr int kInstructionBytes = 2;
  registers[REG_RIP] -= kInstructionBytes;
  registers[REG_RAX] = SYS_mmap;
}

int main(int, char** argv) {
  struct sigaction action = {};
  action.sa_sigaction = &MakeAgain;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  Need(sigaction(SIGSYS, &action, nullptr) == 0);
  if (IsToLock(argv)) LockAlone();
  g_before = Mappings();
  const long at = Call(SYS_mmap, nullptr, 1 << 20, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EscapedIfMapped(g_before, at, "memory by a handler");
}
