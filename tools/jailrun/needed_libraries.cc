// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/needed_libraries.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "tools/jailrun/elf_image.h"
#include "tools/jailrun/file_bytes.h"

namespace cellblock {
namespace {

constexpr std::string_view kLibc = "libc.so.6";
constexpr size_t kMaxNames = 256;
constexpr size_t kMaxDirectories = 64;  // In one path; the rest is passed over.
constexpr const char* kSystemDirectories[] = {
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
    "/usr/local/lib/x86_64-linux-gnu",
    "/usr/local/lib",
};

// A library that needs others, or the program: how to look for them.
struct Loader {
  std::string origin;  // The directory that it lies in.
  std::string rpath;   // Empty where DT_RUNPATH overrides it.
  std::string runpath;
  std::optional<size_t> loaded_by;
};

struct Need {
  std::string name;
  size_t loader;
};

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The loader takes a program's own $ORIGIN with symbolic links resolved.
std::string OriginOf(const std::string& program) {
  char resolved[PATH_MAX];
  return DirectoryOf(realpath(program.c_str(), resolved) != nullptr ? resolved
                                                                    : program);
}

// Those that the administrator added to the loader's, beside the system's.
std::vector<std::string> ConfiguredDirectories() {
  std::vector<std::string> directories;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator("/etc/ld.so.conf.d", error)) {
    if (entry.path().extension() != ".conf") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with('/') && directories.size() < kMaxDirectories) {
        directories.push_back(line.substr(0, line.find_first_of(" \t#")));
      }
    }
  }
  return directories;
}

// Expands $ORIGIN and $LIB; false iff another token is in the way.
bool Expand(std::string_view text, const std::string& origin,
            std::string* expanded) {
  const std::pair<std::string_view, std::string_view> tokens[] = {
      {"$ORIGIN", origin},
      {"${ORIGIN}", origin},
      {"$LIB", "lib/x86_64-linux-gnu"},
      {"${LIB}", "lib/x86_64-linux-gnu"},
  };
  expanded->clear();
  while (!text.empty()) {
    if (text.front() != '$') {
      const std::string_view plain = text.substr(0, text.find('$'));
      *expanded += plain;
      text.remove_prefix(plain.size());
      continue;
    }
    const auto* token = std::find_if(
        std::begin(tokens), std::end(tokens), [text](const auto& t) {
          return text.substr(0, t.first.size()) == t.first;
        });
    if (token == std::end(tokens)) return false;
    *expanded += token->second;
    text.remove_prefix(token->first.size());
  }
  return true;
}

class Search {
 public:
  Search(StartFindings findings, const LibraryPaths& paths)
      : findings_(findings),
        library_path_(paths.library_path == nullptr ? "" : paths.library_path) {
  }

  // Queues what `image` needs.
  void Add(const ElfImage& image, std::string origin,
           std::optional<size_t> loaded_by) {
    loaders_.push_back({std::move(origin),
                        image.runpath().empty() ? image.rpath() : "",
                        image.runpath(), loaded_by});
    for (const std::string& name : image.needed()) Queue(name);
  }

  // Queues what `preload` names, as if what was added last needed it.
  void AddPreloaded(std::string_view preload) {
    while (!preload.empty()) {
      const size_t end = std::min(preload.find_first_of(" :"), preload.size());
      if (end > 0) Queue(std::string(preload.substr(0, end)));
      preload.remove_prefix(std::min(end + 1, preload.size()));
    }
  }

  StartFindings Run() {
    // `needs_` grows while libraries are opened.
    for (size_t i = 0; i < needs_.size() && !findings_.complete(); ++i) {
      const Need need = needs_[i];
      if (need.name != kLibc) Locate(need);
    }
    return findings_;
  }

  // To the last library. Returns the paths of all.
  std::vector<std::string> RunForAll() {
    for (size_t i = 0; i < needs_.size(); ++i) Locate(Need(needs_[i]));
    return std::move(opened_);
  }

 private:
  void Queue(const std::string& name) {
    if (needs_.size() >= kMaxNames) return;
    const bool known =
        std::any_of(needs_.begin(), needs_.end(),
                    [&name](const Need& need) { return need.name == name; });
    if (!known) needs_.push_back({name, loaders_.size() - 1});
  }

