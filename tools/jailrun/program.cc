// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tools/jailrun/elf_check.h"
#include "tools/jailrun/file_bytes.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/shebang.h"

namespace cellblock {
namespace {

constexpr char kDefaultPath[] =
    "/bin:/usr/bin";                    // execvp's when PATH is unset.
constexpr size_t kMaxInterpreters = 5;  // The kernel's, then ELOOP.

// What execve would make of a path, as far as names and modes decide.
struct Target {
  int error = 0;           // An errno value; 0 iff the kernel may execute it.
  std::string_view fault;  // Why, where errno alone would not say.
  mode_t mode = 0;

  [[nodiscard]] std::string Why() const {
    return fault.empty() ? strerror(error) : std::string(fault);
  }
};

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

// The kernel sets AT_SECURE for these and the loader then drops LD_PRELOAD.
std::optional<Refusal> CheckPrivileges(int fd, const std::string& path,
                                       mode_t mode) {
  const char* privilege = nullptr;
  if ((mode & S_ISUID) != 0) {
    privilege = "is setuid";
  } else if ((mode & S_ISGID) != 0 && (mode & S_IXGRP) != 0) {
    privilege = "is setgid";
  } else if (fd >= 0 &&
             (fgetxattr(fd, "security.capability", nullptr, 0) >= 0 ||
              (errno != ENODATA && errno != ENOTSUP && errno != ENOSYS))) {
    privilege = "has file capabilities";
  }
  if (privilege == nullptr) return std::nullopt;
  return Refusal{
      ExitCode::kSetupFailed,
      Quoted(path) + ' ' + privilege +
          ": the loader preloads nothing into such a program",
      "Run a copy, which has not the privilege: cp " + Quoted(path) + " ."};
}

Refusal UnknownFormat(const std::string& path, size_t size) {
  if (size == 0) {
    return {ExitCode::kNotExecutable, Quoted(path) + " is empty",
            "Build or install it again."};
  }
  return {ExitCode::kNotExecutable,
          Quoted(path) + " has an unknown format: neither ELF nor a script " +
              "with an interpreter after #!",
          "If it is a script, run its interpreter: jailrun sh " + Quoted(path)};
}

Refusal BadInterpreter(const std::string& script, const std::string& name,
                       const Target& target) {
  const bool dos_line = !name.empty() && name.back() == '\r';
  return {ExitCode::kNotExecutable,
          Quoted(script) + " is a script for " + Quoted(name) +
              ", which cannot be executed: " + target.Why(),
          dos_line ? "Its lines end as on DOS: convert them (dos2unix), or run "
                     "its interpreter by name."
                   : "Install the interpreter, or correct the script's first "
                     "line."};
}

// Looks into one file of the chain. `*interpreter` is set iff it is a script.
std::optional<Refusal> Inspect(int fd, const std::string& path, mode_t mode,
                               const LibraryPaths& paths,
                               std::optional<std::string>* interpreter,
                               std::vector<std::string>* strays) {
  FileBytes file(fd);
  char head[kShebangBytes];
  const size_t size = file.ReadSome(0, head, sizeof(head));
  *interpreter = ShebangInterpreter({head, size});
  if (*interpreter) return std::nullopt;
  if (size < SELFMAG || memcmp(head, ELFMAG, SELFMAG) != 0) {
    return UnknownFormat(path, size);
  }
  if (auto refusal = CheckPrivileges(fd, path, mode)) return refusal;
  return CheckElf(&file, path, paths, strays);
}

std::optional<Refusal> OpenAndInspect(const std::string& path, mode_t mode,
                                      const LibraryPaths& paths,
                                      std::optional<std::string>* interpreter,
                                      std::vector<std::string>* strays) {
  // O_NONBLOCK, should a FIFO have taken the file's place.
  const int fd =
      open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) {
    const int error = errno;
    if (auto refusal = CheckPrivileges(fd, path, mode)) return refusal;
    return Refusal{ExitCode::kSetupFailed,
                   Quoted(path) + " cannot be read, and so not inspected: " +
                       strerror(error),
                   "Make it readable for you (chmod +r), or run a copy that "
                   "is."};
  }
  auto refusal = Inspect(fd, path, mode, paths, interpreter, strays);
  close(fd);
  return refusal;
}

std::optional<Refusal> FollowInterpreters(Target target,
                                          const LibraryPaths& paths,
                                          Program* program) {
  for (;;) {
    const std::string& path = program->confined_path();
    std::optional<std::string> interpreter;
    if (auto refusal = OpenAndInspect(path, target.mode, paths, &interpreter,
                                      &program->stray_libraries)) {
      return refusal;
    }
    if (!interpreter) return std::nullopt;
    if (program->interpreters.size() == kMaxInterpreters) {
      return Refusal{ExitCode::kNotExecutable,
                     Quoted(program->path) + " cannot be executed: more than " +
                         std::to_string(kMaxInterpreters) +
                         " interpreters follow one another",
                     "Name a program, not a script, in its #! line."};
    }
    target = Examine(*interpreter);
    if (target.error != 0) return BadInterpreter(path, *interpreter, target);
    program->interpreters.push_back(*std::move(interpreter));
  }
}

}  // namespace

std::optional<Refusal> FindProgram(std::string_view name,
                                   const SearchPaths& paths, Program* program) {
  *program = {};
  Target target;
  if (auto refusal = Locate(name, paths.path, &program->path, &target)) {
    return refusal;
  }
  auto refusal = FollowInterpreters(target, paths.libraries, program);
  if (refusal && !program->interpreters.empty()) {
    refusal->reason = Quoted(program->path) + " is a script for " +
                      Quoted(program->confined_path()) + ": " + refusal->reason;
  }
  return refusal;
}

}  // namespace cellblock
