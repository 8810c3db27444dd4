// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RESERVE_TEXT_H_
#define CELLBLOCK_TOOLS_JAILRUN_RESERVE_TEXT_H_

#include <cstdint>
#include <string>

#include "tools/jailrun/run_record.h"

namespace cellblock {

// Lines of the report about address space that a program reserves.

// How much of --reserve was in use.
std::string ReserveText(const RunRecord& record);

// Of the largest reservation that found no room, and the option for it.
std::string RefusedReservationText(const RunRecord& record);

// A --reserve that has room for one of `refused` bytes beside what was in use;
// 0 iff the option takes no such size.
uint64_t ReserveFor(uint64_t in_use, uint64_t refused);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RESERVE_TEXT_H_
