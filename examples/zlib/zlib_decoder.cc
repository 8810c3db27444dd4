// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/zlib/zlib_decoder.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "examples/common/pool_memory.h"

namespace examples {
namespace {

// Windows of every size, and the header says of which format.
constexpr int kZlibOrGzip = 15 + 32;
constexpr size_t kMost = std::numeric_limits<uInt>::max();

voidpf Allocate(voidpf memory, uInt items, uInt size) {
  return static_cast<PoolMemory*>(memory)->Allocate(size_t{items} * size);
}

void Free(voidpf memory, voidpf block) {
  static_cast<PoolMemory*>(memory)->Free(block);
}

struct Inflater {
  explicit Inflater(PoolMemory* memory) {
    stream.zalloc = Allocate;
    stream.zfree = Free;
    stream.opaque = memory;
    result = inflateInit2(&stream, kZlibOrGzip);
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  z_stream stream = {};
  int result;
};

absl::Status StatusOf(const Inflater& inflater) {
  switch (inflater.result) {
    case Z_MEM_ERROR:
      return absl::ResourceExhaustedError("zlib got no memory");
    case Z_NEED_DICT:
      return absl::InvalidArgumentError("it needs a dictionary");
    case Z_BUF_ERROR:
      return absl::InvalidArgumentError("the input ends too early");
    default:
      return absl::InvalidArgumentError(inflater.stream.msg != nullptr
                                            ? inflater.stream.msg
                                            : zError(inflater.result));
  }
}

}  // namespace

absl::Status DecodeZlib(std::span<const uint8_t> file,
                        const StreamLimits& limits, Sink& sink) {
  PoolMemory memory;
  Inflater inflater(&memory);
  if (inflater.result != Z_OK) return StatusOf(inflater);
  z_stream& stream = inflater.stream;
  StreamOutput output(limits, sink);
  for (;;) {
    if (stream.avail_in == 0) {
      const auto part = file.first(std::min(file.size(), kMost));
      stream.next_in = const_cast<Bytef*>(part.data());
      stream.avail_in = static_cast<uInt>(part.size());
      file = file.subspan(part.size());
    }
    const std::span<uint8_t> room = output.Room();
    stream.next_out = room.data();
    stream.avail_out = static_cast<uInt>(std::min(room.size(), kMost));
    const uInt offered = stream.avail_out;
    inflater.result = inflate(&stream, Z_NO_FLUSH);
    const absl::Status committed = output.Commit(offered - stream.avail_out);
    if (!committed.ok()) return committed;
    if (inflater.result == Z_STREAM_END) {
      if (stream.avail_in == 0 && file.empty()) return absl::OkStatus();
      inflater.result = inflateReset(&stream);
    }
    if (inflater.result != Z_OK) return StatusOf(inflater);
  }
}

}  // namespace examples
