// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUNTIME_FORK_HANDLERS_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUNTIME_FORK_HANDLERS_H_

namespace cellblock {

// Looks up what notes of handlers are handed on to. Setup phase only.
void FindForkHandlers();

// False iff there are more than could be noted, or a library that asked for one
// is gone.
[[nodiscard]] bool CanCallForkHandlers();

// In the order that fork(3) has.
void BeforeFork();
void AfterForkInParent();
void AfterForkInChild();

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUNTIME_FORK_HANDLERS_H_
