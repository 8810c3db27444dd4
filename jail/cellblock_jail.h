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
//     options.pool_bytes = 64 << 20;                          // in bytes
//     char why[CELLBLOCK_JAIL_WHY_BYTES];
//     cellblock_jail* jail = cellblock_jail_create(&options, "png", why);
//     if (jail == NULL) return fail(why);
//     cellblock_output* output = cellblock_jail_call(jail, file, file_bytes);
//     if (output == NULL) return fail("no memory for the answer");
//     if (cellblock_output_end(output) != CELLBLOCK_END_CLEAN)
//       return fail(cellblock_output_message(output));
//     ... cellblock_output_bytes(output, &bytes), which nobody has validated
//     cellblock_output_free(output);
//     cellblock_jail_destroy(jail);
//   }
//
// Lifecycle, Units, Threads, Syscalls: as of Jail. What options point to is
//   copied by cellblock_jail_create; decoders stay where they are.
// Errors: as each function says. No exception leaves a function, and none of
//   them aborts; memory that malloc does not give is reported like the rest. A
//   pointer may be NULL only where it says so.
// Ownership: a jail and an output are the caller's, to destroy and to free;
//   what is asked of an output is the output's.
//
// Left to C++ (jail/jail.h): calls without a copy and calls into memory that is
// used again (CallInPlace, CallInto), calls that return at once (CallAsync),
// workers that are copies of the host, typed functions, verified calls.

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

// Freshness of jail/call/freshness.h, which says what each is worth.
typedef enum cellblock_freshness {
  CELLBLOCK_FRESHNESS_REUSE,
  CELLBLOCK_FRESHNESS_HEAP_RESET,
  CELLBLOCK_FRESHNESS_FORK_PER_CALL,
  CELLBLOCK_FRESHNESS_NEW_PROCESS
} cellblock_freshness;

// What becomes of what a worker writes to its descriptor 2.
typedef enum cellblock_messages {
  CELLBLOCK_MESSAGES_KEPT,  // the last of it: cellblock_output_messages
  CELLBLOCK_MESSAGES_DROPPED,
  CELLBLOCK_MESSAGES_SHOWN  // on the host's own descriptor 2, as it is
} cellblock_messages;

// As in logs: "clean", "refused" …; "unknown" iff it is none of them.
const char* cellblock_end_name(int end);

// In the jail. These ask nothing of malloc.

typedef struct cellblock_call cellblock_call;

// Returns 0, or a number of its own that the host gets as the call's code; the
// message names small positive ones as Abseil does ("NOT_FOUND" for 5).
typedef int cellblock_decode_fn(cellblock_call* call);

typedef struct cellblock_decoder {
  const char* name;
  cellblock_decode_fn* decode;
  int (*prepare)(void);  // NULL, or before the lock; 0 iff it went well
} cellblock_decoder;

// Read-only, and valid during the call. Not NULL; `bytes` may be 0.
const uint8_t* cellblock_call_input(const cellblock_call* call, size_t* bytes);
// Copies `count` bytes behind what was written before; NULL iff that is 0.
void cellblock_call_write(cellblock_call* call, const void* bytes,
                          size_t count);
// The same without a copy: where output can be put, at least one byte, and how
// many of the first ones count.
uint8_t* cellblock_call_room(cellblock_call* call, size_t* bytes);
void cellblock_call_commit(cellblock_call* call, size_t bytes);
// What the host passed in; -1 iff it passed nothing.
int cellblock_call_descriptor(const cellblock_call* call);
// What goes with a number that is not 0: its first 256 bytes, copied. NULL:
// nothing.
void cellblock_call_explain(cellblock_call* call, const char* message);

// As jail::Init: makes this process a worker if it was executed as one, and
// then does not return. The first line of main. `decoders` outlive the process;
// NULL iff `count` is 0. Exits with 125 iff malloc has nothing left already.
void cellblock_jail_init(int argc, char** argv,
                         const cellblock_decoder* decoders, size_t count);

// In the host.

typedef struct cellblock_jail cellblock_jail;
typedef struct cellblock_output cellblock_output;

