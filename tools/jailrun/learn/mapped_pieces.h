// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LEARN_MAPPED_PIECES_H_
#define CELLBLOCK_TOOLS_JAILRUN_LEARN_MAPPED_PIECES_H_

#include <cstdint>
#include <map>

namespace cellblock {

// Parts of an address space, in bytes, and how many of them there were at the
// most.
class MappedPieces {
 public:
  // Where nothing is.
  void Add(uint64_t address, uint64_t bytes);

  // Whatever of it is there.
  void Remove(uint64_t address, uint64_t bytes);

  // Whether one begins there.
  bool Begins(uint64_t address) const { return pieces_.contains(address); }

  uint64_t peak_bytes() const { return peak_bytes_; }

 private:
  std::map<uint64_t, uint64_t> pieces_;  // begin to end
  uint64_t bytes_ = 0;
  uint64_t peak_bytes_ = 0;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LEARN_MAPPED_PIECES_H_
