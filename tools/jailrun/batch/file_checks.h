// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_FILE_CHECKS_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_FILE_CHECKS_H_

#include <string>
#include <vector>

#include "tools/jailrun/batch/batch_options.h"
#include "tools/jailrun/batch/journal.h"

namespace cellblock {

// Before anything is opened: whether a file of the batch would take the place
// of another, a program could write the journal or the quarantine list, or a
// name does not fit into that list.
// Errors: one line, naming the option; empty iff there is none.
[[nodiscard]] std::string CheckFiles(const BatchOptions& options,
                                     const std::vector<std::string>& inputs);

// What the journal of a batch with these options says of it.
[[nodiscard]] BatchIdentity IdentityOf(const BatchOptions& options);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_FILE_CHECKS_H_
