// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// /proc/PID/cmdline is a piece of the process's memory, of which the kernel
// keeps the bounds; they can be changed only together with all that it keeps
// of the kind.

#include "tools/jailrun/runtime/argument_end.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace cellblock {
namespace {

// With a name of 15 bytes and numbers of 20 digits there is no more of it.
constexpr size_t kMostStat = 2048;

// Returns the length, or 0.
size_t ReadStat(char* text) {
  const long fd = syscall(SYS_open, "/proc/self/stat", O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return 0;
  const long got = syscall(SYS_read, fd, text, kMostStat - 1);
  syscall(SYS_close, fd);
  return got < 0 ? 0 : static_cast<size_t>(got);
}

// False iff the kernel does not tell.
bool ReadMap(prctl_mm_map* map) {
  char text[kMostStat] = {};
  if (ReadStat(text) == 0) return false;
  // The name is in parentheses, and can have some itself; the state follows.
  char* at = strrchr(text, ')');
  if (at == nullptr || strlen(at) < 4) return false;
  at += 3;
  // As proc(5) counts them.
  const auto store = [map](int field) -> __u64* {
    switch (field) {
      case 26:
        return &map->start_code;
      case 27:
        return &map->end_code;
      case 28:
        return &map->start_stack;
      case 45:
        return &map->start_data;
      case 46:
        return &map->end_data;
      case 47:
        return &map->start_brk;
      case 48:
        return &map->arg_start;
      case 49:
        return &map->arg_end;
      case 50:
        return &map->env_start;
      case 51:
        return &map->env_end;
      default:
        return nullptr;
    }
  };
  for (int field = 4; field <= 51; ++field) {
    char* end = nullptr;
    const unsigned long value = strtoul(at, &end, 10);
    if (end == at) return false;
    if (__u64* const place = store(field)) *place = value;
    at = end;
  }
  map->brk = static_cast<__u64>(syscall(SYS_brk, 0));
  return true;
}

}  // namespace

void EndArgumentsAt(const char* end) {
  prctl_mm_map map = {};
  if (!ReadMap(&map)) return;
  map.arg_end = reinterpret_cast<__u64>(end);
  map.exe_fd = ~__u32{0};
  (void)syscall(SYS_prctl, PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0);
}

}  // namespace cellblock
