// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_CELLBLOCK_H_
#define CELLBLOCK_ALLOCATOR_CELLBLOCK_H_

// The allocator room for C11 and C++: a HeapPrealloc of blocks known by their
// addresses.
//
//   cellblock_options options = {0};
//   options.bytes = 64 << 20;
//   cellblock_pool* pool;
//   cellblock_error error = cellblock_create(&options, &pool, NULL);
//   if (error != CELLBLOCK_ERROR_NONE) return fail(cellblock_message(error));
//   void* block = cellblock_alloc(pool, 1000);
//   if (block == NULL) error = cellblock_last_error(pool);
//   cellblock_free(pool, block);
//   cellblock_destroy(pool);
//
// Lifecycle: created in the setup phase; serves in the setup phase and in the
//   locked phase. Call cellblock_retain before the lock.
// Units: bytes. A block is whole units of the pool, and all of it is usable.
// Errors: as each function says. A block given back that is not a live one of
//   the pool is a report on standard error and abort(): see
//   allocator/report.h.
// Ownership: a pool owns its mappings, borrows buffers, and owns its blocks,
//   which end with it. The handle is in a mapping of its own, or in front of
//   the buffer: it is in no figure of the pool, and nothing is taken from
//   malloc.
// Threads: none of its own; the caller locks. Pools are independent.
// Syscalls: cellblock_create: those of Region::Map, three times.
//   cellblock_destroy: munmap for each of these, unless they are retained. All
//   in the setup phase only. Everything else: none.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CELLBLOCK_NODISCARD __attribute__((warn_unused_result))

// C may put any number where an enumeration is expected.
#ifdef __cplusplus
#define CELLBLOCK_ANY_NUMBER : unsigned
#else
#define CELLBLOCK_ANY_NUMBER
#endif

typedef struct cellblock_pool cellblock_pool;

// Those of allocator/error.h, by the same numbers, and one more.
typedef enum cellblock_error CELLBLOCK_ANY_NUMBER {
  CELLBLOCK_ERROR_NONE,
  CELLBLOCK_ERROR_ZERO_BYTES,
  CELLBLOCK_ERROR_TOO_SMALL,
  CELLBLOCK_ERROR_TOO_LARGE,
  CELLBLOCK_ERROR_BAD_ALIGNMENT,
  CELLBLOCK_ERROR_NULL_BUFFER,
  CELLBLOCK_ERROR_MAP_FAILED,
  CELLBLOCK_ERROR_COMMIT_FAILED,
  CELLBLOCK_ERROR_SOURCE_FAILED,
  CELLBLOCK_ERROR_ZERO_SLOTS,
  CELLBLOCK_ERROR_NO_FILL_FUNCTION,
  CELLBLOCK_ERROR_NEEDS_COALESCING,
  CELLBLOCK_ERROR_OVERLAP,
  CELLBLOCK_ERROR_EXHAUSTED,
  CELLBLOCK_ERROR_OVER_LIMIT,
  CELLBLOCK_ERROR_NO_SUCH_OWNER,
  CELLBLOCK_ERROR_NOT_OWNED,
  CELLBLOCK_ERROR_MISALIGNED,
  CELLBLOCK_ERROR_INTERIOR_POINTER,
  CELLBLOCK_ERROR_DOUBLE_FREE,
  // A field has a value that is none of its enumeration. C only.
  CELLBLOCK_ERROR_BAD_OPTION = 256
} cellblock_error;

// One sentence, never null.
const char* cellblock_message(cellblock_error error);

// These are explained in allocator/fill.h and allocator/region.h.
typedef enum cellblock_fill CELLBLOCK_ANY_NUMBER {
  CELLBLOCK_FILL_ZEROED,
  CELLBLOCK_FILL_UNINITIALIZED,
  CELLBLOCK_FILL_FUNCTION
} cellblock_fill;

typedef enum cellblock_scrub CELLBLOCK_ANY_NUMBER {
  CELLBLOCK_SCRUB_NEVER,
  CELLBLOCK_SCRUB_ON_FREE
} cellblock_scrub;

