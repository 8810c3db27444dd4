// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// C4.43. Sets its capabilities.

#include <linux/capability.h>

#include "tests/attack/attack.h"

using namespace cellblock;  // NOLINT: one small program

int main() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  static __user_cap_data_struct none[2];
  EscapedIfDone(Call(SYS_capset, &header, none), "capabilities set");
}
