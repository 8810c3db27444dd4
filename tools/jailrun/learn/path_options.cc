// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/learn/path_options.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "tools/jailrun/readable_paths.h"

namespace cellblock {
namespace {

// "/etc" and its like hold more than one concern.
bool IsTopLevel(const std::string& directory) {
  return directory.rfind('/') == 0;
}

bool IsCovered(const std::string& path, const std::set<std::string>& by) {
  return std::any_of(by.begin(), by.end(), [&](const std::string& directory) {
    return IsWithin(path, directory);
  });
}

// Without what another one covers.
std::vector<std::string> Outermost(const std::set<std::string>& paths) {
  std::vector<std::string> outermost;
  for (const std::string& path : paths) {
    const bool covered =
        std::any_of(paths.begin(), paths.end(), [&](const std::string& other) {
          return other != path && IsWithin(path, other);
        });
    if (!covered) outermost.push_back(path);
  }
  return outermost;
}

// Puts single files in, or their directory for several.
void AddFiles(const std::vector<std::string>& files, const PathFacts& facts,
              std::set<std::string>* options) {
  std::map<std::string, std::vector<std::string>> by_directory;
  for (const std::string& file : files) {
    if (!IsCovered(file, *options)) {
      by_directory[DirectoryOf(file)].push_back(file);
    }
  }
  for (const auto& [directory, members] : by_directory) {
    if (members.size() > 1 && !IsTopLevel(directory) &&
        !facts.too_wide(directory)) {
      options->insert(directory);
    } else {
      options->insert(members.begin(), members.end());
    }
  }
}

// /proc itself, and what has a process's number in its path: it is another one
// in the next run.
bool IsOfProcesses(const std::string& path) {
  constexpr std::string_view kProc = "/proc";
  if (!IsWithin(path, std::string(kProc))) return false;
  return path.size() == kProc.size() ||
         std::string_view("0123456789").find(path[kProc.size() + 1]) !=
             std::string_view::npos;
}

}  // namespace

PathOptions OptionsFor(const std::vector<SeenFile>& files,
                       const PathFacts& facts) {
  PathOptions result;
  std::set<std::string> writable;
  std::vector<std::string> written;
  for (const SeenFile& file : files) {
    // Nobody needs an option for it.
    if (file.path == "/dev/null") continue;
    if (file.use == FileUse::kWrite) written.push_back(file.path);
    if (file.use != FileUse::kCreate) continue;
    const std::string directory = DirectoryOf(file.path);
    if (!facts.too_wide(directory)) {
      writable.insert(directory);
    } else if (facts.exists(file.path)) {
      // Made by this run, and there for the next one.
      written.push_back(file.path);
    } else {
      result.unplaced.push_back(file);
    }
  }
  AddFiles(written, facts, &writable);
  std::set<std::string> readable;
  std::vector<std::string> read;
  for (const SeenFile& file : files) {
    const bool reads = file.use == FileUse::kRead || file.use == FileUse::kList;
    if (!reads || facts.readable_by_default(file.path) ||
        IsCovered(file.path, writable)) {
      continue;
    }
    if (IsOfProcesses(file.path)) {
      readable.insert("/proc");
    } else if (file.use == FileUse::kRead) {
      read.push_back(file.path);
    } else if (facts.too_wide(file.path)) {
      result.unplaced.push_back(file);
    } else {
      readable.insert(file.path);
    }
  }
  AddFiles(read, facts, &readable);
  result.readable = Outermost(readable);
  result.writable = Outermost(writable);
  return result;
}

}  // namespace cellblock
