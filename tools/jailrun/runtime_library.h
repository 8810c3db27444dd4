// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUNTIME_LIBRARY_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUNTIME_LIBRARY_H_

#include <optional>
#include <string>

#include "jail/unique_fd.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {

// The library that is preloaded into the program. It stands beside jailrun.
//
// Lifecycle: Find, then the names.
// Errors: Find refuses iff jailrun cannot tell where it is, or the file there
// cannot be read or is no library for x86-64: the loader would only warn of it,
// and run the program without.
class RuntimeLibrary {
 public:
  [[nodiscard]] std::optional<Refusal> Find();

  // As LD_PRELOAD takes it.
  const std::string& preload_name() const { return name_; }

  // A descriptor that the name stands for and the program inherits, or -1.
  int held_descriptor() const { return held_.get(); }

 private:
  std::string name_;
  UniqueFd held_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUNTIME_LIBRARY_H_
