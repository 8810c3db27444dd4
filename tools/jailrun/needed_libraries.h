// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TOOLS_JAILRUN_NEEDED_LIBRARIES_H_
#define CELLBLOCK_TOOLS_JAILRUN_NEEDED_LIBRARIES_H_

#include <string>
#include <string_view>
#include <vector>

#include "tools/jailrun/elf_image.h"

namespace cellblock {

// Where else the loader looks, as the program's environment will say; null
// where a variable is not set.
struct LibraryPaths {
  const char* library_path = nullptr;  // LD_LIBRARY_PATH
  const char* preload = nullptr;       // LD_PRELOAD, without the runtime
};

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
// there is no DT_RUNPATH), LD_LIBRARY_PATH, DT_RUNPATH, the system's
// directories, those of /etc/ld.so.conf.d. The hwcaps subdirectories are not
// consulted: what is found only there is passed over. libc.so.6 is not opened:
// it defines the symbol, and a definition does not count.
[[nodiscard]] StartFindings FindStartWithLibraries(const ElfImage& program,
                                                   const std::string& path,
                                                   const LibraryPaths& paths);

// Returns the paths of the libraries that the loader will open for `program`
// outside of /usr and /lib*: what it needs, what is preloaded, and what they
// need in turn. Found as above, and with the same limits.
// Syscalls: for the usual program, which names no directory of its own, a
//   faccessat for each library that it needs itself.
[[nodiscard]] std::vector<std::string> FindStrayLibraries(
    const ElfImage& program, const std::string& path,
    const LibraryPaths& paths);

// Whether a library lies where the system's are, which every jail may read.
[[nodiscard]] bool IsOfSystem(std::string_view path);

// Returns the paths of all libraries that the loader will open for `program`,
// with the same limits.
[[nodiscard]] std::vector<std::string> FindNeededLibraries(
    const ElfImage& program, const std::string& path,
    const LibraryPaths& paths);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_NEEDED_LIBRARIES_H_
