// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TOOLS_JAILRUN_NEEDED_LIBRARIES_H_
#define CELLBLOCK_TOOLS_JAILRUN_NEEDED_LIBRARIES_H_

#include <string>

#include "tools/jailrun/elf_image.h"

namespace cellblock {

// What has been found in a program and the libraries it needs.
struct StartFindings {
  bool needs_libc = false;          // libc.so.6 is among the needed.
  bool imports_start_main = false;  // Something refers to __libc_start_main.

  [[nodiscard]] bool complete() const {
    return needs_libc && imports_start_main;
  }
};

// Returns what `program` itself shows.
[[nodiscard]] StartFindings FindStart(const ElfImage& program);

// Returns what `program`, which lies at `path`, shows with the libraries it
// needs, which are opened breadth first, each once, until the findings are
// complete or 256 names have been tried. They are looked for as ld.so(8) does:
// DT_RPATH of the library that needs it and of those that loaded it (when
// there is no DT_RUNPATH), `library_path` (LD_LIBRARY_PATH as the program will
// have it, or null), DT_RUNPATH, the system's directories. /etc/ld.so.cache and
// the hwcaps subdirectories are not consulted: what is found only by them is
// passed over. libc.so.6 is not opened: it defines the symbol, and a definition
// does not count.
[[nodiscard]] StartFindings FindStartWithLibraries(const ElfImage& program,
                                                   const std::string& path,
                                                   const char* library_path);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_NEEDED_LIBRARIES_H_
