// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/bzip2/bzip2_decoder.h"

#include <bzlib.h>

#include <algorithm>
#include <climits>

#include "examples/common/pool_memory.h"

namespace examples {
namespace {

void* Allocate(void* memory, int count, int bytes) {
  return static_cast<PoolMemory*>(memory)->Allocate(static_cast<size_t>(count) *
                                                    static_cast<size_t>(bytes));
}

void Free(void* memory, void* block) {
  static_cast<PoolMemory*>(memory)->Free(block);
}

// libbz2's state, given back on every path.
class Stream {
 public:
  explicit Stream(PoolMemory* memory) {
    stream_.bzalloc = Allocate;
    stream_.bzfree = Free;
    stream_.opaque = memory;
    begun_ = BZ2_bzDecompressInit(&stream_, 0, 0);
  }
  ~Stream() {
    if (begun_ == BZ_OK) BZ2_bzDecompressEnd(&stream_);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  int begun() const { return begun_; }
  bz_stream* get() { return &stream_; }

 private:
  bz_stream stream_ = {};
  int begun_;
};

absl::Status StatusOf(int result) {
  switch (result) {
    case BZ_MEM_ERROR:
      return absl::ResourceExhaustedError("libbz2 got no memory");
    case BZ_DATA_ERROR_MAGIC:
      return absl::InvalidArgumentError("it is no bzip2 file");
    default:
      return absl::InvalidArgumentError("the data is broken");
  }
}

unsigned Part(size_t bytes) {
  return static_cast<unsigned>(std::min<size_t>(bytes, UINT_MAX));
}

// One stream of `*file`, which is then what follows it. `*left` bytes may come
// out, and less by what did.
absl::Status DecodeStream(std::span<const uint8_t>* file, uint64_t* left,
                          Sink& sink) {
  PoolMemory memory;
  Stream stream(&memory);
  if (stream.begun() != BZ_OK) return StatusOf(stream.begun());
  bz_stream* const bz = stream.get();
  for (int result = BZ_OK; result != BZ_STREAM_END;) {
    const std::span<uint8_t> room = sink.Room();
    const unsigned in = Part(file->size());
    const unsigned out = Part(room.size());
    bz->next_in =
        const_cast<char*>(reinterpret_cast<const char*>(file->data()));
    bz->avail_in = in;
    bz->next_out = reinterpret_cast<char*>(room.data());
    bz->avail_out = out;
    result = BZ2_bzDecompress(bz);
    const unsigned came = out - bz->avail_out;
    *file = file->subspan(in - bz->avail_in);
    if (came > *left) {
      return absl::ResourceExhaustedError("more comes out than may");
    }
    *left -= came;
    sink.Commit(came);
    if (result != BZ_OK && result != BZ_STREAM_END) return StatusOf(result);
    if (result == BZ_OK && file->empty() && bz->avail_out != 0) {
      return absl::InvalidArgumentError("the file ends too early");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status DecodeBzip2(std::span<const uint8_t> file,
                         const Bzip2Limits& limits, Sink& sink) {
  uint64_t left = limits.bytes;
  do {
    const absl::Status status = DecodeStream(&file, &left, sink);
    if (!status.ok()) return status;
  } while (!file.empty());
  return absl::OkStatus();
}

}  // namespace examples
