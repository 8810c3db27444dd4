// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_FRESHNESS_H_
#define CELLBLOCK_JAIL_CALL_FRESHNESS_H_

#include <cstdint>

namespace cellblock {

// What a call can find of the calls before it. A worker that misbehaved is
// never used again, at any level.
//
//                  kReuse   kHeapReset   kForkPerCall   kNewProcess
//   heap           stays    restored     new            new
//   .data, .bss    stays    restored     new            new
//   thread-locals  stays    restored     new            new
//   stack          stays    zeroed       new            new
//   rounding mode  stays    restored     new            new
//   signal mask    stays    restored     new            new
//   descriptors    stay     stay         new offsets*   new offsets*
//   addresses      same     same         same           drawn anew
//   by whom        nobody   the worker   the kernel     the kernel
//
// *) The worker holds none but those it was given (JailOptions), whose offsets
// are shared by all workers that were given the same descriptor.
//
// kReuse: the same process, as the last call left it. For trusted inputs, or
//   one tenant.
// kHeapReset: the same process, which puts its own memory back to what it was
//   before the first call. Hygiene, and no boundary: an input that took the
//   worker over stays.
// kForkPerCall: a new process for every input, forked ahead from a clean,
// locked
//   template that never sees a byte. All of them share the template's
//   addresses, stack protector and pointer guard.
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
