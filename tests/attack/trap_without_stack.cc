// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.33. Makes a memory call with the stack pointer in read-only memory, so
// that the trap has nowhere to be told. The kernel ends it by SIGSEGV.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

alignas(kPageBytes) const char g_page[kPageBytes] = {'k'};

int main() {
  const char* stack = g_page + kPageBytes;
  register long r10 __asm__("r10") = MAP_PRIVATE | MAP_ANONYMOUS;
  register long r8 __asm__("r8") = -1;
  register long r9 __asm__("r9") = 0;
  long result = SYS_mmap;
  __asm__ volatile(
      "xchg %%rsp, %[stack]\n\t"
      "syscall\n\t"
      "xchg %%rsp, %[stack]"
      : "+a"(result), [stack] "+b"(stack)
      : "D"(0l), "S"(kPageBytes), "d"(long{PROT_READ | PROT_WRITE}), "r"(r10),
        "r"(r8), "r"(r9)
      : "rcx", "r11", "memory");
  EscapedIfDone(result, "memory without a stack");
}
