// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_NULL_DEVICE_H_
#define CELLBLOCK_TOOLS_JAILRUN_NULL_DEVICE_H_

#include <cstdint>
#include <optional>
#include <span>

#include "jail/policy.h"
#include "jail/unique_fd.h"
#include "tools/jailrun/process_memory.h"

namespace cellblock {

// The null device, for a jail that opens nothing to write: `>/dev/null` is how
// a program writes nowhere. Its filter refuses that open, and whoever answers
// opens the device in its place. The path is read from the jail's memory once,
// and the call itself is never let through; so whatever the jail does there
// meanwhile, it gets a descriptor of the null device or none.

// The flags with which a call asks for /dev/null, so written, to write to it.
// Empty iff it asks for something else, or in a way that the device has not
// (as a directory, as a new file), or its path cannot be read.
std::optional<uint64_t> FlagsForNull(const SyscallRequest& request,
                                     const MemoryReader& memory);

// The call that asks for the same only to read.
SyscallRequest AsReading(const SyscallRequest& request);

// Opens the device anew, since copies of a descriptor share their state and so
// would jails. Not ok() iff it cannot be opened, or what is at its name is not
// the kernel's null device.
UniqueFd OpenNull(uint64_t flags);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_NULL_DEVICE_H_
