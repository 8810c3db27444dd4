// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/learn/load_words.h"

#include <fcntl.h>

#include <algorithm>
#include <string_view>

#include "jail/unique_fd.h"
#include "tools/jailrun/elf_image.h"
#include "tools/jailrun/file_bytes.h"
#include "tools/jailrun/load_presets.h"

namespace cellblock {
namespace {

std::vector<std::string> NeedsOf(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.ok()) return {};
  FileBytes file(fd.get());
  ElfImage library(&file, path);
  if (library.ReadHeaders() || library.ReadDynamic()) return {};
  return library.needed();
}

// The kernel's name of a file has its links followed: libjson.so.5.2 is there
// for whoever needs libjson.so.5.
bool IsNeeded(const std::string& path, std::span<const std::string> needed) {
  const std::string_view file =
      std::string_view(path).substr(path.rfind('/') + 1);
  return std::any_of(
      needed.begin(), needed.end(), [file](std::string_view name) {
        name = name.substr(name.rfind('/') + 1);
        return file == name || (file.starts_with(name) &&
                                file.substr(name.size()).starts_with('.'));
      });
}

}  // namespace

std::vector<std::string> LoadWordsFor(std::span<const std::string> libraries) {
  std::vector<std::string> words;
  std::vector<std::string> needed;
  for (const std::string& path : libraries) {
    const bool comes_along = IsNeeded(path, needed);
    for (std::string& name : NeedsOf(path)) needed.push_back(std::move(name));
    if (comes_along) continue;
    const LoadPreset* const preset = LoadPresetFor(path);
    std::string word = preset != nullptr ? preset->name : path;
    if (std::find(words.begin(), words.end(), word) == words.end()) {
      words.push_back(std::move(word));
    }
  }
  return words;
}

}  // namespace cellblock
