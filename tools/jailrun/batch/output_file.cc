// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cellblock {

int OutputFile::Open(const std::string& path) {
  path_ = path;
  if (path.empty()) {
    fd_ = UniqueFd(open("/dev/null", O_WRONLY | O_CLOEXEC));
    return fd_.ok() ? 0 : errno;
  }
  temporary_ = TemporaryOf(path);
  // The name is replaced: not that of a device, or of what a link leads to.
  struct stat there;
  if (lstat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
    return S_ISDIR(there.st_mode) ? EISDIR : ENOTSUP;
  }
  // Not what an earlier jail may still hold open, nor through a link.
  if (unlink(temporary_.c_str()) < 0 && errno != ENOENT) return errno;
  fd_ = UniqueFd(
      open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  return fd_.ok() ? 0 : errno;
}

int OutputFile::Keep() {
  if (path_.empty()) {
    fd_.Close();
    return 0;
  }
  struct stat ours;
  struct stat there;
  if (fstat(fd_.get(), &ours) != 0 || lstat(temporary_.c_str(), &there) != 0) {
    return errno;
  }
  // Somebody else made his own under that name.
  if (ours.st_dev != there.st_dev || ours.st_ino != there.st_ino) return EBUSY;
  fd_.Close();
  return rename(temporary_.c_str(), path_.c_str()) < 0 ? errno : 0;
}

void OutputFile::Discard() {
  fd_.Close();
  if (path_.empty()) return;
  unlink(temporary_.c_str());
}

}  // namespace cellblock
