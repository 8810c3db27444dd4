// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LEARN_VERIFICATION_H_
#define CELLBLOCK_TOOLS_JAILRUN_LEARN_VERIFICATION_H_

#include <sys/types.h>

#include "jail/inherited_signals.h"
#include "tools/jailrun/learn/lesson.h"

namespace cellblock {

// Where standard input stands, if it can be read again from there; else -1.
off_t InputPosition();

// Runs what `lesson` suggests, once, by this same jailrun: with the input from
// `position` on or, if that is -1, with an empty one, and with nowhere to write
// its output to. What else the program does it does again.
//
// Errors: exit_code -1 iff it could not be started.
// Threads: one, which the run dies with.
Verification Verify(const Lesson& lesson, const InheritedSignals& signals,
                    off_t position);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LEARN_VERIFICATION_H_
