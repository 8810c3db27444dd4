// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/runtime_library.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <climits>
#include <utility>

namespace cellblock {
namespace {

constexpr char kFileName[] = "libcellblock_runtime.so";

bool IsLibrary(int fd) {
  Elf64_Ehdr header = {};
  return read(fd, &header, sizeof(header)) == sizeof(header) &&
         memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_ident[EI_CLASS] == ELFCLASS64 &&
         header.e_machine == EM_X86_64 && header.e_type == ET_DYN;
}

}  // namespace

std::optional<Refusal> RuntimeLibrary::Find() {
  char self[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", self, sizeof(self));
  if (length <= 0 || length == sizeof(self)) {
    return Refusal{.reason = "cannot tell where jailrun is",
                   .advice = "/proc must be mounted"};
  }
  name_ = std::string(self, static_cast<size_t>(length));
  name_.resize(name_.rfind('/') + 1);
  name_ += kFileName;
  UniqueFd fd(open(name_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok()) {
    return Refusal{.reason = WithErrno(name_, errno),
                   .advice = "install the runtime beside jailrun",
                   .error = errno};
  }
  if (!IsLibrary(fd.get())) {
    return Refusal{.reason = name_ + " is not a library that can be preloaded",
                   .advice = "install the runtime of this jailrun again"};
  }
  // The loader splits LD_PRELOAD at blanks and colons and expands $ORIGIN: a
  // path with one of those is preloaded through its descriptor instead.
  if (name_.find_first_of(" \t\n:;$") != std::string::npos) {
    fcntl(fd.get(), F_SETFD, 0);
    name_ = "/proc/self/fd/" + std::to_string(fd.get());
    held_ = std::move(fd);
  }
  return {};
}

}  // namespace cellblock
