// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LAYER_OPTIONS_H_
#define CELLBLOCK_TOOLS_JAILRUN_LAYER_OPTIONS_H_

#include <string>

#include "tools/jailrun/flag_table.h"
#include "tools/jailrun/options.h"

namespace cellblock {

// What the options that add a layer, or change one, mean.
// Errors: one line that names the option, its value and what is
// accepted; empty iff all are in order.
[[nodiscard]] std::string ReadLayers(const FlagWords& words, Options* options);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LAYER_OPTIONS_H_
