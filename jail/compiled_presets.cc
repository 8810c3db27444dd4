// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/compiled_presets.h"

namespace cellblock {
namespace {

struct Preset {
  std::string_view name;
  FilterProgram program;
};

#include "jail/compiled_presets_data.inc"

}  // namespace

FilterProgram CompiledPreset(std::string_view name) {
  for (const Preset& preset : kCompiled) {
    if (preset.name == name) return preset.program;
  }
  return {};
}

}  // namespace cellblock
