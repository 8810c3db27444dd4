// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.27. Answers its own calls: asks every descriptor that there can be whether
// it is the filter's listener. ENOTTY, without a look at the descriptor.

#include <linux/seccomp.h>
#include <sys/ioctl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  static seccomp_notif call;
  long result = -1;
  for (int fd = 0; fd < 1024; ++fd) {
    result = Call(SYS_ioctl, fd, SECCOMP_IOCTL_NOTIF_RECV, &call);
    if (result >= 0) Escaped("the listener");
  }
  Refused(result);
}
