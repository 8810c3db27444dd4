// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.37. Changes its own code through /proc/self/mem, which it holds from
// before the lock: for writing, where Landlock does not refuse that. A program
// that holds it is not run.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

long g_memory = -1;
BEFORE_THE_LOCK OpenMemory() {
  g_memory = Call(SYS_open, "/proc/self/mem", O_RDWR);
  if (g_memory < 0) g_memory = Call(SYS_open, "/proc/self/mem", O_RDONLY);
}

__attribute__((noinline)) int Answer() {
  __asm__ volatile("");
  return 41;
}

int main() {
  alignas(16) char code[16] = {};
  PlaceCode(code);
  const long result =
      Call(SYS_pwrite64, g_memory, code, 6, reinterpret_cast<long>(&Answer));
  if (result < 0) Refused(result);
  if (Answer() == 42) Escaped("its own code was changed");
}
