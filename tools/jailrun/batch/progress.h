// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_PROGRESS_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_PROGRESS_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <string>

#include "jail/verdict.h"

namespace cellblock {

// How many final verdicts there are of each class.
class Tally {
 public:
  void Add(VerdictClass verdict_class) {
    ++counts_[static_cast<size_t>(verdict_class)];
  }
  size_t of(VerdictClass verdict_class) const {
    return counts_[static_cast<size_t>(verdict_class)];
  }
  size_t all() const;

  // "9 clean, 1 violation"; classes that have none are left out.
  std::string Text() const;

 private:
  std::array<size_t, std::size(kAllVerdictClasses)> counts_{};
};

// How far a batch has come.
struct Progress {
  size_t inputs = 0;
  size_t done_before = 0;  // by an earlier run of the same batch
  Tally tally = {};        // of all that are done
  std::chrono::duration<double> elapsed{};  // in this run
};

// Inputs for each second of this run.
[[nodiscard]] double Rate(const Progress& progress);

// One line of at most `columns` for a terminal, without a line end: a bar, the
// counts, the rate and the time that is left at that rate.
[[nodiscard]] std::string ProgressLine(const Progress& progress,
                                       size_t columns);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_PROGRESS_H_
