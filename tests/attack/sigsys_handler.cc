// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.33. Puts a handler of its own in the runtime's place and lets a raw mmap
// trap. It is told of the call, which is still not carried out.

#include <signal.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

void OnTrap() {
  // Returns by itself: the frame below is the handler's.
  __asm__ volatile("");
}

struct KernelSigaction {
  void (*handler)();
  unsigned long flags;
  void (*restorer)();
  unsigned long mask;
};

extern "C" void attack_restorer();
__asm__(
    ".text\n"
    "attack_restorer:\n\t"
    "mov $15, %eax\n\t"
    "syscall\n");

int main() {
  constexpr unsigned long kRestorer = 0x04000000;
  const KernelSigaction action = {&OnTrap, kRestorer, &attack_restorer, 0};
  Need(Call(SYS_rt_sigaction, SIGSYS, &action, nullptr, 8) == 0);
  const uint64_t before = Mappings();
  Call(SYS_mmap, nullptr, 1 << 20, PROT_READ | PROT_WRITE,
       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (Mappings() != before) Escaped("memory by its own handler");
  NoEffect();
}
