// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/program_search.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

namespace cellblock {
namespace {

constexpr char kDefaultPath[] = "/bin:/usr/bin";  // execvp's, without a PATH

bool IsMissing(int error) {
  return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG;
}

Refusal CannotExecute(const std::string& path, const Target& target) {
  return {ExitCode::kNotExecutable,
          Quoted(path) + " cannot be executed: " + target.Why(),
          target.error == EACCES
              ? "If it is the program, give it the permission (chmod +x); else "
                "name the program's file."
              : "Correct the path to the program."};
}

Refusal NotInPath(std::string_view name) {
  const std::string here = "./" + std::string(name);
  const bool is_here = !name.empty() && access(here.c_str(), F_OK) == 0;
  return {ExitCode::kNotFound, Quoted(name) + " is in no directory of PATH",
          is_here ? "For the file in the current directory, say " +
                        Quoted(here) + "."
                  : "Check the name and PATH, or give the program's path."};
}

// Errors after which execvp goes on to the next directory.
bool TriesNext(int error) {
  return error == EACCES || error == ESTALE || error == ENODEV ||
         error == ETIMEDOUT || IsMissing(error);
}

std::optional<Refusal> SearchPath(std::string_view name, const char* path_env,
                                  std::string* path, Target* target) {
  if (name.empty()) return NotInPath(name);
  const std::string_view list = path_env == nullptr ? kDefaultPath : path_env;
  std::optional<Refusal> denied;
  for (size_t from = 0; from <= list.size();) {
    const size_t to = std::min(list.find(':', from), list.size());
    const std::string_view directory = list.substr(from, to - from);
    from = to + 1;
    // Never a bare name, which another search would not take for a path.
    path->assign(directory.empty() ? "." : directory);
    *path += '/';
    *path += name;
    *target = Examine(*path);
    if (target->error == 0) return std::nullopt;
    if (!TriesNext(target->error)) return CannotExecute(*path, *target);
    if (target->error == EACCES && !denied) {
      denied = CannotExecute(*path, *target);
    }
  }
  return denied ? denied : NotInPath(name);
}

}  // namespace

Target Examine(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return {errno, {}, 0};
  if (S_ISDIR(status.st_mode)) {
    return {EACCES, "it is a directory", 0};
  }
  if (!S_ISREG(status.st_mode)) {
    return {EACCES, "it is not a regular file", 0};
  }
  if (faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) != 0) {
    if (errno != EACCES) return {errno, {}, 0};
    const bool nobody = (status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0;
    return {EACCES,
            nobody ? "it has no execute permission"
                   : "its permissions or its file system do not let you "
                     "execute it",
            0};
  }
  return {0, {}, status.st_mode};
}

std::optional<Refusal> Locate(std::string_view name, const char* path_env,
                              std::string* path, Target* target) {
  if (name.find('/') == name.npos) {
    return SearchPath(name, path_env, path, target);
  }
  path->assign(name);
  *target = Examine(*path);
  if (target->error == 0) return std::nullopt;
  if (!IsMissing(target->error)) return CannotExecute(*path, *target);
  return Refusal{ExitCode::kNotFound, Quoted(name) + " is not there",
                 "Check the path to the program."};
}

}  // namespace cellblock