typedef struct cellblock_path_grant {
  const char* path;
  int writable;  // 1: files below it are created, changed and removed too
  int optional;  // 1: passed over if it cannot be opened
} cellblock_path_grant;

// One call, when it has ended. For logs; valid while the function runs.
typedef struct cellblock_call_record {
  const char* decoder;
  int end;  // cellblock_end
  int64_t worker;
  uint64_t input_bytes;
  uint64_t output_bytes;
  uint64_t wall_ns;
} cellblock_call_record;

typedef void cellblock_log_fn(void* context,
                              const cellblock_call_record* record);

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
  int messages;               // cellblock_messages
  int reserved;               // 0
  const char* preset;         // NULL: "worker"
  const char* const* allow;   // ends with NULL; NULL: nothing
  const char* worker_binary;  // NULL: this program
  // What may be opened, where the policy lets anything be opened.
  const cellblock_path_grant* files;  // NULL iff there are none
  size_t file_count;
  const int* descriptors;  // NULL iff there are none
  size_t descriptor_count;
  const char* const* environment;  // "NAME=value"; ends with NULL; NULL: empty
  cellblock_log_fn* log;           // NULL: nobody is told
  void* log_context;
} cellblock_jail_options;

// Sets the defaults. `size` is sizeof(*options): a library that is newer than
// the caller leaves what lies behind it alone, one that is older sets it to 0.
void cellblock_jail_options_init(cellblock_jail_options* options, size_t size);

#define CELLBLOCK_JAIL_WHY_BYTES 512

// NULL iff there is none, and then `why` says why, unless that is NULL. Besides
// what Jail::Create refuses: a `size` that cellblock_jail_options_init has not
// set, members that this library does not know and that are not 0, and numbers
// that are none of their enumeration. NULL for `options`: the defaults.
cellblock_jail* cellblock_jail_create(const cellblock_jail_options* options,
                                      const char* decoder,
                                      char why[CELLBLOCK_JAIL_WHY_BYTES]);

// Waits for calls in progress. NULL is let be.
void cellblock_jail_destroy(cellblock_jail* jail);

// NULL iff malloc has nothing left for the answer; the jail can be called
// again. `input`: NULL only if `bytes` is 0. Every other failure is in the
// output.
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

// Calls `see` for each layer of the worker that was made ready last: its name,
// its state ("enforced", "unsupported" or "off"), and what it does or why it is
// not enforced, or "". 0, or -1 iff malloc has nothing left.
typedef void cellblock_layer_fn(void* context, const char* name,
                                const char* state, const char* reason);
int cellblock_jail_posture(const cellblock_jail* jail, cellblock_layer_fn* see,
                           void* context);

cellblock_end cellblock_output_end(const cellblock_output* output);
// One sentence; "" iff it is clean.
const char* cellblock_output_message(const cellblock_output* output);
// A copy of what the worker wrote, which nobody has validated. No byte, and
// perhaps NULL, iff the call was not clean or wrote none.
const uint8_t* cellblock_output_bytes(const cellblock_output* output,
                                      size_t* bytes);
// The last that the worker wrote to its descriptor 2, if the call cost it its
// life and messages are kept. As it wrote it: escape it before it is shown.
const char* cellblock_output_messages(const cellblock_output* output,
                                      size_t* bytes);

// What CallFailure explains, and what of it is the kernel's word; 0 where it
// does not apply. New members come at the end.
typedef struct cellblock_failure {
  int end;   // cellblock_end
  int code;  // refused: what the decoder returned
  int signal;
  int exit_code;
  int64_t worker;  // -1: there was none
  uint64_t address;
  uint64_t asked;
  uint64_t short_by;
  uint64_t in_use;
  uint64_t peak;
  uint64_t largest_free;
  uint64_t pool;
  uint64_t time_limit_ms;
  uint64_t output_limit;
  uint32_t call_number;
  uint32_t call_arch;  // AUDIT_ARCH_*; 0: nobody knows the call
  uint64_t call_instruction;
  uint64_t call_arguments[6];
} cellblock_failure;
const cellblock_failure* cellblock_output_failure(
    const cellblock_output* output);

void cellblock_output_free(cellblock_output* output);  // NULL is let be

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  // CELLBLOCK_JAIL_CELLBLOCK_JAIL_H_
