// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/path_grants.h"

#include <unistd.h>

#include "tools/jailrun/readable_paths.h"

namespace cellblock {

PathGrants GrantPaths(const Options& options, const Program& program,
                      const std::string& runtime, const std::string& home) {
  PathGrants grants;
  grants.named = NamedPaths(options.command, home);
  const auto grant = [&grants](const std::string& path) {
    grants.all.push_back({path, PathAccess::kRead, Presence::kOptional});
  };
  for (const char* path : SystemPaths()) grant(path);
  for (const char* file : OwnProcessFiles()) {
    grant(std::string("/proc/self/") + file);
  }
  grant(program.path);
  if (!program.script.empty()) grant(program.script);
  grant(runtime);
  for (const std::string& path : program.interpreters) grant(path);
  for (const std::string& path : program.stray_libraries) grant(path);
  std::vector<int> descriptors = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  descriptors.insert(descriptors.end(), options.passed_fds.begin(),
                     options.passed_fds.end());
  for (const std::string& path : HeldPaths(descriptors)) grant(path);
  for (const std::string& path : grants.named) grant(path);
  for (const std::string& path : options.readable) {
    grants.all.push_back({path, PathAccess::kRead, Presence::kRequired});
  }
  for (const std::string& path : options.writable) {
    grants.all.push_back({path, PathAccess::kReadWrite, Presence::kRequired});
  }
  // Without --rw no open to write gets as far as this.
  if (!options.writable.empty()) {
    grants.all.push_back({"/dev/null", PathAccess::kNull, Presence::kOptional});
  }
  return grants;
}

}  // namespace cellblock
