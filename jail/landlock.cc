// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "jail/null_device.h"

// Access rights newer than Debian 12's header.
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

namespace cellblock {
namespace {

constexpr uint64_t kReadFile = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr uint64_t kRead = kReadFile | LANDLOCK_ACCESS_FS_READ_DIR;

constexpr uint64_t kWriteFile =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;

constexpr uint64_t kWrite =
    kWriteFile | LANDLOCK_ACCESS_FS_REMOVE_DIR |
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |
    LANDLOCK_ACCESS_FS_REFER;

// struct landlock_ruleset_attr of today.
struct Ruleset {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;
  uint64_t scoped;
};
constexpr uint64_t kScopeAbstractSockets = 1 << 0;
constexpr uint64_t kScopeSignals = 1 << 1;
constexpr int kScopeAbi = 6;

// The first ABIs that confine moving files between directories, and
// truncate(2), without which files outside the named paths could be emptied.
constexpr int kReferAbi = 2;
constexpr int kTruncateAbi = 3;

std::string Reason(const std::string& what, int error) {
  return what + ": " + strerror(error);
}

uint64_t RightsOf(PathAccess access, const struct stat& status) {
  const bool directory = S_ISDIR(status.st_mode);
  const uint64_t read = directory ? kRead : kReadFile;
  switch (access) {
    case PathAccess::kRead:
      return read;
    case PathAccess::kReadWrite:
      return read | (directory ? kWrite : kWriteFile);
    case PathAccess::kNull:
      return IsNullDevice(status) ? read | kWriteFile : read;
  }
  return 0;
}

// Also says what `fd` is. Async-signal-safe. Errors: errno.
int AddRule(int ruleset, int fd, const PathGrant& grant, struct stat* status) {
  if (fstat(fd, status) != 0) return errno;
  landlock_path_beneath_attr rule = {};
  rule.parent_fd = fd;
  rule.allowed_access = RightsOf(grant.access, *status);
  if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule,
              0) == 0) {
    return 0;
  }
  // A pipe, a socket, a memfd: no rule applies, so none is needed.
  if (errno == EBADFD && grant.presence == Presence::kOptional) return 0;
  return errno;
}

bool LiesInProc(int fd, const struct stat& status) {
  // What lies on a device is told from the rest without asking.
  if (major(status.st_dev) != 0) return false;
  struct statfs system;
  return fstatfs(fd, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

constexpr std::string_view kSelf = "/proc/self";
constexpr std::string_view kThreadSelf = "/proc/thread-self";

bool IsIn(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

bool IsOwnProcess(std::string_view path) {
  return IsIn(path, kSelf) || IsIn(path, kThreadSelf);
}

// "/proc/self/fd/7", and nothing that goes on from there.
bool IsOwnDescriptor(std::string_view path) {
  constexpr std::string_view kDescriptors = "/proc/self/fd/";
  return path.starts_with(kDescriptors) && path.size() > kDescriptors.size() &&
         path.find_first_not_of("0123456789", kDescriptors.size()) == path.npos;
}

// What a path of the own process is for another one, of one thread.
std::string FileOf(pid_t process, const std::string& path) {
  const std::string number = std::to_string(process);
  const std::string folder = "/proc/" + number;
  if (IsIn(path, kSelf)) return folder + path.substr(kSelf.size());
  return folder + "/task/" + number + path.substr(kThreadSelf.size());
}

}  // namespace

long LandlockAbi() {
  return syscall(SYS_landlock_create_ruleset, nullptr, 0,
                 LANDLOCK_CREATE_RULESET_VERSION);
}

FileConfinement::FileConfinement(FileConfinement&& other) noexcept {
  *this = std::move(other);
}

FileConfinement& FileConfinement::operator=(FileConfinement&& other) noexcept {
  std::swap(ruleset_, other.ruleset_);
  std::swap(own_process_, other.own_process_);
  std::swap(held_, other.held_);
  return *this;
}

FileConfinement::~FileConfinement() {
  if (ruleset_ >= 0) close(ruleset_);
  for (const int fd : held_) close(fd);
}

FileConfinement FileConfinement::Create(std::span<const PathGrant> grants,
                                        std::string* error) {
  const long abi = LandlockAbi();
  if (abi < 1) {
    *error = Reason("this kernel has no Landlock", errno);
    return {};
  }
  const bool writes = std::any_of(
      grants.begin(), grants.end(),
      [](const PathGrant& grant) { return grant.access != PathAccess::kRead; });
  if (abi < kTruncateAbi && writes) {
    *error = "this kernel's Landlock does not confine truncate(2)";
    return {};
  }
  Ruleset attributes = {};
  attributes.handled_access_fs = kRead | kWrite;
  if (abi < kTruncateAbi) {
    attributes.handled_access_fs &= ~LANDLOCK_ACCESS_FS_TRUNCATE;
  }
  if (abi < kReferAbi) {
    attributes.handled_access_fs &= ~LANDLOCK_ACCESS_FS_REFER;
  }
  size_t known = sizeof(attributes.handled_access_fs);
  if (abi >= kScopeAbi) {
    attributes.scoped = kScopeAbstractSockets | kScopeSignals;
    known = sizeof(attributes);
  }
  FileConfinement confinement;
  confinement.ruleset_ = static_cast<int>(
      syscall(SYS_landlock_create_ruleset, &attributes, known, 0));
  if (confinement.ruleset_ < 0) {
    *error = Reason("landlock_create_ruleset", errno);
    return {};
  }
  for (const PathGrant& grant : grants) {
    if (!confinement.Grant(grant, error)) return {};
  }
  return confinement;
}

bool FileConfinement::Grant(const PathGrant& grant, std::string* error) {
  if (IsOwnProcess(grant.path)) {
    own_process_.push_back(grant);
    return true;
  }
  const int fd = open(grant.path.c_str(), O_PATH | O_CLOEXEC);
  if (fd < 0) {
    if (grant.presence == Presence::kOptional) return true;
    *error = Reason(grant.path, errno);
    return false;
  }
  struct stat status;
  const int failure = AddRule(ruleset_, fd, grant, &status);
  if (failure == 0 && LiesInProc(fd, status)) {
    held_.push_back(fd);
    return true;
  }
  close(fd);
  if (failure == 0) return true;
  *error = Reason("landlock_add_rule for " + grant.path, failure);
  return false;
}

int FileConfinement::GrantOwnFilesOf(pid_t process) {
  for (const PathGrant& grant : own_process_) {
    const std::string path =
        IsOwnDescriptor(grant.path) ? grant.path : FileOf(process, grant.path);
    const int fd = open(path.c_str(), O_PATH | O_CLOEXEC);
    if (fd < 0 && grant.presence == Presence::kOptional) continue;
    struct stat status;
    const int error = fd < 0 ? errno : AddRule(ruleset_, fd, grant, &status);
    if (fd >= 0) held_.push_back(fd);
    if (error != 0) return error;
  }
  return 0;
}

int FileConfinement::Enter() const {
  for (const PathGrant& grant : own_process_) {
    const int fd = open(grant.path.c_str(), O_PATH | O_CLOEXEC);
    if (fd < 0 && grant.presence == Presence::kOptional) continue;
    struct stat status;
    const int error = fd < 0 ? errno : AddRule(ruleset_, fd, grant, &status);
    if (fd >= 0) close(fd);
    if (error != 0) return error;
  }
  return syscall(SYS_landlock_restrict_self, ruleset_, 0) == 0 ? 0 : errno;
}

}  // namespace cellblock
