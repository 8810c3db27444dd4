// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_BATCH_RUNS_H_
#define CELLBLOCK_TOOLS_JAILRUN_BATCH_RUNS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/jailrun/batch/batch_options.h"
#include "tools/jailrun/batch/outcome.h"
#include "tools/jailrun/batch/schedule.h"
#include "tools/jailrun/preparation.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/run.h"
#include "tools/jailrun/signal_forwarder.h"
#include "tools/jailrun/template/program_template.h"
#include "tools/jailrun/template/template_words.h"

namespace cellblock {

// Runs of a batch's inputs in this process, one after the other, with what is
// the same for all of them done once: the program found and inspected, the
// policy built, and, unless --start=exec, the program loaded.
//
// The program's template is made anew after kMostOfOneTemplate runs, and after
// each run that did not end by itself: whoever learns addresses by crashing a
// program learns those of one that is gone.
//
// Lifecycle: of one process, which changes its signals for it.
// Errors: none; they are verdicts. What a template cannot do is done without.
// Threads: one.
class Runs {
 public:
  static constexpr uint32_t kMostOfOneTemplate = 256;

  // Borrows both. `longest_input` is the number of its bytes.
  Runs(const BatchOptions& batch, size_t longest_input);

  // With descriptors 0, 1 and 2 as they are.
  Outcome Run(const std::string& input, PoolTier tier);

  // Whether a program is left that ends with this process, and not before.
  bool outlived() const { return outlived_; }

 private:
  Outcome RunFrom(const Options& options, const RunStart& start);
  ProgramTemplate* Template(PoolTier tier);
  void Count(const Outcome& outcome);

  const BatchOptions& batch_;
  TemplateWords words_;
  Options options_;  // with the words of the template
  Preparation prepared_;
  SignalForwarder signals_;
  std::optional<Refusal> refusal_;
  ProgramTemplate template_;
  std::string why_no_template_;
  bool main_may_have_run_ = false;  // of the last run
  bool outlived_ = false;
  uint32_t runs_of_template_ = 0;
  uint32_t failures_ = 0;  // of templates, in a row
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_BATCH_RUNS_H_
