// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

// Access rights newer than Debian 12's header.
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

namespace cellblock {
namespace {

constexpr uint64_t kFileRights =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;

constexpr uint64_t kWriteRights =
    kFileRights | LANDLOCK_ACCESS_FS_REMOVE_DIR |
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

std::string Reason(const std::string& what) {
  return what + ": " + strerror(errno);
}

bool Allow(int ruleset, const std::string& path, std::string* error) {
  const int fd = open(path.c_str(), O_PATH | O_CLOEXEC);
  if (fd < 0) {
    *error = Reason(path);
    return false;
  }
  struct stat status;
  landlock_path_beneath_attr rule = {};
  rule.parent_fd = fd;
  rule.allowed_access = fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)
                            ? kWriteRights
                            : kFileRights;
  const bool added = syscall(SYS_landlock_add_rule, ruleset,
                             LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
  if (!added) *error = Reason(path);
  close(fd);
  return added;
}

}  // namespace

long LandlockAbi() {
  return syscall(SYS_landlock_create_ruleset, nullptr, 0,
                 LANDLOCK_CREATE_RULESET_VERSION);
}

WriteConfinement::WriteConfinement(WriteConfinement&& other) noexcept
    : ruleset_(std::exchange(other.ruleset_, -1)) {}

WriteConfinement& WriteConfinement::operator=(
    WriteConfinement&& other) noexcept {
  std::swap(ruleset_, other.ruleset_);
  return *this;
}

WriteConfinement::~WriteConfinement() {
  if (ruleset_ >= 0) close(ruleset_);
}

WriteConfinement WriteConfinement::Create(
    const std::vector<std::string>& writable, std::string* error) {
  const long abi = LandlockAbi();
  if (abi < 1) {
    *error = Reason("this kernel has no Landlock");
    return {};
  }
  if (abi < kTruncateAbi && !writable.empty()) {
    *error = "this kernel's Landlock does not confine truncate(2)";
    return {};
  }
  Ruleset attributes = {};
  attributes.handled_access_fs = kWriteRights;
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
  WriteConfinement confinement;
  confinement.ruleset_ = static_cast<int>(
      syscall(SYS_landlock_create_ruleset, &attributes, known, 0));
  if (confinement.ruleset_ < 0) {
    *error = Reason("landlock_create_ruleset");
    return {};
  }
  for (const std::string& path : writable) {
    if (!Allow(confinement.ruleset_, path, error)) return {};
  }
  return confinement;
}

int WriteConfinement::Enter() const {
  return syscall(SYS_landlock_restrict_self, ruleset_, 0) == 0 ? 0 : errno;
}

}  // namespace cellblock
