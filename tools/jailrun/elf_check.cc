// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/elf_check.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "tools/jailrun/elf_image.h"
#include "tools/jailrun/file_bytes.h"
#include "tools/jailrun/needed_libraries.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

constexpr char kWrapAdvice[] =
    "Link it dynamically against the system's C library, or wrap the code "
    "that reads the untrusted input with the jail API.";

bool SameFile(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

Refusal NoLoader(const ElfImage& image, const std::string& path) {
  struct stat program, loader;
  if (stat(path.c_str(), &program) == 0 && stat(kSystemLoader, &loader) == 0 &&
      SameFile(program, loader)) {
    return {ExitCode::kSetupFailed,
            Quoted(path) + " is the system's loader, not a program",
            "Name the program itself."};
  }
  return {ExitCode::kSetupFailed,
          Quoted(path) + " is statically linked" +
              (image.position_independent()
                   ? " (static-pie), or a shared library and no program"
                   : "") +
              ": the runtime cannot be preloaded into it",
          kWrapAdvice};
}

std::optional<Refusal> CheckLoader(const std::string& loader,
                                   const std::string& path) {
  struct stat named, system;
  const bool by_name = loader == kSystemLoader;
  if (by_name ? access(kSystemLoader, F_OK) != 0
              : stat(loader.c_str(), &named) != 0) {
    return Refusal{ExitCode::kNotExecutable,
                   Quoted(path) + " needs the loader " + Quoted(loader) +
                       ", which cannot be opened: " + strerror(errno),
                   "Install the C library that the program was linked for."};
  }
  if (by_name ||
      (stat(kSystemLoader, &system) == 0 && SameFile(named, system))) {
    return std::nullopt;
  }
  return Refusal{ExitCode::kSetupFailed,
                 Quoted(path) + " uses the loader " + Quoted(loader) +
                     ", of another C library (musl, or a second glibc): "
                     "jailrun preloads through " +
                     kSystemLoader + " only",
                 "Use a build of the program for the system's C library."};
}

}  // namespace

std::optional<Refusal> CheckElf(FileBytes* file, const std::string& path,
                                const LibraryPaths& paths,
                                std::vector<std::string>* strays) {
  ElfImage image(file, path);
  if (auto refusal = image.ReadHeaders()) return refusal;
  if (!image.has_interpreter()) return NoLoader(image, path);
  if (auto refusal = CheckLoader(image.interpreter(), path)) return refusal;
  if (auto refusal = image.ReadDynamic()) return refusal;
  if (image.start_main() == StartMain::kOwn) {
    return Refusal{ExitCode::kSetupFailed,
                   Quoted(path) +
                       " has a __libc_start_main of its own: it would not "
                       "start through the jail's",
                   kWrapAdvice};
  }
  StartFindings found = FindStart(image);
  if (!found.complete()) {
    found = FindStartWithLibraries(image, path, paths);
  }
  if (!found.needs_libc) {
    return Refusal{ExitCode::kSetupFailed,
                   Quoted(path) + " does not need libc.so.6, nor does a " +
                       "library it needs: there is no malloc to serve and no "
                       "start to hook",
                   kWrapAdvice};
  }
  if (!found.imports_start_main) {
    return Refusal{ExitCode::kSetupFailed,
                   Quoted(path) +
                       " never calls __libc_start_main (so start programs of "
                       "Go's own linker, and those linked with "
                       "-nostartfiles): it would run unlocked",
                   kWrapAdvice};
  }
  if (strays != nullptr) *strays = FindStrayLibraries(image, path, paths);
  return std::nullopt;
}

std::optional<Refusal> CheckElf(int fd, const std::string& path,
                                const LibraryPaths& paths,
                                std::vector<std::string>* strays) {
  FileBytes file(fd);
  return CheckElf(&file, path, paths, strays);
}

}  // namespace cellblock
