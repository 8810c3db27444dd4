// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/service/lane_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_format.h"

namespace examples::service {
namespace {

constexpr int kSeals = F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;

absl::Status Refused(const char* what) {
  return absl::UnavailableError(
      absl::StrFormat("memory of a lane: %s: %s", what, strerror(errno)));
}

}  // namespace

absl::StatusOr<int> LaneMemory::Create(const Sizes& sizes) {
  const int fd = memfd_create("lane", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return Refused("memfd_create");
  const auto bytes = static_cast<off_t>(sizes.input_bytes + sizes.output_bytes);
  if (ftruncate(fd, bytes) != 0 || fcntl(fd, F_ADD_SEALS, kSeals) != 0) {
    const absl::Status refused = Refused("its size");
    close(fd);
    return refused;
  }
  return fd;
}

absl::StatusOr<LaneMemory> LaneMemory::Map(int fd, const Sizes& sizes) {
  const uint64_t bytes = sizes.input_bytes + sizes.output_bytes;
  struct stat status;
  if (fstat(fd, &status) != 0) return Refused("fstat");
  if (static_cast<uint64_t>(status.st_size) != bytes ||
      (fcntl(fd, F_GET_SEALS) & kSeals) != kSeals) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "memory of a lane: it has %d bytes instead of %d, or is not sealed",
        status.st_size, bytes));
  }
  void* const base =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) return Refused("mmap");
  return LaneMemory(static_cast<uint8_t*>(base), sizes);
}

}  // namespace examples::service
