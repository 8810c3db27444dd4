// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tests/tools/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace cellblock {
namespace {

void Require(bool done, const char* what, const std::string& path) {
  if (done) return;
  fprintf(stderr, "cannot %s %s: %s\n", what, path.c_str(), strerror(errno));
  abort();
}

}  // namespace

ScratchDirectory::ScratchDirectory() {
  const char* parent = getenv("TEST_TMPDIR");
  if (parent == nullptr) parent = getenv("TMPDIR");
  if (parent == nullptr) parent = "/tmp";
  path_ = std::string(parent) + "/scratch.XXXXXX";
  Require(mkdtemp(path_.data()) != nullptr, "make", path_);
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ReadFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  Require(fd >= 0, "open", path);
  std::string bytes;
  char chunk[65536];
  ssize_t got;
  while ((got = read(fd, chunk, sizeof(chunk))) > 0) {
    bytes.append(chunk, static_cast<size_t>(got));
  }
  Require(got == 0, "read", path);
  close(fd);
  return bytes;
}

void WriteFile(const std::string& path, std::string_view bytes, mode_t mode) {
  const int fd =
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  Require(fd >= 0, "create", path);
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    Require(written > 0, "write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  // Not at creation: the umask would have its part in it, and writing clears
  // the setuid bit.
  Require(fchmod(fd, mode) == 0, "change the mode of", path);
  close(fd);
}

void MakeDirectory(const std::string& path, mode_t mode) {
  Require(mkdir(path.c_str(), 0755) == 0 && chmod(path.c_str(), mode) == 0,
          "make", path);
}

std::string Fixture(std::string_view name) {
  const std::string path = "tests/tools/" + std::string(name);
  char resolved[PATH_MAX];
  Require(realpath(path.c_str(), resolved) != nullptr, "find", path);
  return resolved;
}

int ExecError(const std::string& path) {
  std::string name = path;
  char* const argv[] = {name.data(), nullptr};
  posix_spawn_file_actions_t silence;
  posix_spawn_file_actions_init(&silence);
  for (int fd = 0; fd <= 2; ++fd) {
    posix_spawn_file_actions_addopen(&silence, fd, "/dev/null", O_RDWR, 0);
  }
  pid_t pid;
  const int error =
      posix_spawn(&pid, path.c_str(), &silence, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&silence);
  if (error != 0) return error;
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  return 0;
}

}  // namespace cellblock
