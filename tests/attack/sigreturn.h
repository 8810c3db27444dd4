// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TESTS_ATTACK_SIGRETURN_H_
#define CELLBLOCK_TESTS_ATTACK_SIGRETURN_H_

// Forged signal frames: one allowed call that sets every register.

#include <ucontext.h>

#include "tests/attack/attack.h"

extern "C" char attack_syscall_gadget[];

// What a frame returns to: the instruction, then r15 with what it gave.
__asm__(
    ".text\n"
    "attack_syscall_gadget:\n\t"
    "syscall\n\t"
    "mov %rax, %rdi\n\t"
    "call *%r15\n\t"
    "hlt\n");

namespace cellblock {

inline constexpr long kCodeSegment = 0x33;
inline constexpr long kStackSegment = 0x2b;

class Frame {
 public:
  Frame() {
    context_.uc_flags = 6;  // the stack segment is the frame's
    static char stack[1 << 16];
    Set(REG_RSP, Word(stack + sizeof(stack) - 64));
    Set(REG_CSGSFS, kCodeSegment | kStackSegment << 48);
    Set(REG_EFL, 0x202);
  }

  void Set(int index, long value) { context_.uc_mcontext.gregs[index] = value; }

  [[noreturn]] void Return() {
    // The kernel takes the frame from one word below the stack pointer, where
    // a handler's return address was.
    __asm__ volatile(
        "mov %[frame], %%rsp\n\t"
        "syscall\n\t"
        "hlt"
        :
        : [frame] "r"(&context_), "a"(SYS_rt_sigreturn)
        : "memory");
    __builtin_unreachable();
  }

 private:
  // Without floating point state.
  ucontext_t context_ = {};
};

[[noreturn]] inline void SigreturnTo(void (*then)(long), long number, long a,
                                     long b, long c, long d, long e, long f) {
  static Frame frame;
  frame.Set(REG_RIP, Word(&attack_syscall_gadget));
  frame.Set(REG_R15, Word(then));
  frame.Set(REG_RAX, number);
  frame.Set(REG_RDI, a);
  frame.Set(REG_RSI, b);
  frame.Set(REG_RDX, c);
  frame.Set(REG_R10, d);
  frame.Set(REG_R8, e);
  frame.Set(REG_R9, f);
  frame.Return();
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ATTACK_SIGRETURN_H_
