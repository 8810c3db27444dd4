// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_LANE_CLIENT_H_
#define CELLBLOCK_EXAMPLES_SERVICE_LANE_CLIENT_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "examples/service/lane_memory.h"
#include "examples/service/metrics.h"
#include "examples/service/protocol.h"

namespace examples::service {

// What became of a file.
struct Decoded {
  LaneReply reply;  // sound (protocol.h)
  // kClean: the rows from the top, four bytes a pixel; a copy.
  std::unique_ptr<uint8_t[]> pixels = {};
  size_t bytes = 0;
};

// The front's side of all lanes, and the queue in front of them.
//
// Errors: a lane whose broker answers what cannot be, or has gone, is not used
//   again: kNoAnswer, as is all once there is none left.
// Ownership: lanes are never given back.
// Threads: any.
// Syscalls: futex, sendto, recvfrom, clock_gettime, and those of memory.
class LaneClient {
 public:
  struct Lane {
    int socket;
    LaneMemory memory;
  };

  // At most `queue` decodes are admitted beside those that are at work.
  LaneClient(std::vector<Lane> lanes, size_t queue, uint64_t pixels,
             Metrics* metrics);

  // The right to one decode, held until its answer is on its way: what is
  // bounded by it is the memory of files and pictures.
  class Ticket {
   public:
    Ticket() = default;
    explicit Ticket(LaneClient* lanes) : lanes_(lanes) {}
    Ticket(Ticket&& other) noexcept
        : lanes_(std::exchange(other.lanes_, nullptr)) {}
    Ticket& operator=(Ticket&& other) noexcept {
      std::swap(lanes_, other.lanes_);
      return *this;
    }
    ~Ticket();
    explicit operator bool() const { return lanes_ != nullptr; }

   private:
    LaneClient* lanes_ = nullptr;
  };

  // False iff as many are admitted as can be.
  Ticket Admit();

  // Waits for a lane. For who holds a ticket. `file` is no longer than a lane's
  // memory.
  Decoded Decode(uint64_t id, std::string_view file);

  // Lanes that still work.
  size_t alive() const;

 private:
  bool Ask(const Lane& lane, uint64_t id, std::string_view file,
           Decoded* decoded) const;

  const std::vector<Lane> lanes_;
  const size_t tickets_;
  const uint64_t pixels_;
  Metrics* const metrics_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<const Lane*> free_;
  size_t admitted_ = 0;
  size_t alive_;
};

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_LANE_CLIENT_H_
