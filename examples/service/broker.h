// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_BROKER_H_
#define CELLBLOCK_EXAMPLES_SERVICE_BROKER_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/statusor.h"
#include "examples/imaging/imaging.h"
#include "examples/service/lane_memory.h"
#include "examples/service/protocol.h"

namespace examples::service {

struct BrokerOptions {
  int workers = 2;
  // Some formats keep a picture several times over while they decode it. The
  // kernel gives a worker what it touches.
  uint64_t worker_pool_bytes = uint64_t{256} << 20;
  uint64_t input_bytes = uint64_t{8} << 20;
  uint64_t pixels = 8'000'000;
  std::chrono::milliseconds deadline{10'000};
};

// Decodes what the front puts into its lanes, each file in a jail.
//
// A worker that somebody else killed (SIGKILL, which may have been the kernel
// short of memory) says nothing of its file, so the file is tried again, five
// times at the most and until its deadline. A worker that was taken over can
// end itself so too, and gets no more by it than four further fresh workers.
//
// Lifecycle: made before there is a front; ServeLane ends when the lane closes.
// Errors: Create: as imaging::Decoder::Create and Jail::Create.
// Threads: a lane each.
// Syscalls: those of imaging::Decoder; recvfrom, sendto. Not for a locked
//   process: that is why it is one of its own.
class Broker {
 public:
  static absl::StatusOr<std::unique_ptr<Broker>> Create(
      const BrokerOptions& options);

  void ServeLane(int socket, const LaneMemory& memory);

 private:
  Broker(const BrokerOptions& options,
         std::unique_ptr<imaging::Decoder> decoder)
      : options_(options), decoder_(std::move(decoder)) {}

  LaneReply Decode(std::span<const uint8_t> file, const LaneMemory& memory);

  const BrokerOptions options_;
  const std::unique_ptr<imaging::Decoder> decoder_;
};

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_BROKER_H_
