// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/readable_paths.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>

namespace cellblock {
namespace {

constexpr const char* kSystemPaths[] = {
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/dev/null",
    "/dev/random",
    "/dev/urandom",
    "/dev/zero",
    // Of the loader.
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    // Of libc: names, time, hosts.
    "/etc/group",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/localtime",
    "/etc/locale.alias",
    "/etc/networks",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/protocols",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/timezone",
    // Of libraries and interpreters: how this machine has them, no secrets.
    "/etc/ImageMagick-6",
    "/etc/ImageMagick-7",
    "/etc/fonts",
    "/etc/gai.conf",
    "/etc/ghostscript",
    "/etc/inputrc",
    "/etc/lsb-release",
    "/etc/magic",
    "/etc/mime.types",
    "/etc/os-release",
    "/etc/papersize",
    "/etc/perl",
    "/etc/python3",
    "/etc/python3.11",
    "/etc/sensors3.conf",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/terminfo",
    "/etc/texmf",
    "/etc/xml",
    "/var/cache/fontconfig",
    "/var/lib/ghostscript",
    "/var/lib/texmf",
    // What the kernel says of the machine.
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
};

constexpr const char* kOwnProcessFiles[] = {
    "auxv", "cmdline", "fd", "maps", "stat", "statm", "status",
};

std::optional<std::string> Resolved(const std::string& path) {
  char resolved[PATH_MAX];
  if (realpath(path.c_str(), resolved) == nullptr) return {};
  return resolved;
}

bool IsOrIsBelow(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

// `path` is resolved.
bool IsTooMuch(const std::string& path, const std::string& home) {
  return path == "/" || path == "/dev" || path == "/proc" || path == "/sys" ||
         (!home.empty() && IsOrIsBelow(home, path));
}

bool CanBeNamed(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 &&
         (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) ||
          S_ISFIFO(status.st_mode));
}

}  // namespace

std::span<const char* const> SystemPaths() { return kSystemPaths; }

std::span<const char* const> OwnProcessFiles() { return kOwnProcessFiles; }

std::vector<std::string> NamedPaths(std::span<const std::string> command,
                                    const char* home) {
  const std::string resolved_home =
      home == nullptr || *home == '\0' ? "" : Resolved(home).value_or("");
  std::vector<std::string> named;
  std::unordered_set<std::string> known;
  const auto add = [&](const std::string& path) {
    if (path.empty() || !CanBeNamed(path)) return;
    const std::optional<std::string> resolved = Resolved(path);
    if (!resolved || IsTooMuch(*resolved, resolved_home)) return;
    if (known.insert(path).second) named.push_back(path);
  };
  for (const std::string& word : command.subspan(command.empty() ? 0 : 1)) {
    add(word);
    const size_t equals = word.find('=');
    if (equals != word.npos) add(word.substr(equals + 1));
  }
  return named;
}

std::vector<std::string> HeldPaths(std::span<const int> descriptors) {
  std::vector<std::string> held;
  for (const int fd : descriptors) {
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_PATH) != 0) continue;
    if ((flags & O_ACCMODE) == O_WRONLY) continue;
    held.push_back("/proc/self/fd/" + std::to_string(fd));
  }
  return held;
}

bool IsReadable(std::span<const std::string> granted, const std::string& path) {
  std::optional<std::string> resolved = Resolved(path);
  if (!resolved) {
    const size_t slash = path.rfind('/');
    resolved = Resolved(slash == path.npos ? "."
                        : slash == 0       ? "/"
                                           : path.substr(0, slash));
  }
  return resolved && std::any_of(granted.begin(), granted.end(),
                                 [&resolved](const std::string& grant) {
                                   const std::optional<std::string> root =
                                       Resolved(grant);
                                   return root && IsOrIsBelow(*resolved, *root);
                                 });
}

}  // namespace cellblock
