// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A program in C outside of the tree: a pool.

#include <stdio.h>

#include "allocator/cellblock.h"

int main(void) {
  cellblock_options options = {0};
  options.bytes = 1 << 20;
  cellblock_pool* pool;
  const cellblock_error error = cellblock_create(&options, &pool, NULL);
  if (error != CELLBLOCK_ERROR_NONE) {
    fprintf(stderr, "%s\n", cellblock_message(error));
    return 1;
  }
  void* block = cellblock_alloc(pool, 1000);
  void* too_much = cellblock_alloc(pool, 2 << 20);
  printf("%s, %s\n", block != NULL ? "a block" : "no block",
         too_much != NULL ? "too much" : "no more");
  cellblock_free(pool, block);
  cellblock_destroy(pool);
  return 0;
}
