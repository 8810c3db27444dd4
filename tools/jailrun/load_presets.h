// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LOAD_PRESETS_H_
#define CELLBLOCK_TOOLS_JAILRUN_LOAD_PRESETS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cellblock {

// A name for the modules that one program or library loads while it runs, as
// the packages of a distribution lay them down: "@perl".
struct LoadPreset {
  const char* name;      // with its "@"
  const char* contents;  // in a few words
  const char* package;   // of Debian, that has them
  // As glob(3) takes them, but for a "{lib}" at the beginning, which stands for
  // each directory of libraries that a system has.
  std::span<const char* const> patterns;
};

std::span<const LoadPreset> LoadPresets();

// Null iff there is none of that name.
const LoadPreset* FindLoadPreset(std::string_view name);

// The preset's patterns, as glob(3) takes them.
std::vector<std::string> Patterns(const LoadPreset& preset);

// The preset that would load `path`, or null. By its name alone.
const LoadPreset* LoadPresetFor(const std::string& path);

// The option that would load `path`: "--load=@perl", or by the path. Empty for
// what is no name of a file that is there, by how the kernel calls such things.
std::string LoadOptionFor(const std::string& path);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LOAD_PRESETS_H_
