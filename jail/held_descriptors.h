// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_HELD_DESCRIPTORS_H_
#define CELLBLOCK_JAIL_HELD_DESCRIPTORS_H_

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace cellblock {

// What a process holds at its lock, beside what it was given.
struct HeldDescriptors {
  size_t opened = 0;  // by itself
  // Why it must not run: a descriptor or a ring by which it would reach past
  // its filter, or what cannot be looked at. Empty iff there is none.
  std::string refused;
};

// What it may hold at that moment.
struct ExpectedDescriptors {
  // From this process, under the same numbers: whatever they are.
  std::span<const int> given = {};
  // The runtime's, which it closes before main.
  std::span<const int> own = {};
  // Its filter's listener, and the same in this process.
  int listener = -1;
  int listener_here = -1;
  // Who it was, for the reason, that opened the others.
  const char* who = "a constructor";
};

// Looks at a process, this one or from outside, through /proc, while it may
// still be looked into: at its descriptors, those of its threads, and rings
// that are served without any.
//
// Errors: as `refused`.
// Cost: about 10 us if nothing else is held, which kcmp(2) and Linux 6.2 tell
//   at once; else some 10 us for each descriptor.
HeldDescriptors LookAtDescriptors(pid_t process,
                                  const ExpectedDescriptors& expected);

// What a descriptor that leads to `target`, as /proc names it, would let a
// program do behind its filter's back; null iff nothing. Without the memory of
// processes, which a name alone does not tell.
const char* PassesFilter(std::string_view target);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_HELD_DESCRIPTORS_H_
