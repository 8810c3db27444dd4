// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TESTS_ATTACK_SHARED_H_
#define CELLBLOCK_TESTS_ATTACK_SHARED_H_

// Finds, as an attacker would, what jailrun and its runtime keep in the jailed
// process.

#include <stdio.h>

#include "tests/attack/attack.h"

namespace cellblock {

struct Range {
  char* begin = nullptr;
  char* end = nullptr;
};

// The first line of /proc/self/maps that `wanted` accepts.
template <typename F>
Range FindMapping(const F& wanted) {
  static char text[1 << 18];
  const long fd = Call(SYS_open, "/proc/self/maps", 0);
  size_t length = 0;
  long got;
  while ((got = Call(SYS_read, fd, text + length, sizeof(text) - 1 - length)) >
         0) {
    length += static_cast<size_t>(got);
  }
  Call(SYS_close, fd);
  text[length] = '\0';
  char* next = nullptr;
  for (char* line = text; *line != '\0'; line = next) {
    next = strchr(line, '\n');
    *next++ = '\0';
    unsigned long begin;
    unsigned long end;
    char protection[8];
    if (sscanf(line, "%lx-%lx %7s", &begin, &end, protection) != 3) continue;
    const Range range = {reinterpret_cast<char*>(begin),
                         reinterpret_cast<char*>(end)};
    if (wanted(line, protection, range)) return range;
  }
  return {};
}

// All of it that can be written. Ends the program where there is none.
inline Range SharedWithJailrun() {
  const Range shared =
      FindMapping([](const char* line, const char* protection, Range) {
        return strcmp(protection, "rw-s") == 0 && strstr(line, "memfd:");
      });
  Need(shared.begin != nullptr);
  return shared;
}

inline void FillShared(int byte) {
  const Range shared = SharedWithJailrun();
  memset(shared.begin, byte, static_cast<size_t>(shared.end - shared.begin));
  __asm__ volatile("" : : : "memory");
}

// The read-only page of the runtime that begins with the pool's address, by
// a block of that pool. Its begin is null iff there is none.
inline Range ReadOnlyPageNaming(const void* block) {
  constexpr uintptr_t kPoolBytes = 16 << 20;
  char* found = nullptr;
  FindMapping([&](const char* line, const char* protection, Range range) {
    // The kernel's own pages cannot all be read.
    if (strcmp(protection, "r--p") != 0 || strchr(line, '[') != nullptr) {
      return false;
    }
    for (char* at = range.begin; at < range.end; at += kPageBytes) {
      const uintptr_t base = *reinterpret_cast<uintptr_t*>(at);
      if (base != 0 && base % kPageBytes == 0 &&
          reinterpret_cast<uintptr_t>(block) - base < kPoolBytes) {
        found = at;
      }
    }
    return false;
  });
  return {found, found + kPageBytes};
}

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ATTACK_SHARED_H_
