// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TOOLS_JAILRUN_ELF_CHECK_H_
#define CELLBLOCK_TOOLS_JAILRUN_ELF_CHECK_H_

#include <optional>
#include <string>
#include <vector>

#include "tools/jailrun/file_bytes.h"
#include "tools/jailrun/needed_libraries.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {

// The one loader whose programs can be confined.
inline constexpr char kSystemLoader[] = "/lib64/ld-linux-x86-64.so.2";

// Decides whether the ELF program in `file`, which lies at `path`, can be
// confined: whether the system's loader will preload the runtime into it and
// start it through `__libc_start_main`, where the jail is entered. A program
// that starts in another way would run unlocked.
//
// The answer is for honest programs: it spares the user a run without a jail.
// A program made to deceive it (which imports the symbol and never calls it)
// is for the supervisor's deadline before the handshake to catch.
//
// Errors: refuses iff
//   kNotExecutable: execve would fail for the file's headers, or the loader
//     that it names is missing;
//   kSetupFailed: it is for another architecture, is statically linked, names
//     another loader than the system's, does not need libc.so.6, neither it
//     nor a library it needs imports `__libc_start_main`, it has a symbol of
//     that name of its own, or it is too damaged to tell.
// `*strays` is what FindStrayLibraries gives, if nothing is refused and it is
// not null.
// Syscalls: pread, and one faccessat for the loader, for the usual program that
//   needs libc.so.6 and imports the symbol itself; no other file is opened.
//   Otherwise see FindStartWithLibraries.
[[nodiscard]] std::optional<Refusal> CheckElf(FileBytes* file,
                                              const std::string& path,
                                              const LibraryPaths& paths,
                                              std::vector<std::string>* strays);

// The same for an open file. Does not move its offset.
[[nodiscard]] std::optional<Refusal> CheckElf(int fd, const std::string& path,
                                              const LibraryPaths& paths,
                                              std::vector<std::string>* strays);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_ELF_CHECK_H_
