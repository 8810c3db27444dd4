// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A consumer in plain C11 of everything that cellblock.h and fault_injector.h
// have.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "allocator/cellblock.h"
#include "allocator/fault_injector.h"

static int passed;
static int failed;

#define CHECK(condition)                                              \
  do {                                                                \
    if (condition) {                                                  \
      ++passed;                                                       \
    } else {                                                          \
      ++failed;                                                       \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
    }                                                                 \
  } while (0)

static void fill_with_one(void* block, size_t bytes, void* context) {
  memset(block, *(const int*)context, bytes);
}

static void check_errors_of_creation(void) {
  cellblock_options options = {0};
  cellblock_pool* pool = NULL;
  int os_error = -1;
  CHECK(cellblock_create(&options, &pool, &os_error) ==
        CELLBLOCK_ERROR_ZERO_BYTES);
  CHECK(pool == NULL && os_error == 0);
  options.bytes = (size_t)1 << 60;
  CHECK(cellblock_create(&options, &pool, &os_error) ==
        CELLBLOCK_ERROR_MAP_FAILED);
  CHECK(pool == NULL && os_error == ENOMEM);
  options.fill = 17;
  CHECK(cellblock_create(&options, &pool, NULL) == CELLBLOCK_ERROR_BAD_OPTION);
  CHECK(strcmp(cellblock_message(CELLBLOCK_ERROR_EXHAUSTED),
               "no free span of the pool can hold the request") == 0);
}

static void check_blocks(void) {
  cellblock_options options = {0};
  options.bytes = 64 << 10;
  options.owners = 1;
  cellblock_pool* pool = NULL;
  CHECK(cellblock_create(&options, &pool, NULL) == CELLBLOCK_ERROR_NONE);
  CHECK(cellblock_get_pages(pool) == CELLBLOCK_PAGES_SMALL);

  char* block = cellblock_alloc(pool, 100);
  CHECK(block != NULL && (uintptr_t)block % 16 == 0 && block[99] == 0);
  strcpy(block, "kept");
  block = cellblock_realloc(pool, block, 1000);
  CHECK(block != NULL && strcmp(block, "kept") == 0);
  CHECK(cellblock_usable_size(pool, block) >= 1000);
  char* aligned = cellblock_alloc_aligned(pool, 4096, 1);
  CHECK(aligned != NULL && (uintptr_t)aligned % 4096 == 0);
  CHECK(cellblock_alloc(pool, 64 << 10) == NULL);
  CHECK(cellblock_last_error(pool) == CELLBLOCK_ERROR_EXHAUSTED);
  CHECK(cellblock_get_stats(pool).last_exhaustion.asked == 64 << 10);
  CHECK(cellblock_validate(pool).broken == NULL);
  CHECK(cellblock_validate(pool).live_blocks == 2);
  cellblock_free(pool, block);
  cellblock_free(pool, aligned);
  cellblock_free(pool, NULL);
  CHECK(cellblock_get_stats(pool).in_use_bytes == 0);

  CHECK(cellblock_set_limit(pool, 1, 160) == CELLBLOCK_ERROR_NONE);
  CHECK(cellblock_admit(pool, 161, 1).error == CELLBLOCK_ERROR_OVER_LIMIT);
  CHECK(cellblock_admit(pool, 161, CELLBLOCK_NO_OWNER).short_by == 0);
  const cellblock_allocator* owned = cellblock_get_allocator(pool, 1);
  CHECK(owned->alloc(owned->opaque, 161) == NULL);
  CHECK(cellblock_get_owner_stats(pool, 1).over_limit == 1);
  cellblock_retain(pool);
  cellblock_destroy(pool);
}

static void check_buffers(void) {
  unsigned char stack[8 << 10];
  static unsigned char more[8 << 10];
  int one = 1;
  cellblock_options options = {0};
  options.fill = CELLBLOCK_FILL_FUNCTION;
  options.fill_function = fill_with_one;
  options.fill_context = &one;
  cellblock_buffer buffer = {stack, sizeof(stack), CELLBLOCK_CONTENT_UNKNOWN};
  cellblock_buffer growth = {more, sizeof(more), CELLBLOCK_CONTENT_ZERO};
  cellblock_pool* pool = NULL;
  CHECK(cellblock_create_over(buffer, &options, &pool) == CELLBLOCK_ERROR_NONE);
  CHECK(cellblock_grow(pool, growth) == CELLBLOCK_ERROR_NONE);
  const unsigned char* first = cellblock_alloc(pool, 3000);
  const unsigned char* second = cellblock_alloc(pool, 3000);
  CHECK(first >= stack && first + 3000 <= stack + sizeof(stack));
  CHECK(second >= more && second + 3000 <= more + sizeof(more));
  CHECK(first[0] == 1 && second[2999] == 1);
  cellblock_destroy(pool);
}

static void check_fault_injector(void) {
  unsigned char stack[8 << 10];
  cellblock_buffer buffer = {stack, sizeof(stack), CELLBLOCK_CONTENT_UNKNOWN};
  cellblock_pool* pool = NULL;
  CHECK(cellblock_create_over(buffer, NULL, &pool) == CELLBLOCK_ERROR_NONE);
  cellblock_fault_injector injector;
  cellblock_inject(&injector, cellblock_get_allocator(pool, CELLBLOCK_NO_OWNER),
                   2, CELLBLOCK_FAULT_ONCE);
  const cellblock_allocator* allocator = &injector.allocator;
  void* block = allocator->alloc(allocator->opaque, 1);
  CHECK(block != NULL);
  CHECK(allocator->realloc(allocator->opaque, block, 2) == NULL);
  CHECK(allocator->usable_size(allocator->opaque, block) == 16);
  allocator->free(allocator->opaque, block);
  CHECK(injector.allocations == 2 && injector.failed == 1);
  cellblock_destroy(pool);
}

int main(void) {
  check_errors_of_creation();
  check_blocks();
  check_buffers();
  check_fault_injector();
  printf("%d passed, %d failed\n", passed, failed);
  return failed != 0;
}
