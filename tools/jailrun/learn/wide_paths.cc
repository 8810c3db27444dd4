// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/learn/wide_paths.h"

#include <limits.h>
#include <stdlib.h>

namespace cellblock {

bool IsWithin(const std::string& path, const std::string& directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

bool IsTooWide(const std::string& path) {
  if (path == "/" || path == "/proc" || path == "/sys" || path == "/dev") {
    return true;
  }
  const char* const home = getenv("HOME");
  char resolved[PATH_MAX];
  return home != nullptr && home[0] == '/' &&
         realpath(home, resolved) != nullptr && IsWithin(resolved, path);
}

}  // namespace cellblock
