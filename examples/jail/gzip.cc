// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/jail/gzip.h"

#include <zlib.h>

#include <string>

namespace {

constexpr int kGzip = 15 + 16;

absl::Status StatusOf(const z_stream& stream, int result) {
  if (result == Z_MEM_ERROR) {
    return absl::ResourceExhaustedError("zlib got no memory");
  }
  if (result == Z_BUF_ERROR || result == Z_OK) {
    return absl::InvalidArgumentError("the input ends too early");
  }
  return absl::InvalidArgumentError(stream.msg != nullptr ? stream.msg
                                                          : "no gzip file");
}

// Calls `step` until it has seen all of the input.
template <typename Step>
int Run(z_stream* stream, std::span<const uint8_t> input, const Put& put,
        const Step& step) {
  stream->next_in = const_cast<Bytef*>(input.data());
  stream->avail_in = static_cast<uInt>(input.size());
  uint8_t output[16384];
  int result = Z_OK;
  while (result == Z_OK) {
    stream->next_out = output;
    stream->avail_out = sizeof(output);
    result = step(stream);
    put(std::span(output).first(sizeof(output) - stream->avail_out));
  }
  return result;
}

}  // namespace

absl::Status Gunzip(std::span<const uint8_t> file, const Put& put) {
  z_stream stream = {};
  int result = inflateInit2(&stream, kGzip);
  if (result == Z_OK) {
    result = Run(&stream, file, put,
                 [](z_stream* s) { return inflate(s, Z_NO_FLUSH); });
  }
  const absl::Status status =
      result == Z_STREAM_END ? absl::OkStatus() : StatusOf(stream, result);
  inflateEnd(&stream);
  return status;
}

absl::Status Gzip(std::span<const uint8_t> text, const Put& put) {
  z_stream stream = {};
  int result =
      deflateInit2(&stream, 9, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY);
  if (result == Z_OK) {
    result = Run(&stream, text, put,
                 [](z_stream* s) { return deflate(s, Z_FINISH); });
  }
  const absl::Status status =
      result == Z_STREAM_END ? absl::OkStatus() : StatusOf(stream, result);
  deflateEnd(&stream);
  return status;
}

std::vector<uint8_t> ReadAll(FILE* file) {
  std::vector<uint8_t> bytes;
  uint8_t part[16384];
  while (const size_t length = fread(part, 1, sizeof(part), file)) {
    bytes.insert(bytes.end(), part, part + length);
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
