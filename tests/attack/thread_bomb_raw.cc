// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C8.65. Threads without end, by clone with exactly a thread's flags, on memory
// of the program's own: no stacks are counted, and the kernel keeps some 30 KiB
// for each.

#include <sched.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

namespace {

// Far more than --threads, twice over.
constexpr int kMany = 300;

alignas(16) char g_stacks[kMany][256];
int g_id;

// The call's result; never returns in the new thread, which only waits.
long StartThread(char* stack_end, void* thread_pointer) {
  constexpr long kFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
                          CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
                          CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
  register long r10 __asm__("r10") = Word(&g_id);
  register long r8 __asm__("r8") = Word(thread_pointer);
  long result = SYS_clone;
  __asm__ volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 2f\n"
      "1:\n\t"
      "mov %[pause], %%eax\n\t"
      "syscall\n\t"
      "jmp 1b\n"
      "2:"
      : "+a"(result)
      : "D"(kFlags), "S"(stack_end), "d"(&g_id), "r"(r10),
        "r"(r8), [pause] "i"(SYS_pause)
      : "rcx", "r11", "memory");
  return result;
}

}  // namespace

int main() {
  for (char(&stack)[256] : g_stacks) {
    const long result =
        StartThread(stack + sizeof(stack), __builtin_thread_pointer());
    if (result < 0) Refused(result);
  }
  Escaped("300 threads");
}
