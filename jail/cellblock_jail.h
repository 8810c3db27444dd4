// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_JAIL_CELLBLOCK_JAIL_H_
#define CELLBLOCK_JAIL_CELLBLOCK_JAIL_H_

// jail/jail.h for C11, C++ and whatever can call C.
//
//   static int Decode(cellblock_call* call) {       // in the jail
//     size_t bytes;
//     const uint8_t* input = cellblock_call_input(call, &bytes);
//     ...
//     cellblock_call_write(call, pixels, pixel_bytes);
//     return 0;
//   }
//   static const cellblock_decoder kDecoders[] = {{"png", Decode, NULL}};
//
//   int main(int argc, char** argv) {
//     cellblock_jail_init(argc, argv, kDecoders, 1);          // first
//     cellblock_jail_options options;
//     cellblock_jail_options_init(&options, sizeof(options));
//     options.pool_bytes = 64 << 20;
//     char why[CELLBLOCK_JAIL_WHY_BYTES];
//     cellblock_jail* jail = cellblock_jail_create(&options, "png", why);
//     if (jail == NULL) return fail(why);
//     cellblock_output* output = cellblock_jail_call(jail, file, file_bytes);
//     if (cellblock_output_end(output) != CELLBLOCK_END_CLEAN)
//       return fail(cellblock_output_message(output));
//     ... cellblock_output_bytes(output, &bytes), which nobody has validated
//     cellblock_output_free(output);
//     cellblock_jail_destroy(jail);
//   }
//
// Lifecycle, Units, Ownership, Threads, Syscalls: as of Jail. What a function
//   returns to be freed is the caller's.
// Errors: as each function says. No exception leaves a function, and none of
//   them aborts; memory that malloc does not give is reported like the rest.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// How a call ended: CallEnd of jail/call/call_failure.h, by the same numbers.
typedef enum cellblock_end {
  CELLBLOCK_END_CLEAN,
  CELLBLOCK_END_REFUSED,
  CELLBLOCK_END_EXHAUSTED,
  CELLBLOCK_END_VIOLATION,
  CELLBLOCK_END_DEADLINE,
  CELLBLOCK_END_CPU_LIMIT,
  CELLBLOCK_END_OUTPUT_LIMIT,
  CELLBLOCK_END_CRASHED,
  CELLBLOCK_END_EXITED,
  CELLBLOCK_END_LIED,
  CELLBLOCK_END_NO_WORKER,
  CELLBLOCK_END_MISUSE
} cellblock_end;

// Freshness of jail/call/freshness.h, by the same numbers.
typedef enum cellblock_freshness {
  CELLBLOCK_FRESHNESS_REUSE,
  CELLBLOCK_FRESHNESS_HEAP_RESET,
  CELLBLOCK_FRESHNESS_FORK_PER_CALL,
  CELLBLOCK_FRESHNESS_NEW_PROCESS
} cellblock_freshness;

// As in logs: "clean", "refused" …; never null.
const char* cellblock_end_name(int end);

// In the jail.

typedef struct cellblock_call cellblock_call;

// Returns 0, or a number of its own that the host gets as the call's code.
typedef int cellblock_decode_fn(cellblock_call* call);

typedef struct cellblock_decoder {
  const char* name;
  cellblock_decode_fn* decode;
  int (*prepare)(void);  // NULL, or before the lock; 0 iff it went well
} cellblock_decoder;

const uint8_t* cellblock_call_input(const cellblock_call* call, size_t* bytes);
void cellblock_call_write(cellblock_call* call, const void* bytes,
                          size_t count);
// What the host passed in; -1 iff it passed nothing.
int cellblock_call_descriptor(const cellblock_call* call);
// What goes with a number that is not 0. Copied.
void cellblock_call_explain(cellblock_call* call, const char* message);

// As jail::Init. `decoders` outlive the process.
void cellblock_jail_init(int argc, char** argv,
                         const cellblock_decoder* decoders, size_t count);

// In the host.

typedef struct cellblock_jail cellblock_jail;
typedef struct cellblock_output cellblock_output;

// What JailOptions explains. New members come at the end.
typedef struct cellblock_jail_options {
  size_t size;  // sizeof this struct, as the caller knows it
  uint64_t pool_bytes;
  uint64_t stack_bytes;
  uint64_t input_bytes;
  uint64_t output_buffer;
  uint64_t output_limit;
  uint64_t deadline_ms;
  uint64_t cpu_limit_ms;  // 0: none
  uint64_t start_deadline_ms;
  int freshness;  // cellblock_freshness
  int workers;
  int zeroed;                 // 1: malloc gives zeroed memory
  int populate;               // 1: the pool's pages are provided ahead
  int hardened;               // 1: HeapMode::kHardened
  int anywhere;               // 1: Placement::kAnywhere
  const char* preset;         // NULL: "worker"
  const char* const* allow;   // ends with NULL; NULL: nothing
  const char* worker_binary;  // NULL: this program
} cellblock_jail_options;

// Sets the defaults. `size` is sizeof(*options).
void cellblock_jail_options_init(cellblock_jail_options* options, size_t size);

#define CELLBLOCK_JAIL_WHY_BYTES 512

// NULL iff there is none, and then `why` says why, unless that is NULL.
cellblock_jail* cellblock_jail_create(const cellblock_jail_options* options,
                                      const char* decoder,
                                      char why[CELLBLOCK_JAIL_WHY_BYTES]);

// Waits for calls in progress. NULL is let be.
void cellblock_jail_destroy(cellblock_jail* jail);

// NULL iff malloc has nothing left for the answer.
cellblock_output* cellblock_jail_call(cellblock_jail* jail, const void* input,
                                      size_t bytes);
// The same with a deadline of its own, 0 for the jail's, and a descriptor to
// pass in, or -1.
cellblock_output* cellblock_jail_call_with(cellblock_jail* jail,
                                           const void* input, size_t bytes,
                                           uint64_t deadline_ms,
                                           int descriptor);

// As Jail::TestLock: 0 iff a worker died of the call as it has to; else -1, and
// `why`.
int cellblock_jail_test_lock(cellblock_jail* jail, uint32_t number,
                             char why[CELLBLOCK_JAIL_WHY_BYTES]);

cellblock_end cellblock_output_end(const cellblock_output* output);
// One sentence; "" iff it is clean. Valid as long as the output.
const char* cellblock_output_message(const cellblock_output* output);
// A copy of what the worker wrote. It is not to be trusted. Valid as long as
// the output.
const uint8_t* cellblock_output_bytes(const cellblock_output* output,
                                      size_t* bytes);

// What CallFailure explains, in numbers; 0 where it does not apply.
typedef struct cellblock_failure {
  int end;
  int code;
  int signal;
  int exit_code;
  uint32_t call_number;
  uint64_t address;
  uint64_t asked;
  uint64_t short_by;
  uint64_t in_use;
  uint64_t peak;
} cellblock_failure;
void cellblock_output_failure(const cellblock_output* output,
                              cellblock_failure* failure);

void cellblock_output_free(cellblock_output* output);  // NULL is let be

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // CELLBLOCK_JAIL_CELLBLOCK_JAIL_H_
