// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Prints the compiled filter of every preset as C++ data, for
// compiled_presets.cc. Runs when the project is built.

#include <cstdio>
#include <vector>

#include "jail/filter.h"
#include "jail/presets.h"

int main() {
  size_t index = 0;
  for (const cellblock::Policy& preset : cellblock::AllPresets()) {
    const cellblock::CompiledFilter filter = cellblock::CompileFilter(preset);
    if (!filter.error.empty()) {
      fprintf(stderr, "compile_presets: %s\n", filter.error.c_str());
      return 1;
    }
    printf("constexpr sock_filter kProgram%zu[] = {\n", index++);
    for (const sock_filter& insn : filter.program) {
      printf("    {0x%x, %u, %u, 0x%x},\n", insn.code, insn.jt, insn.jf,
             insn.k);
    }
    printf("};\n\n");
  }
  index = 0;
  printf("constexpr Preset kCompiled[] = {\n");
  for (const cellblock::Policy& preset : cellblock::AllPresets()) {
    printf("    {\"%s\", kProgram%zu},\n", preset.name(), index++);
  }
  printf("};\n");
  return 0;
}
