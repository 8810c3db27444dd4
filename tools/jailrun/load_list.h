// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LOAD_LIST_H_
#define CELLBLOCK_TOOLS_JAILRUN_LOAD_LIST_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/jailrun/load_area.h"
#include "tools/jailrun/needed_libraries.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {

struct LibraryToLoad {
  std::string path;  // from the root on
  LoadKind kind;
};

// What --load asks for, looked up.
struct LoadList {
  std::vector<LibraryToLoad> libraries;  // each file once
  // What they need outside of the system's directories, and those of them that
  // lie there.
  std::vector<std::string> strays;
  size_t passed_over = 0;  // matches that are no libraries to be loaded
  std::string first_passed_over;
  std::string why_passed_over;
};

// Why the file at `path` cannot be loaded into a jailed program; empty iff it
// can, as far as its headers tell. `strays`, if not null, gets what
// FindStrayLibraries finds. Syscalls: those of reading it.
[[nodiscard]] std::string CheckLibrary(const std::string& path,
                                       const LibraryPaths& paths,
                                       std::vector<std::string>* strays);

// Looks up each of `words`: "@NAME", a preset; the path of a file that is
// there; else a glob, if it has one of "*?[" in it.
//
// Errors: refuses, by name of the option, iff a preset is unknown or finds
// nothing, a glob matches no file that can be loaded, a file that is named by
// its path is not there or CheckLibrary has something against it, or there are
// more than 4096 libraries. What globs and presets find and cannot be loaded is
// passed over.
// Threads: any. Syscalls: those of MatchingFiles, and for each file found stat,
//   open, pread and close.
[[nodiscard]] std::optional<Refusal> FindLibraries(
    std::span<const std::string> words, const LibraryPaths& paths,
    LoadList* list);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LOAD_LIST_H_
