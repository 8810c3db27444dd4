// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/zstd/zstd_decoder.h"

// ZSTD_customMem stands in the part of its interface that is not yet stable.
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>

#include "examples/common/pool_memory.h"

namespace examples {
namespace {

void* Allocate(void* memory, size_t bytes) {
  return static_cast<PoolMemory*>(memory)->Allocate(bytes);
}

void Free(void* memory, void* block) {
  static_cast<PoolMemory*>(memory)->Free(block);
}

struct Destroy {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// The longest window, as libzstd has it: a power of two.
int WindowLog(uint64_t bytes) {
  const ZSTD_bounds bounds = ZSTD_dParam_getBounds(ZSTD_d_windowLogMax);
  return std::clamp(static_cast<int>(std::bit_width(bytes)) - 1,
                    bounds.lowerBound, bounds.upperBound);
}

// Whether a frame begins so that can be one: libzstd decodes those of its first
// years too, by code of that time which knows no limits.
absl::Status SeeMagic(std::span<const uint8_t> frame) {
  if (frame.size() < 4) {
    return absl::InvalidArgumentError("the input ends too early");
  }
  uint32_t magic = 0;
  for (int i = 0; i < 4; ++i) magic |= uint32_t{frame[i]} << (8 * i);
  if (magic == ZSTD_MAGICNUMBER ||
      (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      ZSTD_getErrorString(ZSTD_error_prefix_unknown));
}

absl::Status StatusOf(size_t result) {
  switch (ZSTD_getErrorCode(result)) {
    case ZSTD_error_memory_allocation:
      return absl::ResourceExhaustedError("zstd got no memory");
    case ZSTD_error_frameParameter_windowTooLarge:
      return absl::ResourceExhaustedError(ZSTD_getErrorName(result));
    default:
      return absl::InvalidArgumentError(ZSTD_getErrorName(result));
  }
}

}  // namespace

absl::Status DecodeZstd(std::span<const uint8_t> file,
                        const StreamLimits& limits, Sink& sink) {
  PoolMemory memory;
  const std::unique_ptr<ZSTD_DCtx, Destroy> context(
      ZSTD_createDCtx_advanced({Allocate, Free, &memory}));
  if (context == nullptr) {
    return absl::ResourceExhaustedError("zstd got no memory");
  }
  const size_t is_set = ZSTD_DCtx_setParameter(
      context.get(), ZSTD_d_windowLogMax, WindowLog(limits.window_bytes));
  if (ZSTD_isError(is_set) != 0) return StatusOf(is_set);
  StreamOutput output(limits, sink);
  size_t used = 0;
  bool is_begin = true;  // of a frame
  for (;;) {
    if (is_begin) {
      const absl::Status seen = SeeMagic(file.subspan(used));
      if (!seen.ok()) return seen;
    }
    // The first byte of a frame comes alone: one that libzstd sees whole, and
    // for which there is room, it decodes without a look at its window.
    const size_t end = is_begin ? used + 1 : file.size();
    ZSTD_inBuffer in = {file.data(), end, used};
    const std::span<uint8_t> room = output.Room();
    ZSTD_outBuffer out = {room.data(), room.size(), 0};
    const size_t result = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(result) != 0) return StatusOf(result);
    const absl::Status committed = output.Commit(out.pos);
    if (!committed.ok()) return committed;
    used = in.pos;
    is_begin = result == 0;  // and all of the last frame came out
    if (used < file.size()) continue;
    if (is_begin) return absl::OkStatus();
    if (out.pos < out.size) {
      return absl::InvalidArgumentError("the input ends too early");
    }
  }
}

}  // namespace examples
