// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_WRITABLE_CODE_H_
#define CELLBLOCK_TOOLS_JAILRUN_WRITABLE_CODE_H_

#include <string>

#include "tools/jailrun/memory_map.h"

namespace cellblock {

// Memory that a program could write code to and run it: mapped both writable
// and executable; or executable and shared, since it may be mapped a second
// time where it can be written.
struct WritableCode {
  std::string reason;  // which, and why; empty iff there is none
  std::string advice;
};

WritableCode FindWritableCode(const MemoryMap& map);

// By a descriptor of /proc/PID/maps. Where that cannot be read there is a
// reason too. Cost: about 10 us, where the kernel can be asked (Linux 6.11).
WritableCode FindWritableCode(int maps);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_WRITABLE_CODE_H_
