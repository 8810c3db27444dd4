// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_FRESHNESS_H_
#define CELLBLOCK_JAIL_CALL_FRESHNESS_H_

#include <cstdint>

namespace cellblock {

// What a call can find of the calls before it. A worker that misbehaved is
// never used again, at any level.
//
//                       kReuse   kHeapReset   kForkPerCall   kNewProcess
//   heap, its figures   stay     restored     new            new
//   .data, .bss         stay     restored     new            new
//   thread-locals       stay     restored     new            new
//   stack               stays    zeroed       new            new
//   rounding, flags*    stay     restored     new            new
//   signal mask         stays    restored     new            new
//   input, output       stay     stay         zeroed         zeroed
//   signal actions      stay     stay         new            new
//   descriptors         stay     stay         new            new
//   their offsets**     stay     stay         stay           stay
//   registers           stay     stay         new            new
//   messages            stay     gone         gone           gone
//   addresses, guards   same     same         template's     drawn anew
//   by whom             nobody   the worker   the kernel     the kernel
//
// *) Of SSE and x87, by what fenv.h changes.
// **) Of those that were given (JailOptions, CallOptions): the kernel keeps one
// offset for all that hold the same open file, the host included. Have them
// read by pread(2) instead. What one call was passed is gone for the next.
//
// kReuse: the same process, as the last call left it. For trusted inputs, or
//   one tenant.
// kHeapReset: the same process, which puts its own memory back to what it was
//   before the first call. Hygiene, and no boundary: an input that took the
//   worker over stays, and the next call can read the last one's input and
//   output where its own do not cover them.
// kForkPerCall: a new process for every input, forked ahead from a clean and
//   locked template that never sees a byte. They share its addresses, stack
//   protector and pointer guard; a jail has two templates for each of its
//   `workers`.
// kNewProcess: executed anew for every input, ahead: addresses and guards are
//   its own.
enum class Freshness : uint8_t {
  kReuse,
  kHeapReset,
  kForkPerCall,
  kNewProcess,
};

// As in messages: "kReuse" …
const char* Name(Freshness freshness);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_FRESHNESS_H_
