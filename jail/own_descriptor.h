// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_OWN_DESCRIPTOR_H_
#define CELLBLOCK_JAIL_OWN_DESCRIPTOR_H_

// Descriptors that are made for this library's own use never have the numbers
// of standard input, output and errors, even where the host has those closed:
// what is written there, by the host or by a worker that is shown to, would go
// into them.

#include <errno.h>
#include <fcntl.h>

#include <mutex>

#include "jail/unique_fd.h"

namespace cellblock {

inline constexpr int kFirstOwnNumber = 3;

// Held while one may have, for a moment, one of those numbers.
inline std::mutex& StandardNumbers() {
  static std::mutex mutex;
  return mutex;
}

// Those of these numbers that are free are taken, by what cannot be read or
// written, while this lives.
class StandardNumbersTaken {
 public:
  StandardNumbersTaken() {
    for (int fd = 0; fd < kFirstOwnNumber; ++fd) {
      if (fcntl(fd, F_GETFD) >= 0) continue;
      taken_[fd] = UniqueFd(open("/", O_PATH | O_CLOEXEC));
    }
  }

 private:
  UniqueFd taken_[kFirstOwnNumber];
};

// A duplicate above those numbers. Errors: -1, and errno.
inline int DuplicateAbove(int fd) {
  const int made = fcntl(fd, F_DUPFD_CLOEXEC, kFirstOwnNumber);
  // The limit on descriptors leaves no number above.
  if (made < 0 && errno == EINVAL) errno = EMFILE;
  return made;
}

// `fd`, which is taken over, by another number if it has one of those. Errors:
// none iff `fd` is none or there is no other number; errno says why.
inline UniqueFd ClearOfStandard(int fd) {
  UniqueFd made(fd);
  if (made.ok() && fd < kFirstOwnNumber) {
    made = UniqueFd(DuplicateAbove(fd));
  }
  return made;
}

// What `make` returns, a new descriptor or -1, so. Errors: none, and errno.
template <typename Make>
UniqueFd MakeDescriptor(Make make) {
  const std::lock_guard<std::mutex> lock(StandardNumbers());
  const StandardNumbersTaken taken;
  return ClearOfStandard(make());
}

// A duplicate of what the host has by `fd`, of those numbers or another.
// Errors: none, and errno; EBADF iff the host has nothing there.
inline UniqueFd DuplicateOfHosts(int fd) {
  const std::lock_guard<std::mutex> lock(StandardNumbers());
  return UniqueFd(DuplicateAbove(fd));
}

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_OWN_DESCRIPTOR_H_