typedef enum cellblock_commit CELLBLOCK_ANY_NUMBER {
  CELLBLOCK_COMMIT_LAZY,
  CELLBLOCK_COMMIT_POPULATE,
  CELLBLOCK_COMMIT_LOCK
} cellblock_commit;

typedef enum cellblock_pages CELLBLOCK_ANY_NUMBER {
  CELLBLOCK_PAGES_SMALL,
  CELLBLOCK_PAGES_TRANSPARENT_HUGE,
  CELLBLOCK_PAGES_HUGE
} cellblock_pages;

// What a buffer is known to hold. Zero bytes need no clearing: claim them only
// of a buffer that is zero in every byte.
typedef enum cellblock_content CELLBLOCK_ANY_NUMBER {
  CELLBLOCK_CONTENT_UNKNOWN,
  CELLBLOCK_CONTENT_ZERO
} cellblock_content;

// Zero in every field is a pool that is zeroed, lazy and without owners; only
// bytes must be stated.
typedef struct cellblock_options {
  size_t bytes;  // of a mapped pool; a buffer has its own
  cellblock_fill fill;
  void (*fill_function)(void* block, size_t bytes, void* context);
  void* fill_context;
  cellblock_scrub scrub;
  size_t unit;              // bytes; 0: chosen by the size of the pool
  uint32_t owners;          // how many limits can be set
  cellblock_commit commit;  // of a mapped pool
  cellblock_pages pages;    // of a mapped pool; wished for
} cellblock_options;

typedef struct cellblock_buffer {
  void* data;
  size_t bytes;
  cellblock_content content;
} cellblock_buffer;

// A pool in a mapping between guard pages. *pool is null iff the error is not
// CELLBLOCK_ERROR_NONE: those of HeapPrealloc::Create, or a bad option.
// *os_error is then the errno of the call that failed, 0 if none did; os_error
// may be null.
CELLBLOCK_NODISCARD cellblock_error cellblock_create(
    const cellblock_options* options, cellblock_pool** pool, int* os_error);

// A pool in the caller's memory, such as an array on the stack, without a
// system call. The handle takes 256 bytes and 64 for each owner, or less; of
// what is left, HeapPrealloc::Create says how much is for blocks. Null options
// are zero options. Errors: as cellblock_create.
CELLBLOCK_NODISCARD cellblock_error
cellblock_create_over(cellblock_buffer buffer, const cellblock_options* options,
                      cellblock_pool** pool);

// Ends the pool and every block of it. Null is nothing.
void cellblock_destroy(cellblock_pool* pool);

// Adds the buffer to the pool; it keeps its own table in front. No block spans
// two. Errors: those of HeapPrealloc::Grow, or a bad option.
CELLBLOCK_NODISCARD cellblock_error cellblock_grow(cellblock_pool* pool,
                                                   cellblock_buffer buffer);

// From now on the memory stays for the life of the process:
// cellblock_destroy then makes no call.
void cellblock_retain(cellblock_pool* pool);

// At least `bytes`, or one unit for 0, aligned to 16. Null iff refused:
// cellblock_last_error says why.
CELLBLOCK_NODISCARD void* cellblock_alloc(cellblock_pool* pool, size_t bytes);

// Aligned to `alignment` and to 16; also refused iff it is not a power of two.
CELLBLOCK_NODISCARD void* cellblock_alloc_aligned(cellblock_pool* pool,
                                                  size_t alignment,
                                                  size_t bytes);

// As realloc(3): keeps what the block held, up to `bytes`; aligned to 16. Null
// iff refused, which leaves the block as it was. A null block is
// allocated; 0 bytes leave one unit. The owner stays. A block that has to move
// needs room for both, in the pool and in the limit. Reports what is not a
// live block.
CELLBLOCK_NODISCARD void* cellblock_realloc(cellblock_pool* pool, void* block,
                                            size_t bytes);

