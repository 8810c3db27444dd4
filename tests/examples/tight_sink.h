// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_EXAMPLES_TIGHT_SINK_H_
#define CELLBLOCK_TESTS_EXAMPLES_TIGHT_SINK_H_

#include <cstdint>
#include <span>
#include <vector>

#include "examples/common/sink.h"

namespace examples {

// A sink that never has room for more than so many bytes. Its room lies in a
// block of just that size, for AddressSanitizer.
class TightSink : public Sink {
 public:
  explicit TightSink(size_t room) : room_(room) {}

  void Expect(size_t) override {}
  std::span<uint8_t> Room() override { return room_; }
  void Commit(size_t bytes) override {
    bytes_.insert(bytes_.end(), room_.begin(),
                  room_.begin() + static_cast<long>(bytes));
  }

  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<uint8_t> room_;
  std::vector<uint8_t> bytes_;
};

}  // namespace examples

#endif  // CELLBLOCK_TESTS_EXAMPLES_TIGHT_SINK_H_
