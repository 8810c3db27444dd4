// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_TOOLS_FAKE_MEMORY_H_
#define CELLBLOCK_TESTS_TOOLS_FAKE_MEMORY_H_

#include <string.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "tools/jailrun/process_memory.h"

namespace cellblock {

// Memory of a few pieces, and nothing between them.
class FakeMemory : public MemoryReader {
 public:
  size_t Read(uint64_t address, void* to, size_t size) const override {
    ++reads_;
    largest_ = std::max(largest_, size);
    auto piece = pieces_.upper_bound(address);
    if (piece == pieces_.begin()) return 0;
    --piece;
    const uint64_t skipped = address - piece->first;
    if (skipped >= piece->second.size()) return 0;
    const size_t got = std::min<size_t>(size, piece->second.size() - skipped);
    memcpy(to, piece->second.data() + skipped, got);
    return got;
  }

  void Put(uint64_t address, std::string bytes) {
    pieces_[address] = std::move(bytes);
  }
  template <typename T>
  void PutValue(uint64_t address, const T& value) {
    Put(address,
        std::string(reinterpret_cast<const char*>(&value), sizeof(value)));
  }

  size_t reads() const { return reads_; }
  size_t largest() const { return largest_; }

 private:
  std::map<uint64_t, std::string> pieces_;
  mutable size_t reads_ = 0;
  mutable size_t largest_ = 0;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_TOOLS_FAKE_MEMORY_H_
