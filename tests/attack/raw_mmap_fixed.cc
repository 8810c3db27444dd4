// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C2.12. Replaces a page of the program by one of its own, by a raw mmap with
// MAP_FIXED. The pool's answer is ENOMEM.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

alignas(kPageBytes) const char g_page[kPageBytes] = {'k', 'e', 'p', 't'};

int main() {
  const long at = Call(SYS_mmap, g_page, kPageBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  const volatile char* now = g_page;
  if (*now != 'k') Escaped("a page replaced");
  Refused(at);
}
