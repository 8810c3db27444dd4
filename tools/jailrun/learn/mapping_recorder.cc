// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/learn/mapping_recorder.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <string>
#include <utility>

#include "tools/jailrun/learn/file_calls.h"

namespace cellblock {
namespace {

constexpr uint64_t kPage = 4096;

uint64_t WholePages(uint64_t bytes) {
  return (bytes + kPage - 1) & ~(kPage - 1);
}

}  // namespace

int MappingRecorder::AnswerTo(const SyscallRequest& request) {
  const uint64_t protection = request.args[2];
  const bool maps = request.number == SYS_mmap;
  if (!maps && request.number != SYS_mprotect) return 0;
  const bool of_file = maps && (request.args[3] & MAP_ANONYMOUS) == 0;
  // A library is let in, and named. The loader maps one with a flag that
  // nobody else has a use for: the kernel ignores it.
  const bool by_loader = of_file && (request.args[3] & MAP_DENYWRITE) != 0;
  if ((protection & PROT_EXEC) != 0 && !by_loader) {
    ++learned_->mappings.executable;
    return EACCES;
  }
  const bool shared = (request.args[3] & MAP_TYPE) != MAP_PRIVATE;
  if (of_file && shared && (protection & PROT_WRITE) != 0) {
    ++learned_->mappings.shared;
    return EACCES;
  }
  return 0;
}

void MappingRecorder::OnReturn(pid_t thread, const SyscallRequest& request,
                               uint64_t result) {
  const uint64_t* const args = request.args;
  switch (request.number) {
    case SYS_mmap:
      return Map(thread, request, result);
    case SYS_munmap:
      return Remove(args[0], WholePages(args[1]));
    case SYS_mremap: {
      // Only of what is counted: libraries and stacks do not grow.
      const bool counted = served_.Begins(args[0]);
      Remove(args[0], WholePages(args[1]));
      if (counted) Serve(result, WholePages(args[2]));
      return;
    }
    default:
      return;
  }
}

void MappingRecorder::Map(pid_t thread, const SyscallRequest& request,
                          uint64_t address) {
  const uint64_t bytes = WholePages(request.args[1]);
  const uint64_t protection = request.args[2];
  const uint64_t flags = request.args[3];
  const int fd = static_cast<int>(request.args[4]);
  Remove(address, bytes);
  if ((protection & PROT_EXEC) != 0) return AddLibrary(thread, fd);
  // A library's parts have the first flag, threads' stacks the second.
  if ((flags & (MAP_DENYWRITE | MAP_STACK)) != 0) return;
  if (protection == PROT_NONE && (flags & MAP_ANONYMOUS) != 0) {
    reserved_.Add(address, bytes);
    learned_->mappings.reserved_bytes = reserved_.peak_bytes();
    return;
  }
  Serve(address, bytes);
}

void MappingRecorder::Serve(uint64_t address, uint64_t bytes) {
  served_.Add(address, bytes);
  learned_->mappings.peak_bytes = served_.peak_bytes();
}

void MappingRecorder::Remove(uint64_t address, uint64_t bytes) {
  served_.Remove(address, bytes);
  reserved_.Remove(address, bytes);
}

void MappingRecorder::AddLibrary(pid_t thread, int fd) {
  std::string path = PathOfDescriptor(thread, fd);
  auto& libraries = learned_->late_libraries;
  if (path.empty() ||
      std::find(libraries.begin(), libraries.end(), path) != libraries.end()) {
    return;
  }
  libraries.push_back(std::move(path));
}

}  // namespace cellblock
