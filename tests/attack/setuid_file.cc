// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.37. Below --rw: a file that runs as its owner, by every way to create one.

#include <fcntl.h>
#include <sys/stat.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  const char* path = argv[1];
  constexpr long kFlags = O_WRONLY | O_CREAT;
  if (Call(SYS_open, path, kFlags, 04755) >= 0 ||
      Call(SYS_openat, AT_FDCWD, path, kFlags, 02755) >= 0 ||
      Call(SYS_creat, path, 04755) >= 0 ||
      Call(SYS_mknod, path, S_IFREG | 04755, 0) >= 0) {
    Escaped("a setuid file");
  }
  const long fd = Call(SYS_open, path, kFlags, 0755);
  Need(fd >= 0);
  if (Call(SYS_chmod, path, 04755) >= 0 ||
      Call(SYS_fchmodat, AT_FDCWD, path, 04755) >= 0)
    Escaped("a setuid file");
  EscapedIfDone(Call(SYS_fchmod, fd, 04755), "a setuid file");
}
