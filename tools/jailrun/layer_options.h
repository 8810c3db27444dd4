// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LAYER_OPTIONS_H_
#define CELLBLOCK_TOOLS_JAILRUN_LAYER_OPTIONS_H_

#include <string>
#include <vector>

#include "tools/jailrun/options.h"

namespace cellblock {

// The words of the options that add a layer or change one, as they were given;
// empty: not given.
struct LayerWords {
  std::string cpu;
  std::string fsize;
  std::string stack;
  std::string reserve;
  std::string threads;
  std::string thread_stack;
  std::string speculation;
  std::vector<std::string> variables;
  bool clear_environment = false;
};

// What they mean. Errors: one line that names the option, its value and what is
// accepted; empty iff all are in order.
[[nodiscard]] std::string ReadLayers(const LayerWords& words, Options* options);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LAYER_OPTIONS_H_
