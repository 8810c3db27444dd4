// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_LOAD_OUTCOME_H_
#define CELLBLOCK_TOOLS_JAILRUN_LOAD_OUTCOME_H_

#include "tools/jailrun/load_area.h"
#include "tools/jailrun/load_list.h"
#include "tools/jailrun/run_record.h"

namespace cellblock {

// Fills `record->loaded` when the program has ended, and makes a failed set-up
// of a run that ended while a library was being loaded, with that library's
// name. `area` was written to before the lock alone, or never; null iff nothing
// was to be loaded.
void TakeLoadOutcome(const LoadArea* area, const LoadList& list,
                     RunRecord* record);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_LOAD_OUTCOME_H_
