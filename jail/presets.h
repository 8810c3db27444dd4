// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_PRESETS_H_
#define CELLBLOCK_JAIL_PRESETS_H_

// The policies that come with Cellblock: rows of rules.h, joined in presets.cc.
//
//   strict    computes on what it reads from standard input
//   worker    the same on memory that it shares with its host
//   decoder   an unmodified program that reads files
//   service   a server that has opened its files and sockets before the lock
//   template  makes workers by forking itself, and never sees a byte
//
// In none does a call of the memory family reach the kernel.

#include <span>
#include <string>
#include <string_view>

#include "jail/policy.h"

namespace cellblock {

// Reads descriptor 0, writes 1 and 2, ends. Another descriptor is a row more
// (PolicyBuilder::Allow("read:5")).
Policy StrictPreset();

// For the jail API: waits and wakes on shared memory, reads the clock, writes
// messages to descriptor 2.
Policy WorkerPreset();

// For unmodified programs that read files and write to what they were given:
// the default of jailrun.
Policy DecoderPreset();

// The same, and files may be created, changed and removed. Which ones is not
// the filter's to say: use it with jail/landlock.h only.
Policy DecoderWithWritePreset();

// For a service that locks itself: works on whatever it holds, accepts
// connections, waits for events, starts threads; opens nothing.
Policy ServicePreset();

// For the process of which a jail per input is forked: what its children may
// do by "worker", and what makes them, each in the one form that does only that
// (IsPinned). A child's last filter adds its pid and takes the rest away.
Policy TemplatePreset();

// What makes workers, in the one form that does only that: the rows that a
// template has besides those of its workers.
std::span<const Rule> ForkingRules();

// Every preset, for tools that print, compile or prove them all.
std::span<const Policy> AllPresets();

// True iff a program can be run by it, or a policy file start from it: not one
// that needs an option besides ("decoder+rw"), nor the template's.
bool IsInheritable(const Policy& preset);

// The names of those, for messages: "strict, worker, …".
std::string InheritablePresets();

// Null iff no preset has that name.
const Policy* FindPreset(std::string_view name);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_PRESETS_H_
