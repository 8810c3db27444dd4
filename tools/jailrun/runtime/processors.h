// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUNTIME_PROCESSORS_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUNTIME_PROCESSORS_H_

namespace cellblock {

// From now on libc's functions that tell how many processors there are answer
// what they would answer now, and make no call for it.
void KeepProcessors();

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUNTIME_PROCESSORS_H_
