// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.25. Work by a context that it holds from before the lock.

#include <linux/aio_abi.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

unsigned long g_context;
BEFORE_THE_LOCK MakeContext() { Call(SYS_io_setup, 1, &g_context); }

int main() {
  Need(g_context != 0);
  int ends[2];
  Need(Call(SYS_pipe, ends) == 0);
  iocb block = {};
  block.aio_lio_opcode = IOCB_CMD_PWRITE;
  block.aio_fildes = static_cast<unsigned>(ends[1]);
  block.aio_buf = reinterpret_cast<uintptr_t>("x");
  block.aio_nbytes = 1;
  iocb* blocks[] = {&block};
  EscapedIfDone(Call(SYS_io_submit, g_context, 1, blocks),
                "a write in the background");
}
