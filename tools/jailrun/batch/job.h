// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_JOB_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_JOB_H_

#include <signal.h>
#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

#include "jail/unique_fd.h"
#include "tools/jailrun/batch/outcome.h"

namespace cellblock {

// One run in a process of its own, which supervises one jail and dies with
// whoever started it. What it reports and the end of what the program says on
// its standard error come through pipes, so any number of jobs can be waited
// for at a time.
//
// Lifecycle: Start; then Take whenever a descriptor can be read, until `ended`;
//   then Finish, once. Destroyed earlier, it is killed.
// Units: bytes.
// Threads: the process that starts jobs has one thread.
class Job {
 public:
  struct Setup {
    // Called in the new process, with 0 to 2 in place. Returns the report.
    std::function<std::string()> run;
    int output_fd;                // its standard output
    const sigset_t* signal_mask;  // that the program is to have
  };

  // Of what the program says last, so much is kept.
  static constexpr size_t kMostLastWords = 2048;

  Job() = default;
  Job(Job&& other) noexcept { *this = std::move(other); }
  Job& operator=(Job&& other) noexcept;
  ~Job();

  // Errors: errno, of pipe2(2), open(2) or fork(2); then nothing runs.
  [[nodiscard]] int Start(const Setup& setup);

  int report_fd() const { return report_.get(); }  // -1: it was read to its end
  int words_fd() const { return words_.get(); }

  // Reads what there is.
  void TakeReport();
  void TakeWords();

  // No process is left that could say anything.
  bool ended() const { return !report_.ok() && !words_.ok(); }

  // Empty iff the supervising process was killed before it could report.
  [[nodiscard]] std::optional<Outcome> Finish();

  const std::string& last_words() const { return last_words_; }

 private:
  pid_t pid_ = -1;
  UniqueFd report_;
  UniqueFd words_;
  std::string report_text_;
  std::string last_words_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_JOB_H_
