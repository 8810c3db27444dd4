// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_THREAD_STARTER_H_
#define CELLBLOCK_TOOLS_JAILRUN_THREAD_STARTER_H_

#include <string>

#include "tools/jailrun/needed_libraries.h"

namespace cellblock {

// The first of the ELF program at `path` and the libraries that the loader will
// open for it that names one of kThreadSymbols; empty iff none does, or the
// program cannot be read. Left out are libc and libstdc++, as in the runtime,
// which decides by what is really loaded.
// Syscalls: open, pread and close for each file.
[[nodiscard]] std::string FindThreadStarter(const std::string& path,
                                            const LibraryPaths& paths);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_THREAD_STARTER_H_
