// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.37. Below --rw: a directory whose files belong to its group, by mkdir's
// mode. The kernel drops that bit there.

#include <sys/stat.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  const long result = Call(SYS_mkdir, argv[1], 06755);
  if (result < 0) Refused(result);
  struct stat status;
  Need(Call(SYS_stat, argv[1], &status) == 0);
  if ((status.st_mode & 06000) != 0) Escaped("a setgid directory");
  NoEffect();
}
