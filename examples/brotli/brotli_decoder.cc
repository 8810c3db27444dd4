// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/brotli/brotli_decoder.h"

#include <brotli/decode.h>

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
  void operator()(BrotliDecoderState* state) const {
    BrotliDecoderDestroyInstance(state);
  }
};

absl::Status NoMemory() {
  return absl::ResourceExhaustedError("brotli got no memory");
}

absl::Status ErrorOf(const BrotliDecoderState* state) {
  const BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(state);
  if (code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
      code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES) {
    return NoMemory();
  }
  return absl::InvalidArgumentError(BrotliDecoderErrorString(code));
}

}  // namespace

absl::Status DecodeBrotli(std::span<const uint8_t> file,
                          const StreamLimits& limits, Sink& sink) {
  PoolMemory memory;
  const std::unique_ptr<BrotliDecoderState, Destroy> state(
      BrotliDecoderCreateInstance(Allocate, Free, &memory));
  if (state == nullptr) return NoMemory();
  StreamOutput output(limits, sink);
  size_t left = file.size();
  const uint8_t* next = file.data();
  for (;;) {
    const std::span<uint8_t> room = output.Room();
    uint8_t* to = room.data();
    size_t free_bytes = room.size();
    const BrotliDecoderResult result = BrotliDecoderDecompressStream(
        state.get(), &left, &next, &free_bytes, &to, nullptr);
    const absl::Status committed = output.Commit(room.size() - free_bytes);
    if (!committed.ok()) return committed;
    switch (result) {
      case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
        break;
      case BROTLI_DECODER_RESULT_SUCCESS:
        if (left == 0) return absl::OkStatus();
        return absl::InvalidArgumentError("more bytes follow its end");
      case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
        return absl::InvalidArgumentError("the input ends too early");
      case BROTLI_DECODER_RESULT_ERROR:
        return ErrorOf(state.get());
    }
  }
}

}  // namespace examples
