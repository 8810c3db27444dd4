// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_FRONT_PROCESS_H_
#define CELLBLOCK_EXAMPLES_SERVICE_FRONT_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "examples/service/lane_memory.h"
#include "examples/service/protocol.h"

namespace examples::service {

// The front, as the broker sees it: a program that lies beside this one, and
// is given its descriptors, the size of its pool, and nothing else.
//
// Lifecycle: Start, AwaitReady, both once; Wait after Stop, or when pidfd() is
// readable. Errors: UNAVAILABLE iff the kernel refuses a step, or the front
// ends before it
//   is locked, for which it says why itself.
// Ownership: the listener becomes the front's; the rest is this object's.
// Threads: one, but for what is given to the lanes.
class FrontProcess {
 public:
  struct Lane {
    int socket;
    LaneMemory memory;
  };

  static absl::StatusOr<FrontProcess> Start(int listener,
                                            const FrontConfig& config,
                                            uint64_t pool_bytes);

  // Tells it how to serve, and waits until it is locked.
  absl::Status AwaitReady(const FrontConfig& config);

  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_; }
  int threads() const { return threads_; }
  const std::vector<Lane>& lanes() const { return lanes_; }

  // Answers what it has begun, and ends.
  void Stop();
  void Kill();

  // "exited with 0", when it has.
  std::string Wait();

 private:
  FrontProcess() = default;

  pid_t pid_ = -1;
  int pidfd_ = -1;
  int control_ = -1;
  int threads_ = 0;
  std::vector<Lane> lanes_;
};

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_FRONT_PROCESS_H_
