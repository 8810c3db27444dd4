// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/null_device.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "jail/null_device.h"

namespace cellblock {
namespace {

constexpr char kPath[] = "/dev/null";
constexpr uint64_t kLargeFile = 0100000;  // O_LARGEFILE, which libc has as 0

// What stays with the descriptor, and what makes no difference to a device that
// is there.
constexpr uint64_t kKept = O_ACCMODE | O_APPEND | O_NONBLOCK;
constexpr uint64_t kIdle =
    O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | kLargeFile;

// Where a call has its arguments; creat(2) has no flags.
constexpr size_t kNone = 6;

struct Places {
  size_t path;
  size_t flags;
};

std::optional<Places> PlacesOf(uint32_t syscall) {
  switch (syscall) {
    case SYS_open:
      return Places{0, 1};
    case SYS_openat:
      return Places{1, 2};
    case SYS_creat:
      return Places{0, kNone};
    default:
      return {};
  }
}

}  // namespace

std::optional<uint64_t> FlagsForNull(const SyscallRequest& request,
                                     const MemoryReader& memory) {
  const std::optional<Places> places = PlacesOf(request.number);
  if (!places) return {};
  // The kernel takes 32 bits.
  const uint64_t flags =
      places->flags == kNone
          ? O_WRONLY | O_CREAT | O_TRUNC
          : static_cast<uint32_t>(request.args[places->flags]);
  if ((flags & O_ACCMODE) == O_ACCMODE || (flags & ~(kKept | kIdle)) != 0) {
    return {};
  }
  const std::optional<RemoteText> path =
      ReadText(memory, request.args[places->path], sizeof(kPath));
  if (!path || !path->ended || path->text != kPath) return {};
  return flags;
}

SyscallRequest AsReading(const SyscallRequest& request) {
  SyscallRequest reading = request;
  const std::optional<Places> places = PlacesOf(request.number);
  if (!places) return reading;
  if (places->flags == kNone) reading.number = SYS_open;
  reading.args[PlacesOf(reading.number)->flags] = O_RDONLY;
  return reading;
}

UniqueFd OpenNull(uint64_t flags) {
  struct stat status;
  // To open another device can wait, or do something.
  if (stat(kPath, &status) != 0 || !IsNullDevice(status)) return {};
  UniqueFd opened(
      open(kPath, static_cast<int>(flags & kKept) | O_CLOEXEC | O_NOCTTY));
  if (!opened.ok() || fstat(opened.get(), &status) != 0 ||
      !IsNullDevice(status)) {
    return {};
  }
  return opened;
}

}  // namespace cellblock