// Null is nothing. Reports what is not a live block.
void cellblock_free(cellblock_pool* pool, void* block);

// 0 iff no live block starts there.
size_t cellblock_usable_size(const cellblock_pool* pool, const void* block);

// Why the last call to alloc, alloc_aligned or realloc was refused, whoever it
// was charged to; none if it was not.
cellblock_error cellblock_last_error(const cellblock_pool* pool);

// The functions as C libraries take them. The triple is alloc, free and opaque;
// the form of four has realloc and usable_size as well. Each is as the function
// of the same name above.
typedef struct cellblock_allocator {
  void* (*alloc)(void* opaque, size_t bytes);
  void (*free)(void* opaque, void* block);
  void* opaque;
  void* (*realloc)(void* opaque, void* block, size_t bytes);
  size_t (*usable_size)(void* opaque, const void* block);
} cellblock_allocator;

// Whom an allocation is charged to: nobody, or an owner from 1 up.
#define CELLBLOCK_NO_OWNER UINT32_C(0)

// One that charges its blocks to `owner`, to whose limit it is held. It lives
// as long as the pool. Null iff the pool has no such owner.
const cellblock_allocator* cellblock_get_allocator(const cellblock_pool* pool,
                                                   uint32_t owner);

// What may be charged to an owner from now on; what it has it keeps.
// CELLBLOCK_ERROR_NO_SUCH_OWNER iff there is none of that number.
CELLBLOCK_NODISCARD cellblock_error cellblock_set_limit(cellblock_pool* pool,
                                                        uint32_t owner,
                                                        uint64_t bytes);

typedef struct cellblock_admission {
  cellblock_error error;  // none, exhausted, over the limit or no such owner
  uint64_t short_by;      // 0 if there is none
} cellblock_admission;

// Whether a job that needs so many bytes may begin. Reserves nothing.
cellblock_admission cellblock_admit(const cellblock_pool* pool, uint64_t bytes,
                                    uint32_t owner);

// The figures are explained in allocator/heap_stats.h.
typedef struct cellblock_exhaustion {
  uint64_t asked;
  uint64_t alignment;
  uint64_t in_use;
  uint64_t peak;
  uint64_t largest_free;
  uint64_t short_by;
} cellblock_exhaustion;

typedef struct cellblock_stats {
  uint64_t pool_bytes;
  uint64_t unit_bytes;
  uint64_t in_use_bytes;
  uint64_t peak_bytes;
  uint64_t high_water_bytes;
  uint64_t ever_bytes;
  uint64_t allocations;
  uint64_t frees;
  uint64_t exhausted;
  uint64_t over_limit;
  uint64_t refused_at_bytes;
  uint64_t lost_bytes;  // always 0: nothing is lost here
  cellblock_exhaustion last_exhaustion;
  // Not kept, but found when asked for.
  uint64_t needed_bytes;  // this run needed so much
  uint64_t free_bytes;
  uint64_t largest_free_bytes;
  double fragmentation;  // share of free_bytes outside the largest free block
} cellblock_stats;

cellblock_stats cellblock_get_stats(const cellblock_pool* pool);

typedef struct cellblock_owner_stats {
  uint64_t limit_bytes;
  uint64_t in_use_bytes;
  uint64_t peak_bytes;
  uint64_t over_limit;
} cellblock_owner_stats;

// As HeapPrealloc::owner_stats.
cellblock_owner_stats cellblock_get_owner_stats(const cellblock_pool* pool,
                                                uint32_t owner);

// What the mapping got; small pages for a buffer.
cellblock_pages cellblock_get_pages(const cellblock_pool* pool);

typedef struct cellblock_check {
  const char* broken;  // the first broken invariant; null iff there is none
  size_t offset;       // bytes into the pool where it was noticed
  size_t live_blocks;  // complete only if nothing is broken
} cellblock_check;

// Checks the whole state of the pool. Steps in the number of units.
cellblock_check cellblock_validate(const cellblock_pool* pool);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // CELLBLOCK_ALLOCATOR_CELLBLOCK_H_
