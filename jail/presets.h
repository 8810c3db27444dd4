// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_PRESETS_H_
#define CELLBLOCK_JAIL_PRESETS_H_

// The policies that come with Cellblock, as tables in presets.cc.

#include <span>
#include <string_view>

#include "jail/policy.h"

namespace cellblock {

// For unmodified programs that read files and write to what they were given:
// the default of jailrun.
Policy DecoderPreset();

// The same, and files may be created, changed and removed. Which ones is not
// the filter's to say: use it with jail/landlock.h only.
Policy DecoderWithWritePreset();

// Every preset, for tools that print, compile or prove them all.
std::span<const Policy> AllPresets();

// Null iff no preset has that name.
const Policy* FindPreset(std::string_view name);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_PRESETS_H_
