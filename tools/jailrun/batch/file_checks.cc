// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/file_checks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "tools/jailrun/batch/collisions.h"
#include "tools/jailrun/batch/command_template.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

// As it is found from where the batch was started.
std::string PathOfInput(const BatchOptions& options, const std::string& input) {
  const std::string& directory = options.jail.directory;
  if (directory.empty() || input.starts_with('/')) return input;
  return directory + "/" + input;
}

// As it is where there is none. That one is in a directory says the kernel,
// also where its path may not be searched.
std::string RealPath(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real =
      path == "." ? std::filesystem::current_path(error)
                  : std::filesystem::canonical(path, error);
  return error ? path : real.string();
}

bool MayWrite(int fd, const std::string& path) {
  const int flags = fcntl(fd, F_GETFL);
  struct stat open;
  struct stat there;
  return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY &&
         fstat(fd, &open) == 0 && stat(path.c_str(), &there) == 0 &&
         open.st_dev == there.st_dev && open.st_ino == there.st_ino;
}

// Of what standard output goes to, too; empty iff that is no file.
std::string JournalPath(const BatchOptions& options) {
  if (!options.journal.empty()) return options.journal;
  struct stat status;
  if (fstat(STDOUT_FILENO, &status) != 0 || !S_ISREG(status.st_mode)) return {};
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/fd/1", error).string();
}

std::string CheckNames(const BatchOptions& options,
                       const std::vector<std::string>& inputs) {
  if (options.quarantine.empty() || options.separator != '\n') return {};
  for (const std::string& input : inputs) {
    if (input.find('\n') == input.npos) continue;
    return "--quarantine: the name of the input " + Quoted(input) +
           " has a line end in it: add --null";
  }
  return {};
}

// What a program may write, it may forge.
std::string CheckCover(const BatchOptions& options) {
  std::vector<std::string> writable;
  for (const std::string& path : options.jail.writable) {
    writable.push_back(PathOfInput(options, path));
  }
  const auto check = [&](const std::string& path, const char* what) {
    if (path.empty()) return std::string();
    const std::string could = std::string(": the programs could write ") +
                              what + " " + Quoted(path) + "; ";
    for (const int fd : options.jail.passed_fds) {
      if (MayWrite(fd, path)) {
        return "--pass-fd=" + std::to_string(fd) + could + "leave that out";
      }
    }
    if (writable.empty()) return std::string();
    const auto found = Covering(path, writable);
    if (!found) return std::string();
    return "--rw=" + *found + could + "put it elsewhere";
  };
  std::string error = check(JournalPath(options), "the journal");
  if (error.empty()) error = check(options.quarantine, "the quarantine list");
  return error;
}

std::string CheckCollisions(const BatchOptions& options,
                            const std::vector<std::string>& inputs) {
  Collisions files;
  for (const std::string& input : inputs) {
    files.AddInput(PathOfInput(options, input), input);
  }
  if (const std::string journal = JournalPath(options); !journal.empty()) {
    if (std::string error = files.AddList(journal, "the journal");
        !error.empty()) {
      const bool is_stream = options.journal.empty();
      return (is_stream ? "standard output: " : "--journal=" + journal + ": ") +
             error;
    }
  }
  if (!options.quarantine.empty()) {
    if (std::string error =
            files.AddList(options.quarantine, "the quarantine list");
        !error.empty()) {
      return "--quarantine=" + options.quarantine + ": " + error;
    }
  }
  if (options.output.empty()) return {};
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (std::string error =
            files.AddOutput(FillIn(options.output, inputs[i]), inputs[i]);
        !error.empty()) {
      return "--output=" + options.output + ": " + error;
    }
  }
  return {};
}

}  // namespace

std::string CheckFiles(const BatchOptions& options,
                       const std::vector<std::string>& inputs) {
  std::string error = CheckNames(options, inputs);
  if (error.empty()) error = CheckCover(options);
  return error.empty() ? CheckCollisions(options, inputs) : error;
}

BatchIdentity IdentityOf(const BatchOptions& options) {
  return {.command = options.command_text,
          .output = options.output,
          .directory = RealPath(PathOfInput(options, ".")),
          .started_in = RealPath(".")};
}

}  // namespace cellblock
