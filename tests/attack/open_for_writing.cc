// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.37. Opens a file to write, by every call and every flag that could.
// Without --rw each is EROFS.

#include <fcntl.h>

#include <initializer_list>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  constexpr int kFlags[] = {O_WRONLY,
                            O_RDWR,
                            O_ACCMODE,
                            O_WRONLY | O_APPEND,
                            O_RDONLY | O_TRUNC,
                            O_RDONLY | O_CREAT,
                            O_WRONLY | O_CREAT | O_EXCL,
                            O_WRONLY | O_DSYNC,
                            O_RDWR | O_PATH | O_CREAT,
                            O_WRONLY | O_NOFOLLOW};
  long result = 0;
  for (const char* path : {argv[1], argv[2]}) {
    for (const int flags : kFlags) {
      result = Call(SYS_open, path, flags, 0600);
      if (result >= 0) Escaped("a file opened for writing by open");
      result = Call(SYS_openat, AT_FDCWD, path, flags, 0600);
      if (result >= 0) Escaped("a file opened for writing by openat");
    }
    result = Call(SYS_creat, path, 0600);
    if (result >= 0) Escaped("a file opened for writing by creat");
  }
  Refused(result);
}
