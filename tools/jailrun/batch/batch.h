// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_BATCH_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_BATCH_H_

namespace cellblock {

// `jailrun batch`: one command over many inputs, one jail for each.
//
//   list ─► what the journal lacks ─► start ─► verdict ─► again, or into the
//   journal ─► quarantine list, summary
//
// Every input gets exactly one final verdict in the journal, also when the
// batch is killed at any moment and started again: an input counts as done when
// its line is written, and not before. What a run writes is renamed to its
// place before that, and only if the run was clean.

// Whether the command line asks for it.
bool IsBatch(int argc, char** argv);

// Returns the exit code. Everything is written.
int Batch(int argc, char** argv);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_BATCH_H_
