// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/preparation.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "tools/jailrun/readable_paths.h"

extern char** environ;

namespace cellblock {

Preparation::Preparation(const Options& the_options)
    : options(the_options), environment(environ, the_options) {}

LibraryPaths Preparation::library_paths() const {
  return {.library_path = environment.Last("LD_LIBRARY_PATH"),
          .preload = environment.Last("LD_PRELOAD")};
}

// An interpreter's own words come first.
std::vector<std::string> Preparation::ArgumentsFor(
    const std::vector<std::string>& command) const {
  std::vector<std::string> arguments = program.arguments;
  const size_t given = std::min(command.size() - 1, arguments.size());
  std::copy_backward(command.end() - static_cast<ptrdiff_t>(given),
                     command.end(), arguments.end());
  return arguments;
}

bool Preparation::Allows(uint32_t call) const {
  return policy.policy().Decide({.number = call, .args = {}}, 0).action ==
         Action::kAllow;
}

std::optional<Refusal> Preparation::Make() {
  const std::string& directory = options.directory;
  if (!directory.empty() && chdir(directory.c_str()) != 0) {
    return Refusal{.reason = WithErrno("--chdir=" + directory, errno),
                   .advice = "name a directory that you may enter"};
  }
  if (std::string error = policy.Build(options); !error.empty()) {
    return Refusal{.reason = error};
  }
  starts_threads = policy.StartsThreads();
  Program found;
  if (auto refusal = FindProgram({.command = options.command,
                                  .path = getenv("PATH"),
                                  .environment = &environment},
                                 &found)) {
    return refusal;
  }
  program = std::move(found);
  if (auto refusal = FindLibraries(options.loads, library_paths(), &loads)) {
    return refusal;
  }
  program.stray_libraries.insert(program.stray_libraries.end(),
                                 loads.strays.begin(), loads.strays.end());
  if (auto refusal = FindLimits(options, &limits)) return refusal;
  home = HomeDirectory();
  return runtime.Find();
}

}  // namespace cellblock
