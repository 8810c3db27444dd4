// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_LAYER_H_
#define CELLBLOCK_JAIL_LAYER_H_

#include <string>

namespace cellblock {

// What became of each protection, for logs: {"landlock", "enforced", ""}.
struct JailLayer {
  std::string name;
  std::string state;   // "enforced", "unsupported" or "off"
  std::string reason;  // what it does, or why it is not enforced
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_LAYER_H_
