// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/learn/mapped_pieces.h"

#include <algorithm>

namespace cellblock {

void MappedPieces::Add(uint64_t address, uint64_t bytes) {
  pieces_[address] = address + bytes;
  bytes_ += bytes;
  peak_bytes_ = std::max(peak_bytes_, bytes_);
}

void MappedPieces::Remove(uint64_t address, uint64_t bytes) {
  const uint64_t end = address + bytes;
  auto piece = pieces_.upper_bound(address);
  if (piece != pieces_.begin()) --piece;
  while (piece != pieces_.end() && piece->first < end) {
    const auto [first, last] = *piece;
    if (last <= address) {
      ++piece;
      continue;
    }
    bytes_ -= std::min(last, end) - std::max(first, address);
    piece = pieces_.erase(piece);
    if (first < address) pieces_[first] = address;
    if (end < last) pieces_[end] = last;
  }
}

}  // namespace cellblock
