// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdint>

#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// One that no other file of this process has had.
std::string NextHiddenName(const std::string& path) {
  static uint64_t number = 0;
  return DirectoryOf(path) + "/.jailrun-" + std::to_string(getpid()) + "-" +
         std::to_string(number++);
}

std::string LinkOf(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

}  // namespace

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  if (this == &other) return *this;
  Discard();
  path_ = std::move(other.path_);
  hidden_ = std::move(other.hidden_);
  other.hidden_.clear();
  fd_ = std::move(other.fd_);
  return *this;
}

int OutputFile::Open(const std::string& path) {
  path_ = path;
  if (path.empty()) {
    fd_ = UniqueFd(open("/dev/null", O_WRONLY | O_CLOEXEC));
    return fd_.ok() ? 0 : errno;
  }
  // The name is replaced: not that of a device, or of what a link leads to.
  struct stat there;
  if (lstat(path.c_str(), &there) == 0) {
    if (S_ISDIR(there.st_mode)) return EISDIR;
    if (!S_ISREG(there.st_mode)) return ENOTSUP;
  } else if (errno != ENOENT) {
    return errno;
  } else if (path.ends_with('/')) {
    return EISDIR;
  }
  fd_ = UniqueFd(
      open(DirectoryOf(path).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666));
  if (fd_.ok()) return 0;
  // Older kernels take O_TMPFILE for O_DIRECTORY, and say EISDIR.
  return errno == EOPNOTSUPP || errno == EISDIR ? OpenHidden() : errno;
}

int OutputFile::OpenHidden() {
  do {
    hidden_ = NextHiddenName(path_);
    fd_ = UniqueFd(
        open(hidden_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  } while (!fd_.ok() && errno == EEXIST);
  if (fd_.ok()) return 0;
  hidden_.clear();
  return errno;
}

int OutputFile::TryToGrow() const {
  if (path_.empty()) return 0;
  struct stat status;
  if (fstat(fd_.get(), &status) != 0) return 0;
  // What ends within a block has room to the end of that.
  const std::string more(static_cast<size_t>(status.st_blksize) + 1, '\0');
  const ssize_t written =
      pwrite(fd_.get(), more.data(), more.size(), status.st_size);
  if (written < 0) return IsFullDisk(errno) ? errno : 0;
  return static_cast<size_t>(written) < more.size() ? LookForRoom() : 0;
}

int OutputFile::LookForRoom() const {
  if (path_.empty()) return 0;
  struct statvfs room;
  // One without a size has no blocks.
  if (fstatvfs(fd_.get(), &room) != 0 || room.f_blocks == 0) return 0;
  const auto left = geteuid() == 0 ? room.f_bfree : room.f_bavail;
  return left == 0 ? ENOSPC : 0;
}

int OutputFile::Keep() {
  if (path_.empty()) {
    fd_.Close();
    return 0;
  }
  if (hidden_.empty()) {
    const int error = NameIt();
    if (error != 0 || hidden_.empty()) return error;
  }
  struct stat ours;
  struct stat there;
  if (fstat(fd_.get(), &ours) != 0 || lstat(hidden_.c_str(), &there) != 0) {
    return errno;
  }
  // Somebody else made his own under that name.
  if (ours.st_dev != there.st_dev || ours.st_ino != there.st_ino) return EBUSY;
  if (rename(hidden_.c_str(), path_.c_str()) < 0) return errno;
  hidden_.clear();
  fd_.Close();
  return 0;
}

// In its place, or, if something is there, under a hidden name.
int OutputFile::NameIt() {
  const std::string link = LinkOf(fd_.get());
  const auto name = [&link](const std::string& path) {
    return linkat(AT_FDCWD, link.c_str(), AT_FDCWD, path.c_str(),
                  AT_SYMLINK_FOLLOW) < 0
               ? errno
               : 0;
  };
  int error = name(path_);
  if (error == 0) {
    fd_.Close();
    return 0;
  }
  std::string hidden;
  while (error == EEXIST) {
    hidden = NextHiddenName(path_);
    error = name(hidden);
  }
  if (error == 0) hidden_ = std::move(hidden);
  return error;
}

void OutputFile::Discard() {
  fd_.Close();
  if (!hidden_.empty()) unlink(hidden_.c_str());
  hidden_.clear();
}

std::string OutputErrorText(const std::string& path, int error) {
  if (error != ENOTSUP) return WithErrno(path, error);
  return path +
         ": it is a link or a device, and a file would take its place: name a "
         "regular file";
}

bool IsFullDisk(int error) { return error == ENOSPC || error == EDQUOT; }

}  // namespace cellblock
