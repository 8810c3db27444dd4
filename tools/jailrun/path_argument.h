// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PATH_ARGUMENT_H_
#define CELLBLOCK_TOOLS_JAILRUN_PATH_ARGUMENT_H_

#include <cstdint>
#include <span>
#include <string>

#include "tools/jailrun/process_memory.h"

namespace cellblock {

// The path that a call names, the last one if there are more, which is the new
// name where a call makes one. For a report: whoever calls can write another
// before the kernel reads it.
//
// Errors: empty iff the call names none, or none that can be read.
std::string PathArgument(uint32_t syscall, std::span<const uint64_t> args,
                         const MemoryReader& memory);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PATH_ARGUMENT_H_
