// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/late_load_text.h"

#include <limits.h>
#include <stdlib.h>

#include <algorithm>
#include <utility>

#include "tools/jailrun/load_presets.h"
#include "tools/jailrun/readable_paths.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

constexpr std::string_view kLoad = "--load=";

// Nobody is told to load what an earlier jail may have put there.
bool CouldHaveWritten(const RunRecord& record, const std::string& path) {
  for (const std::string& word : record.options.writable) {
    char directory[PATH_MAX];
    if (realpath(word.c_str(), directory) != nullptr &&
        IsWithin(path, directory)) {
      return true;
    }
  }
  return false;
}

std::string WhatToDo(const LateLoad& late,
                     const std::vector<std::string>& given) {
  if (late.option.empty()) {
    return "; no option allows it, since it is no file that could be loaded "
           "before, or one that the program could have written";
  }
  const std::string word = late.option.substr(kLoad.size());
  const std::string option = ShellWord(late.option);
  return std::find(given.begin(), given.end(), word) != given.end()
             ? ", though " + option + " is given: it could not be loaded before"
             : "; add " + option;
}

}  // namespace

std::vector<LateLoad> LateLoadsOf(const RunRecord& record) {
  std::vector<LateLoad> late;
  if (record.late_load_options) {
    for (size_t i = 0; i < record.first_late_loads.size(); ++i) {
      late.push_back(
          {record.first_late_loads[i], record.late_load_options->at(i)});
    }
    return late;
  }
  for (const std::string& path : record.first_late_loads) {
    late.push_back({path, CouldHaveWritten(record, path)
                              ? std::string()
                              : LoadOptionFor(path)});
  }
  return late;
}

std::vector<std::string> LateLoadLines(const RunRecord& record) {
  std::vector<std::string> lines;
  for (const LateLoad& late : LateLoadsOf(record)) {
    lines.push_back("loaded after the lock: " + ShellWord(late.path) +
                    WhatToDo(late, record.options.loads));
  }
  const uint64_t count = record.late_loads;
  if (lines.empty() && count > 0) {
    lines.push_back(
        "loaded after the lock: libraries that could not be named (" +
        std::to_string(count) + " mappings refused); jailrun learn names them");
  } else if (lines.size() == LateLoads::kMostShown && count > lines.size()) {
    lines.push_back("loaded after the lock: and more; " +
                    std::to_string(count) + " mappings were refused in all");
  }
  return lines;
}

std::string LoadedText(const RunRecord& record) {
  if (record.options.loads.empty()) return {};
  const LoadedLibraries& loaded = record.loaded;
  std::string text =
      "loaded before the lock: " + std::to_string(loaded.loaded) +
      (loaded.loaded == 1 ? " library" : " libraries") + " by --load";
  if (loaded.passed_over == 0) return text;
  return text + ", " + std::to_string(loaded.passed_over) +
         " passed over; the first: " + loaded.first_passed_over + ": " +
         loaded.why_passed_over;
}

std::vector<std::string> LearnedLines(const RunRecord& record) {
  const LoadedLibraries& loaded = record.loaded;
  std::vector<std::string> lines;
  if (!loaded.learned.empty()) {
    std::string line = "--auto-load: learned in " +
                       std::to_string(loaded.learning_runs) +
                       (loaded.learning_runs == 1 ? " run:" : " runs:");
    for (const std::string& option : loaded.learned) {
      line += " " + ShellWord(option);
    }
    lines.push_back(std::move(line));
  }
  for (const std::string& path : loaded.not_trusted) {
    lines.push_back("--auto-load: " + path +
                    " is not loaded, since others than root could have put it "
                    "there; if you trust it, add " +
                    ShellWord(LoadOptionFor(path)));
  }
  return lines;
}

}  // namespace cellblock
