// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C1.4. Changes its limits with a pointer whose low half is 0, to pass for the
// null pointer of a reader. The condition compares all 64 bits: EPERM.

#include <sys/resource.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

char* g_aligned;
BEFORE_THE_LOCK MapAligned() {
  for (long at = 2l << 32; at < 64l << 32; at += 1l << 32) {
    const long got =
        Call(SYS_mmap, at, kPageBytes, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (got != at) continue;
    g_aligned = reinterpret_cast<char*>(at);
    return;
  }
}

int main() {
  Need(g_aligned != nullptr);
  auto* limit = reinterpret_cast<rlimit*>(g_aligned);
  Call(SYS_getrlimit, RLIMIT_NOFILE, limit);
  limit->rlim_cur /= 2;
  EscapedIfDone(Call(SYS_prlimit64, 0, RLIMIT_NOFILE, limit, nullptr),
                "a limit changed");
}
