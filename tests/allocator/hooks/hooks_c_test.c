// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Every hook from plain C11: the library takes its memory from the pool and
// gives it back.
#include <stdio.h>

#include "allocator/cellblock.h"
#include "allocator/hooks/brotli.h"
#include "allocator/hooks/libpng.h"
#include "allocator/hooks/zlib.h"
#include "allocator/hooks/zstd.h"

static int passed;
static int failed;

static void check(const char* name, int right) {
  if (right) {
    ++passed;
  } else {
    ++failed;
    fprintf(stderr, "FAIL %s\n", name);
  }
}

int main(void) {
  cellblock_options options = {0};
  options.bytes = 1 << 20;
  cellblock_pool* pool = NULL;
  if (cellblock_create(&options, &pool, NULL) != CELLBLOCK_ERROR_NONE) return 1;
  const cellblock_allocator* allocator =
      cellblock_get_allocator(pool, CELLBLOCK_NO_OWNER);

  z_stream stream = {0};
  cellblock_zlib_use(allocator, &stream);
  check("zlib begins", inflateInit(&stream) == Z_OK);
  check("zlib uses the pool", cellblock_get_stats(pool).in_use_bytes > 0);
  check("zlib ends", inflateEnd(&stream) == Z_OK);
  check("zlib gives back", cellblock_get_stats(pool).in_use_bytes == 0);

  BrotliDecoderState* brotli = cellblock_brotli_decoder(allocator);
  check("brotli begins", brotli != NULL);
  check("brotli uses the pool", cellblock_get_stats(pool).in_use_bytes > 0);
  BrotliDecoderDestroyInstance(brotli);
  check("brotli gives back", cellblock_get_stats(pool).in_use_bytes == 0);

  ZSTD_DCtx* zstd = ZSTD_createDCtx_advanced(cellblock_zstd_memory(allocator));
  check("zstd begins", zstd != NULL);
  check("zstd uses the pool", cellblock_get_stats(pool).in_use_bytes > 0);
  ZSTD_freeDCtx(zstd);
  check("zstd gives back", cellblock_get_stats(pool).in_use_bytes == 0);

  png_structp png =
      cellblock_png_create_read_struct(allocator, NULL, NULL, NULL);
  check("libpng begins", png != NULL);
  check("libpng uses the pool", cellblock_get_stats(pool).in_use_bytes > 0);
  png_destroy_read_struct(&png, NULL, NULL);
  check("libpng gives back", cellblock_get_stats(pool).in_use_bytes == 0);

  cellblock_destroy(pool);
  printf("%d passed, %d failed\n", passed, failed);
  return failed != 0;
}
