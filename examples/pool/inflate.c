// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// gunzip on a fixed budget, in C: zlib takes all its memory from a pool.
//
//   bazel run //examples/pool:inflate < FILE.gz

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "allocator/cellblock.h"
#include "allocator/hooks/zlib.h"

// 0, or 1 and a message.
static int inflate_all(const cellblock_allocator* allocator, FILE* in,
                       FILE* out) {
  z_stream stream;
  memset(&stream, 0, sizeof(stream));
  cellblock_zlib_use(allocator, &stream);
  int status = inflateInit2(&stream, 15 + 16);
  static unsigned char input[16384];
  static unsigned char output[16384];
  while (status == Z_OK) {
    if (stream.avail_in == 0) {
      stream.next_in = input;
      stream.avail_in = (uInt)fread(input, 1, sizeof(input), in);
      if (stream.avail_in == 0) break;
    }
    stream.next_out = output;
    stream.avail_out = sizeof(output);
    status = inflate(&stream, Z_NO_FLUSH);
    fwrite(output, 1, sizeof(output) - stream.avail_out, out);
  }
  inflateEnd(&stream);
  if (status == Z_STREAM_END) return 0;
  fprintf(stderr, "inflate: %s\n",
          status == Z_OK ? "the input ends too early" : zError(status));
  return 1;
}

int main(int argc, char** argv) {
  cellblock_options options = {0};
  options.bytes = 1 << 20;
  // Any argument: a pool that is too small, to see what zlib makes of it.
  if (argc > 1) options.bytes = 4 << 10;
  (void)argv;
  cellblock_pool* pool = NULL;
  const cellblock_error error = cellblock_create(&options, &pool, NULL);
  if (error != CELLBLOCK_ERROR_NONE) {
    fprintf(stderr, "inflate: %s\n", cellblock_message(error));
    return 1;
  }
  const int failed = inflate_all(
      cellblock_get_allocator(pool, CELLBLOCK_NO_OWNER), stdin, stdout);
  const cellblock_stats stats = cellblock_get_stats(pool);
  fprintf(stderr, "inflate: peak %llu bytes, needed %llu\n",
          (unsigned long long)stats.peak_bytes,
          (unsigned long long)stats.needed_bytes);
  cellblock_destroy(pool);
  return failed || fflush(stdout) != 0;
}
