// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_LANE_CLIENT_H_
#define CELLBLOCK_EXAMPLES_SERVICE_LANE_CLIENT_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "examples/service/body.h"
#include "examples/service/byte_budget.h"
#include "examples/service/lane_memory.h"
#include "examples/service/metrics.h"
#include "examples/service/protocol.h"

namespace examples::service {

// What became of a file.
struct Decoded {
  LaneReply reply;  // sound (protocol.h)
  // kClean: the rows from the top, four bytes a pixel; a copy. Null where as
  // many pictures are held as may be.
  std::unique_ptr<uint8_t[]> pixels = {};
  size_t bytes = 0;
  ByteBudget::Hold hold = {};
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

  struct Bounds {
    size_t queue = 0;            // decodes that may wait, beside those at work
    uint64_t pixels = 0;         // of a picture
    uint64_t picture_bytes = 0;  // of all that are held
  };

  // Lifecycle: outlives what Decode returns.
  LaneClient(std::vector<Lane> lanes, const Bounds& bounds, Metrics* metrics);

  // The right to one decode, for a file that is complete and until its picture
  // is copied: no client can hold it up.
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
  // memory, and is given back when it has been copied.
  Decoded Decode(uint64_t id, Body* file);

  // Lanes that still work.
  size_t alive() const;

 private:
  bool Ask(const Lane& lane, uint64_t id, Body* file, Decoded* decoded);

  const std::vector<Lane> lanes_;
  const size_t tickets_;
  const uint64_t pixels_;
  Metrics* const metrics_;
  ByteBudget pictures_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<const Lane*> free_;
  size_t admitted_ = 0;
  size_t alive_;
};

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_LANE_CLIENT_H_
