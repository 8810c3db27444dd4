// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_INPUT_LIST_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_INPUT_LIST_H_

#include <cstddef>
#include <string>
#include <vector>

namespace cellblock {

// The inputs of a batch, in their order; what is named again is left out.
struct InputList {
  std::vector<std::string> inputs;
  size_t repeated = 0;
};

[[nodiscard]] InputList WithoutRepeats(std::vector<std::string> inputs);

// All that `fd` gives. Errors: errno, and then `text` is what came before.
[[nodiscard]] int ReadToEnd(int fd, std::string* text);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_INPUT_LIST_H_
