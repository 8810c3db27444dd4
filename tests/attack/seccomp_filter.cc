// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C3.27. A further filter, whose answer would stand before ours.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

BEFORE_THE_LOCK GiveUpPrivileges() {
  Call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int main() {
  sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
  const sock_fprog program = {1, &allow};
  EscapedIfDone(Call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program),
                "a further filter");
}
