// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "allocator/heap_stats.h"
#include "allocator/malloc/heap_access.h"
#include "examples/common/call_sink.h"
#include "examples/imaging/format.h"
#include "examples/imaging/protocol.h"

namespace examples::imaging {
namespace {

uint64_t PoolPeak() {
  const cellblock::HeapAccess* const heap = cellblock::FindHeapAccess();
  cellblock::HeapStats stats;
  if (heap != nullptr) heap->read_stats(&stats);
  return stats.peak_bytes;
}

}  // namespace

absl::Status DecodeInJail(DecodeImage* decode, cellblock::JailedCall& call) {
  const std::span<const uint8_t> input = call.input();
  if (input.size() < kNumberBytes) {
    return absl::InvalidArgumentError("no limit came in");
  }
  CallSink sink(call);
  const absl::Status status =
      decode(input.subspan(kNumberBytes),
             {.pixels = GetNumber(input.first<kNumberBytes>())}, sink);
  if (!status.ok()) return status;
  uint8_t peak[kNumberBytes];
  PutNumber(PoolPeak(), peak);
  sink.Write(peak);
  return absl::OkStatus();
}

}  // namespace examples::imaging
