// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/matching_files.h"

#include <dirent.h>
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

namespace cellblock {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

// `directory` ends with a slash, or is empty.
std::vector<std::string> MatchingNames(const std::string& directory,
                                       const std::string& pattern) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, CloseDirectory> open(
      opendir(directory.empty() ? "." : directory.c_str()));
  if (open == nullptr) return names;
  while (const dirent* entry = readdir(open.get())) {
    if (fnmatch(pattern.c_str(), entry->d_name, FNM_PERIOD) == 0) {
      names.emplace_back(entry->d_name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

void Extend(const std::string& found, std::string_view rest,
            std::vector<std::string>* paths) {
  const size_t slash = rest.find('/');
  const std::string part(rest.substr(0, slash));
  const bool last = slash == rest.npos;
  const std::string_view behind = last ? "" : rest.substr(slash + 1);
  const auto extend = [&](const std::string& name) {
    if (!last) return Extend(found + name + "/", behind, paths);
    const std::string path = found + name;
    if (access(path.c_str(), F_OK) == 0) paths->push_back(path);
  };
  if (!IsGlob(part)) return extend(part);
  for (const std::string& name : MatchingNames(found, part)) extend(name);
}

}  // namespace

bool IsGlob(std::string_view pattern) {
  return pattern.find_first_of("*?[") != pattern.npos;
}

std::vector<std::string> MatchingFiles(std::string_view pattern) {
  std::vector<std::string> paths;
  Extend("", pattern, &paths);
  return paths;
}

}  // namespace cellblock
