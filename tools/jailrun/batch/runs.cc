// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/runs.h"

#include <chrono>
#include <utility>

#include "tools/jailrun/run.h"

namespace cellblock {
namespace {

using Clock = std::chrono::steady_clock;

// A template that goes away by itself is tried so often.
constexpr uint32_t kMostFailures = 3;

TemplateWords WordsFor(const BatchOptions& batch, size_t longest_input) {
  const std::string token = TemplateWords::MakeToken();
  return {batch.command.For(token), token, longest_input};
}

Options WithCommand(Options options, const std::vector<std::string>& command) {
  options.command = command;
  return options;
}

// What exhausts its pool can crash for that, or say that it does.
bool EndedByItself(const Outcome& outcome) {
  return !outcome.signal &&
         (outcome.verdict_class == VerdictClass::kClean ||
          outcome.verdict_class == VerdictClass::kProgramError ||
          outcome.verdict_class == VerdictClass::kExhausted);
}

}  // namespace

Runs::Runs(const BatchOptions& batch, size_t longest_input)
    : batch_(batch),
      words_(WordsFor(batch, longest_input)),
      options_(WithCommand(batch.jail, words_.command())),
      prepared_(options_) {
  refusal_ = prepared_.Make();
}

Outcome Runs::Run(const std::string& input, PoolTier tier) {
  const Clock::time_point began = Clock::now();
  signals_.Forget();
  Options options = WithCommand(batch_.jail, batch_.command.For(input));
  if (tier == PoolTier::kLarger) options.pool_bytes = *batch_.larger_pool_bytes;
  if (refusal_) return OutcomeOf(RefusedRun(options, prepared_, *refusal_));
  RunStart start = {.prepared = &prepared_,
                    .signals = &signals_,
                    // No verdict of a batch shows more.
                    .explanation = Explanation::kCall,
                    .began = began};
  if (ProgramTemplate* const found = Template(tier)) {
    start.program_template = found;
    start.began = Clock::now();
    Outcome outcome = RunFrom(options, start);
    outcome.started_by = StartedBy::kTemplate;
    Count(outcome);
    // Nothing is done twice.
    if (outcome.verdict_class != VerdictClass::kSetupFailed ||
        main_may_have_run_ || outlived_) {
      return outcome;
    }
    start.program_template = nullptr;
    start.began = Clock::now();
  }
  Outcome outcome = RunFrom(options, start);
  outcome.why_no_template = why_no_template_;
  return outcome;
}

Outcome Runs::RunFrom(const Options& options, const RunStart& start) {
  const RunRecord record = cellblock::Run(options, start);
  main_may_have_run_ = record.main_may_have_run;
  outlived_ |= record.outlives_run;
  return OutcomeOf(record);
}

// Null iff the program has to be executed.
ProgramTemplate* Runs::Template(PoolTier tier) {
  if (batch_.start == StartedBy::kExec || !why_no_template_.empty() ||
      tier != PoolTier::kUsual) {
    return nullptr;
  }
  if (template_.running()) return &template_;
  runs_of_template_ = 0;
  std::string why =
      template_.Start(options_, prepared_, words_, signals_.inherited());
  if (why.empty()) return &template_;
  // Next time, perhaps.
  if (template_.may_succeed() && ++failures_ < kMostFailures) return nullptr;
  why_no_template_ = std::move(why);
  return nullptr;
}

void Runs::Count(const Outcome& outcome) {
  if (outcome.verdict_class == VerdictClass::kSetupFailed) {
    if (++failures_ >= kMostFailures) {
      why_no_template_ = "it fails again and again: " + outcome.reason;
    }
  } else {
    failures_ = 0;
  }
  if (++runs_of_template_ == kMostOfOneTemplate || !EndedByItself(outcome)) {
    template_.Stop();
  }
}

}  // namespace cellblock
