// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_COMMON_CALL_SINK_H_
#define CELLBLOCK_EXAMPLES_COMMON_CALL_SINK_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "examples/common/sink.h"
#include "jail/call/decoder.h"

namespace examples {

// What a decoder in a jail makes goes straight to where the host takes it.
class CallSink : public Sink {
 public:
  explicit CallSink(cellblock::JailedCall& call) : call_(call) {}

  void Expect(size_t) override {}
  std::span<uint8_t> Room() override { return call_.room(); }
  void Commit(size_t bytes) override { call_.Commit(bytes); }

 private:
  cellblock::JailedCall& call_;
};

}  // namespace examples

#endif  // CELLBLOCK_EXAMPLES_COMMON_CALL_SINK_H_
