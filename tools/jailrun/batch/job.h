// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_JOB_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_JOB_H_

#include <memory>
#include <optional>
#include <string>

#include "jail/unique_fd.h"
#include "tools/jailrun/batch/outcome.h"
#include "tools/jailrun/batch/schedule.h"
#include "tools/jailrun/batch/slot.h"

namespace cellblock {

// One run of one input in a slot. What it reports and the end of what the
// program says on its standard error come through pipes, so any number of jobs
// can be waited for at a time.
//
// Lifecycle: Start; then Take whenever a descriptor can be read, until `ended`;
//   then Finish, once. Destroyed earlier, its slot is killed.
// Units: bytes.
class Job {
 public:
  struct Setup {
    size_t input;
    PoolTier tier;
    int output_fd;  // its standard output
  };

  // Errors: errno, of pipe2(2), or of Slot::Give; then nothing runs, and the
  // slot is where it was.
  [[nodiscard]] int Start(const Setup& setup, std::unique_ptr<Slot>* slot);

  int report_fd() const { return report_.get(); }  // -1: it was read to its end
  int words_fd() const { return words_.get(); }

  // Reads what there is.
  void TakeReport();
  void TakeWords();

  // No process is left that could say anything.
  bool ended() const { return !report_.ok() && !words_.ok(); }

  // Empty iff the slot's process was killed before it could report. Else
  // `slot` is free for others.
  [[nodiscard]] std::optional<Outcome> Finish(std::unique_ptr<Slot>* slot);

  // kMostLastWords at the most, and none that begins within a character.
  std::string last_words() const;

 private:
  std::unique_ptr<Slot> slot_;
  UniqueFd report_;
  UniqueFd words_;
  std::string report_text_;
  std::string last_words_;
  bool words_were_cut_ = false;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_JOB_H_
