// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_COMPILED_PRESETS_H_
#define CELLBLOCK_JAIL_COMPILED_PRESETS_H_

#include <string_view>

#include "jail/evaluator.h"

namespace cellblock {

// The filter of a preset as compiled when the project was built, with kOwnPid
// not yet bound. Empty iff no preset has that name. Not to be trusted before
// ProveFilter has accepted it.
FilterProgram CompiledPreset(std::string_view name);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_COMPILED_PRESETS_H_
