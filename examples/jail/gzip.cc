// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/jail/gzip.h"

#include <errno.h>
#include <zlib.h>

#include <string>

#include "examples/common/sink.h"
#include "examples/zlib/zlib_decoder.h"

namespace {

constexpr int kGzip = 15 + 16;

class PutSink : public examples::Sink {
 public:
  explicit PutSink(const Put& put) : put_(put) {}

  void Expect(size_t) override {}
  std::span<uint8_t> Room() override { return room_; }
  void Commit(size_t bytes) override { put_(std::span(room_).first(bytes)); }

 private:
  const Put& put_;
  uint8_t room_[16384];
};

}  // namespace

absl::Status Gunzip(std::span<const uint8_t> file, const Put& put) {
  PutSink sink(put);
  return examples::DecodeZlib(file, {}, sink);
}

absl::Status Gzip(std::span<const uint8_t> text, const Put& put) {
  z_stream stream = {};
  int result =
      deflateInit2(&stream, 9, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY);
  stream.next_in = const_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  uint8_t output[16384];
  while (result == Z_OK) {
    stream.next_out = output;
    stream.avail_out = sizeof(output);
    result = deflate(&stream, Z_FINISH);
    put(std::span(output).first(sizeof(output) - stream.avail_out));
  }
  deflateEnd(&stream);
  if (result == Z_STREAM_END) return absl::OkStatus();
  return absl::ResourceExhaustedError("zlib got no memory");
}

absl::StatusOr<std::vector<uint8_t>> ReadInput() {
  std::vector<uint8_t> bytes;
  uint8_t part[16384];
  while (bytes.size() <= kMostInputBytes) {
    const size_t length = fread(part, 1, sizeof(part), stdin);
    if (length == 0) break;
    bytes.insert(bytes.end(), part, part + length);
  }
  if (ferror(stdin) != 0) {
    return absl::ErrnoToStatus(errno, "standard input cannot be read");
  }
  if (bytes.size() > kMostInputBytes) {
    return absl::OutOfRangeError("the input is longer than " +
                                 std::to_string(kMostInputBytes) +
                                 " bytes, and this program takes no more");
  }
  return bytes;
}

int WriteAll(std::span<const uint8_t> bytes) {
  const bool is_written =
      fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() &&
      fflush(stdout) == 0;
  if (!is_written) perror("standard output");
  return is_written ? 0 : 1;
}

int Fail(const absl::Status& status) {
  fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}
