// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_DOCTOR_CHILD_H_
#define CELLBLOCK_TOOLS_JAILRUN_DOCTOR_CHILD_H_

#include "tools/jailrun/doctor/check.h"

namespace cellblock {

// What `check` finds in a child of its own, which may do to itself what cannot
// be undone.
//
// Errors: kUnknown iff there is no child, it ends without a word, or its time
//   is over; then it is killed. Never waits for longer than that time and a
//   second.
// Threads: one; the process is copied.
Finding LookInChild(const Check& check);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_DOCTOR_CHILD_H_
