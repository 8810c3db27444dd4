// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/xz/xz_decoder.h"

#include <lzma.h>

#include <algorithm>

#include "absl/strings/str_format.h"
#include "examples/common/pool_memory.h"

namespace examples {
namespace {

// What liblzma has besides a dictionary, and more than that.
constexpr uint64_t kBesideWindow = uint64_t{1} << 20;

// liblzma never asks for a product that does not fit.
void* Allocate(void* memory, size_t items, size_t size) {
  return static_cast<PoolMemory*>(memory)->Allocate(items * size);
}

void Free(void* memory, void* block) {
  static_cast<PoolMemory*>(memory)->Free(block);
}

struct Xz {
  explicit Xz(const lzma_allocator* allocator) { stream.allocator = allocator; }
  ~Xz() { lzma_end(&stream); }
  Xz(const Xz&) = delete;
  Xz& operator=(const Xz&) = delete;

  lzma_stream stream = LZMA_STREAM_INIT;
};

// liblzma has codes, and no words for them.
absl::Status StatusOf(lzma_ret result, const lzma_stream& stream) {
  switch (result) {
    case LZMA_MEM_ERROR:
      return absl::ResourceExhaustedError("liblzma got no memory");
    case LZMA_MEMLIMIT_ERROR:
      return absl::ResourceExhaustedError(absl::StrFormat(
          "it needs %u bytes to be decoded", lzma_memusage(&stream)));
    case LZMA_FORMAT_ERROR:
      return absl::InvalidArgumentError("this is no xz file");
    case LZMA_OPTIONS_ERROR:
      return absl::InvalidArgumentError("it has options that are not known");
    case LZMA_UNSUPPORTED_CHECK:
      return absl::InvalidArgumentError("its check is of a kind not known");
    case LZMA_BUF_ERROR:
      return absl::InvalidArgumentError("the input ends too early");
    default:
      return absl::InvalidArgumentError("its data is corrupt");
  }
}

}  // namespace

absl::Status DecodeXz(std::span<const uint8_t> file, const StreamLimits& limits,
                      Sink& sink) {
  PoolMemory memory;
  const lzma_allocator allocator = {Allocate, Free, &memory};
  Xz xz(&allocator);
  // A sum that does not fit is no limit.
  const uint64_t most =
      std::max(limits.window_bytes, limits.window_bytes + kBesideWindow);
  lzma_ret result = lzma_stream_decoder(
      &xz.stream, most, LZMA_CONCATENATED | LZMA_TELL_UNSUPPORTED_CHECK);
  if (result != LZMA_OK) return StatusOf(result, xz.stream);
  xz.stream.next_in = file.data();
  xz.stream.avail_in = file.size();
  StreamOutput output(limits, sink);
  for (;;) {
    const std::span<uint8_t> room = output.Room();
    xz.stream.next_out = room.data();
    xz.stream.avail_out = room.size();
    result = lzma_code(&xz.stream, LZMA_FINISH);
    const absl::Status committed =
        output.Commit(room.size() - xz.stream.avail_out);
    if (!committed.ok()) return committed;
    if (result == LZMA_STREAM_END) return absl::OkStatus();
    if (result != LZMA_OK) return StatusOf(result, xz.stream);
  }
}

}  // namespace examples
