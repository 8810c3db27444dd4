// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "jail/unique_fd.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

constexpr size_t kMostPolicyBytes = 256 << 10;

}  // namespace

std::string ReadPolicyText(const std::string& path, std::string* text) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return WithErrno(path, errno);
  char part[4096];
  ssize_t got;
  while ((got = read(fd.get(), part, sizeof(part))) > 0) {
    text->append(part, static_cast<size_t>(got));
    if (text->size() > kMostPolicyBytes) {
      return path + ": is longer than any policy (256 KiB)";
    }
  }
  return got < 0 ? WithErrno(path, errno) : std::string();
}

}  // namespace cellblock
