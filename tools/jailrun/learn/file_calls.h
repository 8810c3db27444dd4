// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LEARN_FILE_CALLS_H_
#define CELLBLOCK_TOOLS_JAILRUN_LEARN_FILE_CALLS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "jail/policy.h"
#include "tools/jailrun/learn/learned.h"
#include "tools/jailrun/process_memory.h"

namespace cellblock {

// What one call is about to do to files, told before it is carried out.
struct FileCall {
  bool opens = false;  // the result is a descriptor of the file
  bool creates = false;
  uint64_t flags = 0;                // of open
  std::vector<SeenFile> files = {};  // of a call that does not open
};

// Looks at a call that `thread`, which stands still, makes. Empty (nothing
// opened, no files) for calls that touch no file by its name.
//
// Syscalls: those that resolve a path: readlink, lstat.
FileCall LookAtFileCall(pid_t thread, const SyscallRequest& request,
                        const MemoryReader& memory);

// The file behind a descriptor that such a call gave `thread`, and its use.
// False iff it is none with a path, or opened only to be named.
bool OpenedFile(pid_t thread, int fd, const FileCall& call, SeenFile* file);

// The path behind a descriptor of `thread`; empty iff it has none.
std::string PathOfDescriptor(pid_t thread, int fd);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LEARN_FILE_CALLS_H_
