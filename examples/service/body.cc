// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/service/body.h"

#include <string.h>

#include <algorithm>

namespace examples::service {

bool Body::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t used = size_ % kPieceBytes;
    if (size_ == pieces_.size() * kPieceBytes) {
      if (!hold_.Add(kPieceBytes)) return false;
      pieces_.push_back(std::make_unique_for_overwrite<char[]>(kPieceBytes));
    }
    const size_t count = std::min(bytes.size(), kPieceBytes - used);
    memcpy(pieces_.back().get() + used, bytes.data(), count);
    bytes.remove_prefix(count);
    size_ += count;
  }
  return true;
}

void Body::CopyTo(std::span<uint8_t> to) const {
  size_t at = 0;
  for (const auto& piece : pieces_) {
    const size_t count = std::min(kPieceBytes, size_ - at);
    memcpy(to.data() + at, piece.get(), count);
    at += count;
  }
}

void Body::Clear() {
  pieces_.clear();
  size_ = 0;
  hold_.Clear();
}

}  // namespace examples::service
