// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_NULL_DEVICE_H_
#define CELLBLOCK_JAIL_NULL_DEVICE_H_

#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace cellblock {

// True iff `status` is of the kernel's null device, whatever its name: what is
// written to it goes nowhere.
inline bool IsNullDevice(const struct stat& status) {
  return S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
}

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_NULL_DEVICE_H_
