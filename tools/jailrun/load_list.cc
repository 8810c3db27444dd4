// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/load_list.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "jail/unique_fd.h"
#include "tools/jailrun/elf_image.h"
#include "tools/jailrun/file_bytes.h"
#include "tools/jailrun/load_presets.h"
#include "tools/jailrun/matching_files.h"

namespace cellblock {
namespace {

constexpr size_t kMostLibraries = 4096;

// Without the path at its beginning.
std::string ReasonOf(const Refusal& refusal, const std::string& path) {
  const std::string start = Quoted(path) + " ";
  return refusal.reason.starts_with(start) ? refusal.reason.substr(start.size())
                                           : refusal.reason;
}

std::string KnownPresets() {
  std::string names;
  for (const LoadPreset& preset : LoadPresets()) {
    names += (names.empty() ? "" : ", ") + std::string(preset.name);
  }
  return names;
}

class Finder {
 public:
  Finder(const LibraryPaths& paths, LoadList* list)
      : paths_(paths), list_(list) {}

  std::optional<Refusal> Find(const std::string& word) {
    word_ = word;
    any_known_ = false;
    first_failed_.clear();
    if (word.starts_with('@')) return FindOfPreset();
    if (access(word.c_str(), F_OK) == 0 || !IsGlob(word)) return FindNamed();
    const size_t before = list_->libraries.size();
    const std::vector<std::string> matches = MatchingFiles(word);
    if (auto refusal = AddFound(matches)) return refusal;
    if (matches.empty()) return Refuse("no file has a name like that");
    if (list_->libraries.size() == before && !any_known_) {
      return Refuse("what it matches cannot be loaded: " + first_failed_);
    }
    return {};
  }

 private:
  Refusal Refuse(const std::string& why, const std::string& advice = {}) const {
    return {.reason = "--load=" + word_ + ": " + why,
            .advice = advice.empty()
                          ? "name a shared library by its path, a glob in "
                            "quotes, or a preset: " +
                                KnownPresets()
                          : advice};
  }

  std::optional<Refusal> FindOfPreset() {
    const LoadPreset* const preset = FindLoadPreset(word_);
    if (preset == nullptr) {
      return Refuse("there is no such preset",
                    "there are " + KnownPresets() +
                        "; a file of that name is ./" + word_);
    }
    const size_t before = list_->libraries.size();
    for (const std::string& pattern : Patterns(*preset)) {
      if (auto refusal = AddFound(MatchingFiles(pattern))) return refusal;
    }
    if (list_->libraries.size() > before || any_known_) return {};
    return Refuse(
        std::string("nothing is found on this system of ") + preset->contents,
        std::string("install it (Debian's package is ") + preset->package +
            "), or name its files by a glob");
  }

  std::optional<Refusal> FindNamed() {
    std::string why = Add(word_, LoadKind::kNamed);
    if (!why.empty()) return Refuse(why);
    return CheckNumber();
  }

  std::optional<Refusal> AddFound(const std::vector<std::string>& matches) {
    for (const std::string& path : matches) {
      std::string why = Add(path, LoadKind::kFound);
      if (!why.empty()) PassOver(path, std::move(why));
      if (auto refusal = CheckNumber()) return refusal;
    }
    return {};
  }

  void PassOver(const std::string& path, std::string why) {
    if (first_failed_.empty()) first_failed_ = path + " " + why;
    if (++list_->passed_over > 1) return;
    list_->first_passed_over = path;
    list_->why_passed_over = std::move(why);
  }

  std::optional<Refusal> CheckNumber() const {
    if (list_->libraries.size() <= kMostLibraries) return {};
    return Refuse("more than " + std::to_string(kMostLibraries) + " libraries",
                  "name fewer");
  }

  // Returns why not, or nothing.
  std::string Add(const std::string& word, LoadKind kind) {
    std::error_code error;
    // dlopen(3) looks elsewhere for a name without a slash.
    std::string path = std::filesystem::absolute(word, error).string();
    struct stat status;
    if (stat(path.c_str(), &status) != 0) return strerror(errno);
    const auto known = known_.find({status.st_dev, status.st_ino});
    if (known != known_.end()) {
      any_known_ = true;
      if (kind == LoadKind::kNamed) list_->libraries[known->second].kind = kind;
      return {};
    }
    std::vector<std::string> strays;
    if (!IsOfSystem(path)) strays.push_back(path);
    std::string why = CheckLibrary(path, paths_, &strays);
    if (!why.empty()) return why;
    list_->strays.insert(list_->strays.end(), strays.begin(), strays.end());
    known_[{status.st_dev, status.st_ino}] = list_->libraries.size();
    list_->libraries.push_back({std::move(path), kind});
    return {};
  }

  const LibraryPaths& paths_;
  LoadList* const list_;
  std::string word_;
  bool any_known_ = false;    // another word has brought it
  std::string first_failed_;  // of this word, and why
  std::map<std::pair<dev_t, ino_t>, size_t> known_;  // where each stands
};

}  // namespace

std::string CheckLibrary(const std::string& path, const LibraryPaths& paths,
                         std::vector<std::string>* strays) {
  struct stat status;
  // Without O_NONBLOCK a FIFO would hold it up.
  const UniqueFd fd(
      open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd.ok() || fstat(fd.get(), &status) != 0) return strerror(errno);
  if (S_ISDIR(status.st_mode)) {
    return "is a directory; for what is in it, give a glob";
  }
  if (!S_ISREG(status.st_mode)) return "is not a regular file";
  FileBytes file(fd.get());
  ElfImage library(&file, path);
  if (auto refusal = library.ReadHeaders()) return ReasonOf(*refusal, path);
  if (!library.position_independent()) {
    return "is a program, not a shared library";
  }
  if (auto refusal = library.ReadDynamic()) return ReasonOf(*refusal, path);
  if (library.wants_executable_stack()) {
    return "asks for an executable stack, which no jailed program may have";
  }
  if (strays != nullptr) {
    for (std::string& stray : FindStrayLibraries(library, path, paths)) {
      strays->push_back(std::move(stray));
    }
  }
  return {};
}

std::optional<Refusal> FindLibraries(std::span<const std::string> words,
                                     const LibraryPaths& paths,
                                     LoadList* list) {
  Finder finder(paths, list);
  for (const std::string& word : words) {
    if (auto refusal = finder.Find(word)) return refusal;
  }
  return {};
}

}  // namespace cellblock
