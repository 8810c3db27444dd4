// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.7. Uses the page that is at the same address in every process as its mmap:
// jumps to the syscall instruction that stood there once. The kernel takes no
// entry but the three, which are judged as the calls they stand for.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr long kOldSyscall = 0xffffffffff600007;
  const uint64_t before = Mappings();
  long result = SYS_mmap;
  register long r10 __asm__("r10") = MAP_PRIVATE | MAP_ANONYMOUS;
  register long r8 __asm__("r8") = -1;
  register long r9 __asm__("r9") = 0;
  __asm__ volatile("call *%[entry]"
                   : "+a"(result)
                   : [entry] "b"(kOldSyscall), "D"(0l), "S"(kPageBytes),
                     "d"(long{PROT_READ | PROT_WRITE}), "r"(r10), "r"(r8),
                     "r"(r9)
                   : "rcx", "r11", "memory");
  EscapedIfMapped(before, result, "memory by the vsyscall page");
}
