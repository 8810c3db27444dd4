// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_REFUSED_CALL_TEXT_H_
#define CELLBLOCK_TOOLS_JAILRUN_REFUSED_CALL_TEXT_H_

#include <string>

#include "tools/jailrun/run_record.h"

namespace cellblock {

// What of the user's options would let a call through that was answered with
// an errno, to be written behind what it was answered with: "; to write files,
// add --rw=PATH". Empty iff no option would.
std::string OptionFor(const RefusedCall& call);

// Whether a program that failed may have failed for this call, so that its
// user is to be told: other answers belong to probes, which go on without.
bool MayExplainFailure(const RefusedCall& call);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_REFUSED_CALL_TEXT_H_
