// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/learn/file_calls.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>
#include <optional>

namespace cellblock {
namespace {

constexpr int kNone = -1;

// Where a call has its paths: an argument, and the one of the directory that
// it starts in.
struct PathPlace {
  int path = kNone;
  int directory = kNone;
};

struct OpenCall {
  uint32_t number;
  PathPlace place;
  int flags;  // the argument; or kNone
};

constexpr OpenCall kOpens[] = {
    {SYS_open, {0}, 1},
    {SYS_creat, {0}, kNone},
    {SYS_openat, {1, 0}, 2},
    {SYS_openat2, {1, 0}, kNone},
};

struct ChangeCall {
  uint32_t number;
  FileUse use;
  PathPlace places[2];
};

constexpr ChangeCall kChanges[] = {
    {SYS_truncate, FileUse::kWrite, {{0}}},
    {SYS_mkdir, FileUse::kCreate, {{0}}},
    {SYS_mkdirat, FileUse::kCreate, {{1, 0}}},
    {SYS_rmdir, FileUse::kCreate, {{0}}},
    {SYS_unlink, FileUse::kCreate, {{0}}},
    {SYS_unlinkat, FileUse::kCreate, {{1, 0}}},
    {SYS_rename, FileUse::kCreate, {{0}, {1}}},
    {SYS_renameat, FileUse::kCreate, {{1, 0}, {3, 2}}},
    {SYS_renameat2, FileUse::kCreate, {{1, 0}, {3, 2}}},
    {SYS_link, FileUse::kCreate, {{0}, {1}}},
    {SYS_linkat, FileUse::kCreate, {{1, 0}, {3, 2}}},
    {SYS_symlink, FileUse::kCreate, {{1}}},
    {SYS_symlinkat, FileUse::kCreate, {{2, 1}}},
};

std::string ReadLink(const std::string& link) {
  char target[PATH_MAX];
  const ssize_t length = readlink(link.c_str(), target, sizeof(target));
  return length <= 0 ? "" : std::string(target, static_cast<size_t>(length));
}

std::string ProcPath(pid_t thread, const std::string& rest) {
  return "/proc/" + std::to_string(thread) + "/" + rest;
}

// The path that a call names, from the root on, its links followed but for its
// own last part. Empty iff it cannot be told.
std::string Resolve(pid_t thread, const SyscallRequest& request,
                    const PathPlace& place, const MemoryReader& memory) {
  const std::optional<RemoteText> text =
      ReadText(memory, request.args[place.path], PATH_MAX);
  if (!text || !text->ended) return {};
  std::string path = text->text;
  if (path.empty()) return {};
  if (path[0] != '/') {
    const int directory = place.directory == kNone
                              ? AT_FDCWD
                              : static_cast<int>(request.args[place.directory]);
    const std::string base = directory == AT_FDCWD
                                 ? ReadLink(ProcPath(thread, "cwd"))
                                 : PathOfDescriptor(thread, directory);
    if (base.empty()) return {};
    path = base + "/" + path;
  }
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const size_t slash = path.rfind('/');
  const std::string parent = slash == 0 ? "/" : path.substr(0, slash);
  const std::unique_ptr<char, decltype(&free)> real(
      realpath(parent.c_str(), nullptr), &free);
  if (real == nullptr) return {};
  const std::string base = real.get();
  return (base == "/" ? "" : base) + path.substr(slash);
}

bool Exists(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0;
}

uint64_t FlagsOf(const OpenCall& call, const SyscallRequest& request,
                 const MemoryReader& memory) {
  if (call.flags != kNone) return request.args[call.flags];
  if (call.number == SYS_creat) return O_CREAT | O_WRONLY | O_TRUNC;
  // The first word of struct open_how.
  return memory.Get<uint64_t>(request.args[2]).value_or(0);
}

}  // namespace

FileCall LookAtFileCall(pid_t thread, const SyscallRequest& request,
                        const MemoryReader& memory) {
  FileCall seen;
  for (const OpenCall& call : kOpens) {
    if (call.number != request.number) continue;
    seen.opens = true;
    seen.flags = FlagsOf(call, request, memory);
    if ((seen.flags & O_TMPFILE) == O_TMPFILE) {
      seen.creates = true;
    } else if ((seen.flags & O_CREAT) != 0) {
      const std::string path = Resolve(thread, request, call.place, memory);
      seen.creates = !path.empty() && !Exists(path);
    }
    return seen;
  }
  for (const ChangeCall& call : kChanges) {
    if (call.number != request.number) continue;
    for (const PathPlace& place : call.places) {
      if (place.path == kNone) continue;
      std::string path = Resolve(thread, request, place, memory);
      if (!path.empty()) seen.files.push_back({std::move(path), call.use});
    }
  }
  return seen;
}

bool OpenedFile(pid_t thread, int fd, const FileCall& call, SeenFile* file) {
  if ((call.flags & O_PATH) != 0) return false;
  file->path = PathOfDescriptor(thread, fd);
  if (file->path.empty()) return false;
  const bool writes = (call.flags & O_ACCMODE) != O_RDONLY ||
                      (call.flags & (O_CREAT | O_TRUNC)) != 0;
  struct stat status;
  const bool directory =
      stat(file->path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  file->use = call.creates ? FileUse::kCreate
              : writes     ? FileUse::kWrite
              : directory  ? FileUse::kList
                           : FileUse::kRead;
  return true;
}

std::string PathOfDescriptor(pid_t thread, int fd) {
  std::string path = ReadLink(ProcPath(thread, "fd/" + std::to_string(fd)));
  if (path.empty() || path[0] != '/') return {};  // a pipe, a socket
  constexpr std::string_view kDeleted = " (deleted)";
  if (path.ends_with(kDeleted)) path.resize(path.size() - kDeleted.size());
  return path;
}

}  // namespace cellblock
