// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_BATCH_RUN_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_BATCH_RUN_H_

#include <signal.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jail/unique_fd.h"
#include "tools/jailrun/batch/batch_options.h"
#include "tools/jailrun/batch/job.h"
#include "tools/jailrun/batch/journal.h"
#include "tools/jailrun/batch/output_file.h"
#include "tools/jailrun/batch/progress.h"
#include "tools/jailrun/batch/schedule.h"
#include "tools/jailrun/batch/slot.h"
#include "tools/jailrun/exit_map.h"

namespace cellblock {

// A batch from its list to its summary.
//
// Lifecycle: one object, one Run; then exit_code.
// Errors: one line, if the batch cannot begin or go on: no inputs, files that
//   collide, a journal or an output that cannot be written, a program that
//   cannot be confined, a lack of processes or descriptors that did not pass.
//   What has its line in the journal by then is done; nothing else has one.
// Threads: the process has one, and keeps it.
class BatchRun {
 public:
  explicit BatchRun(const BatchOptions& options)
      : options_(options), jobs_(options.jobs) {}

  [[nodiscard]] std::string Run();

  int exit_code() const;

  // After an error: what a scheduler does next.
  EngineCode stopped_for() const { return stopped_for_; }

 private:
  using Clock = Schedule::Clock;

  struct Running {
    Attempt attempt;
    OutputFile output;
    Job job;
  };

  std::string ListInputs();
  std::string TryQuarantine();
  std::string OpenJournal();
  std::string WatchSignals();
  std::string RunAll();
  std::string RunRest();
  std::string StartMore();
  std::string StartOne(const Attempt& attempt);
  int GiveToSlot(Running* running);
  int StartSlot(std::unique_ptr<Slot>* slot);
  void TellWhyNoTemplate(const Outcome& outcome);
  void Wait();
  void TakeSignal();
  std::string TakeEnded();
  std::string EndOne(Running* running);
  std::string Ended(Running* running, const Outcome& outcome);
  std::string CannotStart(Running* running, const std::string& reason,
                          int error);
  bool IsOfOneOutput(const std::string& path, int error) const;
  std::string CheckRoom(const Running& running, const Outcome& outcome);
  void RunFewer(const Attempt& attempt, const std::string& reason);
  std::string StopForNow(std::string error);
  std::string Settle(Running* running, const Outcome& outcome);
  std::string OutputPath(size_t input) const;
  std::string WriteQuarantine();
  bool ShowsProgress() const;
  void DrawProgress();
  void ClearProgress() const;
  void Summarise();

  const BatchOptions& options_;
  size_t jobs_;  // at a time, as it turned out
  std::vector<std::string> inputs_;
  Journal journal_;
  std::optional<Schedule> schedule_;
  std::vector<Running> running_;
  std::vector<std::unique_ptr<Slot>> idle_;
  size_t longest_input_ = 0;  // bytes
  Progress progress_;
  Clock::time_point started_;
  Clock::time_point drawn_;
  UniqueFd signals_;
  sigset_t signal_mask_;        // as it was
  struct sigaction too_large_;  // of SIGXFSZ, as it was
  int stopped_by_ = 0;          // a signal
  EngineCode stopped_for_ = EngineCode::kConfiguration;
  size_t runs_again_ = 0;
  bool told_why_no_template_ = false;
  bool any_began_ = false;  // a program was locked, so others can be too
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_BATCH_RUN_H_
