// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tools/jailrun/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/jailrun/elf_check.h"
#include "tools/jailrun/env_command.h"
#include "tools/jailrun/file_bytes.h"
#include "tools/jailrun/needed_libraries.h"
#include "tools/jailrun/program_search.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/shebang.h"

namespace cellblock {
namespace {

constexpr size_t kMaxInterpreters = 5;  // the kernel's, then ELOOP

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

// Looks into one file of the chain. `*shebang` is set iff it is a script.
std::optional<Refusal> Inspect(int fd, const std::string& path, mode_t mode,
                               const LibraryPaths& paths,
                               std::optional<Shebang>* shebang,
                               std::vector<std::string>* strays) {
  FileBytes file(fd);
  char head[kShebangBytes];
  const size_t size = file.ReadSome(0, head, sizeof(head));
  *shebang = ParseShebang({head, size});
  if (*shebang) return std::nullopt;
  if (size < SELFMAG || memcmp(head, ELFMAG, SELFMAG) != 0) {
    return UnknownFormat(path, size);
  }
  if (auto refusal = CheckPrivileges(fd, path, mode)) return refusal;
  return CheckElf(&file, path, paths, strays);
}

std::optional<Refusal> OpenAndInspect(const std::string& path, mode_t mode,
                                      const LibraryPaths& paths,
                                      std::optional<Shebang>* shebang,
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
                   "is.",
                   error};
  }
  auto refusal = Inspect(fd, path, mode, paths, shebang, strays);
  close(fd);
  return refusal;
}

// Follows one invocation to the ELF file that it runs.
class Chain {
 public:
  Chain(const Invocation& asked, Program* program)
      : environment_(*asked.environment), program_(*program) {
    program_ = {};
    program_.arguments.assign(asked.command.begin(), asked.command.end());
  }

  std::optional<Refusal> Find(const char* path_env) {
    auto refusal = Start(path_env);
    if (refusal && !program_.interpreters.empty()) {
      refusal->reason = Quoted(program_.script) + " is a script for " +
                        Quoted(program_.confined_path()) + ": " +
                        refusal->reason;
    }
    return refusal;
  }

 private:
  std::optional<Refusal> Start(const char* path_env) {
    if (auto refusal =
            Locate(program_.arguments[0], path_env, &program_.path, &target_)) {
      return refusal;
    }
    for (size_t starts = 0; starts <= kMaxInterpreters; ++starts) {
      if (auto refusal = FollowInterpreters()) return refusal;
      if (!leads_to_env_) return std::nullopt;
      if (auto refusal = StartByEnv()) return refusal;
    }
    return TooMany();
  }

  Refusal TooMany() const {
    return {ExitCode::kNotExecutable,
            Quoted(program_.script) + " cannot be executed: more than " +
                std::to_string(kMaxInterpreters) +
                " interpreters follow one another",
            "Name a program, not a script, in its #! line."};
  }

  LibraryPaths Libraries() const {
    return {.library_path = environment_.Last("LD_LIBRARY_PATH"),
            .preload = environment_.Last("LD_PRELOAD")};
  }

  // As the kernel does for one execve. `words_` are then what it gives the last
  // interpreter.
  std::optional<Refusal> FollowInterpreters() {
    leads_to_env_ = false;
    words_ = program_.arguments;
    std::string path = program_.path;
    for (size_t followed = 0;; ++followed) {
      std::optional<Shebang> shebang;
      if (auto refusal = OpenAndInspect(path, target_.mode, Libraries(),
                                        &shebang, &program_.stray_libraries)) {
        return refusal;
      }
      if (!shebang) return std::nullopt;
      if (program_.script.empty()) program_.script = path;
      if (followed == kMaxInterpreters) return TooMany();
      target_ = Examine(shebang->interpreter);
      if (target_.error != 0) {
        return BadInterpreter(path, shebang->interpreter, target_);
      }
      program_.interpreters.push_back(shebang->interpreter);
      words_[0] = std::move(path);
      if (shebang->argument) words_.insert(words_.begin(), *shebang->argument);
      path = shebang->interpreter;
      leads_to_env_ = IsEnv(path);
      if (leads_to_env_) return std::nullopt;
      words_.insert(words_.begin(), path);
    }
  }

  std::optional<Refusal> StartByEnv() {
    EnvCommand command;
    const auto lookup = [this](const std::string& name) {
      return environment_.First(name);
    };
    const bool one_word = words_[0].find(' ') != std::string::npos;
    if (std::string error = ParseEnvCommand(words_, lookup, &command);
        !error.empty()) {
      return Refusal{ExitCode::kSetupFailed,
                     "what it asks of env is not understood: " + error,
                     "Name the interpreter: jailrun INTERPRETER " +
                         Quoted(program_.script) + "."};
    }
    if (command.start == EnvStart::kCleared) environment_.Clear();
    for (const std::string& name : command.unset) environment_.Remove(name);
    for (std::string& entry : command.set) environment_.Set(std::move(entry));
    program_.arguments = std::move(command.arguments);
    auto refusal = Locate(program_.arguments[0], environment_.First("PATH"),
                          &program_.path, &target_);
    if (refusal && refusal->code == ExitCode::kNotFound && one_word) {
      refusal->advice =
          "The kernel passes the rest of a #! line as one word; env -S splits "
          "it.";
    }
    if (!refusal) program_.interpreters.push_back(program_.path);
    return refusal;
  }

  ChosenEnvironment& environment_;
  Program& program_;
  Target target_;
  std::vector<std::string> words_;
  bool leads_to_env_ = false;
};

}  // namespace

std::optional<Refusal> FindProgram(const Invocation& asked, Program* program) {
  return Chain(asked, program).Find(asked.path);
}

}  // namespace cellblock
