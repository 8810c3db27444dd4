// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUNTIME_LIBC_FUNCTION_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUNTIME_LIBC_FUNCTION_H_

#include <atomic>

#include "tools/jailrun/runtime/runtime.h"

namespace cellblock {

// libc's function of a name that the runtime has too. Looked up once, by the
// first use; whoever owns one has it looked up before the lock.
template <typename Function>
class Libc {
 public:
  constexpr explicit Libc(const char* name) : name_(name) {}

  Function* get() {
    Function* found = function_.load(std::memory_order_relaxed);
    if (found == nullptr) {
      found = Next(found, name_);
      function_.store(found, std::memory_order_relaxed);
    }
    return found;
  }

 private:
  const char* const name_;
  std::atomic<Function*> function_ = nullptr;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUNTIME_LIBC_FUNCTION_H_
