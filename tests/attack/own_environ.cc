// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C4.42. Looks for what jailrun put into its environment: where the shared
// memory is. The bytes are gone, from the stack as well; as an ordinary user it
// may not even look.

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  constexpr char kVariable[] = "CELLBLOCK_CONTROL";
  const long fd = Call(SYS_open, "/proc/self/environ", 0);
  if (fd < 0) Refused(fd);
  static char environment[1 << 16];
  const long length = Call(SYS_read, fd, environment, sizeof(environment));
  if (length < 0) Refused(length);
  for (long i = 0; i + long{sizeof(kVariable)} < length; ++i) {
    if (memcmp(environment + i, kVariable, sizeof(kVariable) - 1) == 0)
      Escaped("jailrun's variable");
  }
  NoEffect();
}
