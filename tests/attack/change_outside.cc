// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.37. With --rw for another directory: every change to names outside of it.

#include <fcntl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  const char* file = argv[1];
  const char* new_outside = argv[2];
  const char* inside = argv[3];
  const long fd = Call(SYS_open, inside, O_WRONLY | O_CREAT, 0600);
  Need(fd >= 0);
  if (Call(SYS_mkdir, new_outside, 0700) >= 0) Escaped("a directory elsewhere");
  if (Call(SYS_symlink, file, new_outside) >= 0) Escaped("a link elsewhere");
  if (Call(SYS_link, inside, new_outside) >= 0) Escaped("a file linked out");
  if (Call(SYS_rename, inside, new_outside) >= 0) Escaped("a file moved out");
  if (Call(SYS_renameat2, AT_FDCWD, inside, AT_FDCWD, file, 2) >= 0)
    Escaped("two files exchanged");
  if (Call(SYS_creat, new_outside, 0600) >= 0) Escaped("a file elsewhere");
  EscapedIfDone(Call(SYS_unlink, file), "a file elsewhere removed");
}
