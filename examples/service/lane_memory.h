// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_LANE_MEMORY_H_
#define CELLBLOCK_EXAMPLES_SERVICE_LANE_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/statusor.h"

namespace examples::service {

// Memory of a lane, which front and broker both write: whoever reads it copies
// it once, and looks at the copy.
//
// Lifecycle: mapped until the process ends, for a locked one cannot unmap; the
//   descriptor can be closed before.
// Units: bytes.
// Errors: UNAVAILABLE iff the kernel refuses; INVALID_ARGUMENT iff what is to
//   be mapped has another size, or could be cut off later, by which a read
//   would kill.
// Ownership: borrows the mapping; Map leaves the descriptor to the caller.
// Syscalls: memfd_create, ftruncate, fcntl; Map: fstat, fcntl, mmap; else none.
class LaneMemory {
 public:
  struct Sizes {
    uint64_t input_bytes = 0;
    uint64_t output_bytes = 0;
  };

  // A descriptor of new, zeroed memory that has its size for good.
  static absl::StatusOr<int> Create(const Sizes& sizes);
  static absl::StatusOr<LaneMemory> Map(int fd, const Sizes& sizes);

  std::span<uint8_t> input() const { return {base_, sizes_.input_bytes}; }
  std::span<uint8_t> output() const {
    return {base_ + sizes_.input_bytes, sizes_.output_bytes};
  }

 private:
  LaneMemory(uint8_t* base, const Sizes& sizes) : base_(base), sizes_(sizes) {}

  uint8_t* base_;
  Sizes sizes_;
};

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_LANE_MEMORY_H_
