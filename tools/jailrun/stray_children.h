// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_STRAY_CHILDREN_H_
#define CELLBLOCK_TOOLS_JAILRUN_STRAY_CHILDREN_H_

#include "jail/launch.h"

namespace cellblock {

// What a program started that was not kept from it (--on-violation=log) ends
// with the run, as the program does.
//
// Lifecycle: AdoptOrphans before the program can start anything; EndChildren
//   when it has been waited for.
// Errors: none. What the kernel does not name (without CONFIG_PROC_CHILDREN),
//   what may not be killed, and what starts others for longer than 2 s is left.
// Threads: a process of one thread, that has no other children.

// Whatever descends from this process becomes its child when its parent ends.
void AdoptOrphans();

// Kills a child that this process has launched, and waits for it if it could.
void EndChild(const Launched& child);

// Kills all children of this process, and what becomes one by that.
void EndChildren();

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_STRAY_CHILDREN_H_
