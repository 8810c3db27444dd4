// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/report_command/page_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/jailrun/refusal.h"
#include "tools/jailrun/write_all.h"

namespace cellblock {

std::string PageFile::Open(const std::string& path) {
  path_ = path;
  fd_ = UniqueFd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  return fd_.ok() ? std::string() : WithErrno("--html=" + path, errno);
}

std::string PageFile::Write(std::string_view page) {
  struct stat status = {};
  const bool is_file =
      fstat(fd_.get(), &status) == 0 && S_ISREG(status.st_mode);
  if (is_file && ftruncate(fd_.get(), 0) != 0) {
    return WithErrno("--html=" + path_, errno);
  }
  const int error = WriteAll(fd_.get(), page);
  return error == 0 ? std::string() : WithErrno("--html=" + path_, error);
}

}  // namespace cellblock
