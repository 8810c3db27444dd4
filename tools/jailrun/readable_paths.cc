// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/readable_paths.h"

#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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
    // Of libraries, interpreters and tools: how this machine has them, no
    // secrets.
    "/etc/ImageMagick-6",
    "/etc/ImageMagick-7",
    "/etc/catdocrc",
    "/etc/fonts",
    "/etc/gai.conf",
    "/etc/ghostscript",
    "/etc/groff",
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
    "/etc/tidy.conf",
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

// `path` is a symbolic link to `resolved`, outside of its own directory.
bool LeadsOut(std::string path, const std::string& resolved) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  struct stat status;
  if (lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) {
    return false;
  }
  const std::optional<std::string> directory = Resolved(DirectoryOf(path));
  return !directory || !IsWithin(resolved, *directory);
}

bool CanBeNamed(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 &&
         (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) ||
          S_ISFIFO(status.st_mode));
}

}  // namespace

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool IsWithin(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

bool IsTooMuch(const std::string& path, const std::string& home) {
  return path == "/" || path == "/dev" || path == "/proc" || path == "/sys" ||
         (!home.empty() && IsWithin(home, path));
}

std::span<const char* const> SystemPaths() { return kSystemPaths; }

std::span<const char* const> OwnProcessFiles() { return kOwnProcessFiles; }

std::vector<std::string> NamedPaths(std::span<const std::string> command,
                                    const std::string& home) {
  std::vector<std::string> named;
  std::unordered_set<std::string> known;
  const auto add = [&](const std::string& path) {
    if (path.empty() || !CanBeNamed(path)) return;
    const std::optional<std::string> resolved = Resolved(path);
    if (!resolved || IsTooMuch(*resolved, home)) return;
    if (LeadsOut(path, *resolved)) return;
    if (known.insert(path).second) named.push_back(path);
  };
  for (const std::string& word : command.subspan(command.empty() ? 0 : 1)) {
    add(word);
    // In the name of a file that is there, an equals sign divides nothing: who
    // chooses names of files must not choose others by them.
    struct stat status;
    if (lstat(word.c_str(), &status) == 0) continue;
    const size_t equals = word.find('=');
    if (equals != word.npos) add(word.substr(equals + 1));
  }
  return named;
}

std::string HomeDirectory() {
  const char* const home = getenv("HOME");
  if (home != nullptr && *home != '\0') return Resolved(home).value_or("");
  // Not getpwuid(3): that loads libraries, which a static program may not.
  std::string found;
  FILE* const users = fopen("/etc/passwd", "re");
  if (users == nullptr) return found;
  while (const passwd* user = fgetpwent(users)) {
    if (user->pw_uid != getuid()) continue;
    found = Resolved(user->pw_dir).value_or("");
    break;
  }
  fclose(users);
  return found;
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
  if (!resolved) resolved = Resolved(DirectoryOf(path));
  return resolved && std::any_of(granted.begin(), granted.end(),
                                 [&resolved](const std::string& grant) {
                                   const std::optional<std::string> root =
                                       Resolved(grant);
                                   return root && IsWithin(*resolved, *root);
                                 });
}

}  // namespace cellblock
