// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.28. Reads another process's memory.

#include <sys/uio.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main(int, char** argv) {
  long word = 0;
  const iovec local = {&word, sizeof(word)};
  const iovec remote = {reinterpret_cast<void*>(NumberIn(argv[2])),
                        sizeof(word)};
  EscapedIfDone(
      Call(SYS_process_vm_readv, NumberIn(argv[1]), &local, 1, &remote, 1, 0),
      "another process read");
}
