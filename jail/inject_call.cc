// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/inject_call.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace cellblock {

long InjectForbiddenCall(uint32_t number) {
  const long result =
      syscall(static_cast<long>(number), 0L, 0L, 0L, 0L, 0L, 0L);
  return result == -1 ? -errno : result;
}

}  // namespace cellblock