  void Locate(const Need& need) {
    if (need.name.find('/') != need.name.npos) {
      std::string path;
      if (Expand(need.name, loaders_[need.loader].origin, &path)) {
        (void)Open(path, need.loader);
      }
      return;
    }
    const bool has_runpath = !loaders_[need.loader].runpath.empty();
    for (std::optional<size_t> at = need.loader; at && !has_runpath;
         at = loaders_[*at].loaded_by) {
      if (OpenIn(loaders_[*at].rpath, loaders_[*at].origin, need)) return;
    }
    const std::string& origin = loaders_[need.loader].origin;
    if (OpenIn(library_path_, origin, need)) return;
    if (OpenIn(loaders_[need.loader].runpath, origin, need)) return;
    for (const char* directory : kSystemDirectories) {
      if (Open(std::string(directory) + '/' + need.name, need.loader)) return;
    }
    for (const std::string& directory : ConfiguredDirectories()) {
      if (Open(directory + '/' + need.name, need.loader)) return;
    }
  }

  // Tries the directories of `list`, of which colons separate the elements and
  // an empty element is the current directory.
  bool OpenIn(const std::string& list, const std::string& origin,
              const Need& need) {
    if (list.empty()) return false;
    // By value: opening a library may move what the arguments refer to.
    const std::string elements = list;  // NOLINT(performance-*): see above
    const std::string base = origin;    // NOLINT(performance-*): ditto
    std::string path;
    size_t tried = 0;
    for (size_t from = 0; from <= elements.size() && tried < kMaxDirectories;
         ++tried) {
      const size_t to = std::min(elements.find(':', from), elements.size());
      const std::string_view element(elements.data() + from, to - from);
      from = to + 1;
      if (!Expand(element.empty() ? "." : element, base, &path)) continue;
      if (Open(path + '/' + need.name, need.loader)) return true;
    }
    return false;
  }

  // Returns whether there is a library for this machine at `path`, as the
  // loader would take it; if so, learns what it shows.
  bool Open(const std::string& path, size_t loaded_by) {
    // Without O_NONBLOCK a FIFO would hold up the search.
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return false;
    const bool taken = Inspect(fd, path, loaded_by);
    close(fd);
    return taken;
  }

  bool Inspect(int fd, const std::string& path, size_t loaded_by) {
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return false;
    FileBytes file(fd);
    ElfImage library(&file, path);
    if (library.ReadHeaders() || library.ReadDynamic()) return false;
    const StartFindings shown = FindStart(library);
    findings_.needs_libc |= shown.needs_libc;
    findings_.imports_start_main |= shown.imports_start_main;
    Add(library, DirectoryOf(path), loaded_by);
    opened_.push_back(path);
    return true;
  }

  StartFindings findings_;
  const std::string library_path_;
  std::vector<Loader> loaders_;
  std::vector<Need> needs_;
  std::vector<std::string> opened_;
};

// Where the loader finds all that a program needs without being told where.
bool IsAllOfSystem(const ElfImage& program, const LibraryPaths& paths) {
  const auto is_set = [](const char* value) {
    return value != nullptr && *value != '\0';
  };
  if (is_set(paths.library_path) || is_set(paths.preload)) return false;
  if (!program.rpath().empty() || !program.runpath().empty()) return false;
  return std::all_of(program.needed().begin(), program.needed().end(),
                     [](const std::string& name) {
                       return name.find('/') == name.npos &&
                              std::any_of(
                                  std::begin(kSystemDirectories),
                                  std::end(kSystemDirectories),
                                  [&name](const char* directory) {
                                    const std::string path =
                                        std::string(directory) + '/' + name;
                                    return access(path.c_str(), F_OK) == 0;
                                  });
                     });
}

}  // namespace

StartFindings FindStart(const ElfImage& program) {
  const auto& needed = program.needed();
  return {
      .needs_libc =
          std::find(needed.begin(), needed.end(), kLibc) != needed.end(),
      .imports_start_main = program.start_main() == StartMain::kImported,
  };
}

StartFindings FindStartWithLibraries(const ElfImage& program,
                                     const std::string& path,
                                     const LibraryPaths& paths) {
  Search search(FindStart(program), paths);
  search.Add(program, OriginOf(path), std::nullopt);
  return search.Run();
}

std::vector<std::string> FindStrayLibraries(const ElfImage& program,
                                            const std::string& path,
                                            const LibraryPaths& paths) {
  if (IsAllOfSystem(program, paths)) return {};
  std::vector<std::string> libraries =
      FindNeededLibraries(program, path, paths);
  std::erase_if(libraries, IsOfSystem);
  return libraries;
}

bool IsOfSystem(std::string_view path) {
  for (const char* top : {"/usr/", "/lib/", "/lib32/", "/lib64/", "/libx32/"}) {
    if (path.starts_with(top)) return path.find("/../") == path.npos;
  }
  return false;
}

std::vector<std::string> FindNeededLibraries(const ElfImage& program,
                                             const std::string& path,
                                             const LibraryPaths& paths) {
  Search search({}, paths);
  search.Add(program, OriginOf(path), std::nullopt);
  if (paths.preload != nullptr) search.AddPreloaded(paths.preload);
  return search.RunForAll();
}

}  // namespace cellblock
