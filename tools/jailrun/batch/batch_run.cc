// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/batch_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "jail/exit_code.h"
#include "tools/jailrun/batch/input_list.h"
#include "tools/jailrun/batch/runs.h"
#include "tools/jailrun/divided_list.h"
#include "tools/jailrun/refusal.h"
#include "tools/jailrun/write_all.h"

namespace cellblock {
namespace {

constexpr std::chrono::milliseconds kBetweenDrawings{200};

void Say(const std::string& line) {
  WriteAll(STDERR_FILENO, "jailrun: batch: " + Escaped(line) + "\n");
}

}  // namespace

std::string BatchRun::Run() {
  for (const auto step :
       {&BatchRun::ListInputs, &BatchRun::TryQuarantine, &BatchRun::OpenJournal,
        &BatchRun::WatchSignals, &BatchRun::RunAll}) {
    std::string error = (this->*step)();
    if (!error.empty()) {
      ClearProgress();
      return error;
    }
  }
  std::string error = WriteQuarantine();
  Summarise();
  return error;
}

std::string BatchRun::ListInputs() {
  std::vector<std::string> given = options_.inputs;
  if (given.empty()) {
    std::string text;
    if (const int error = ReadToEnd(STDIN_FILENO, &text)) {
      return WithErrno("the list of inputs on standard input", error);
    }
    given = DivideList(text, options_.separator);
  }
  InputList list = WithoutRepeats(std::move(given));
  if (list.inputs.empty()) {
    return "there are no inputs: name them behind the command, or list them on "
           "standard input, a line each";
  }
  if (list.repeated > 0) {
    Say(std::to_string(list.repeated) +
        " inputs are named again, and run once");
  }
  inputs_ = std::move(list.inputs);
  for (const std::string& input : inputs_) {
    longest_input_ = std::max(longest_input_, input.size());
  }
  return CheckOutputs();
}

std::string BatchRun::CheckOutputs() const {
  if (options_.output.empty()) return {};
  // One file by one name; what links lead to is looked at when it is kept.
  const auto plain = [](const std::string& path) {
    return std::filesystem::path(path).lexically_normal().string();
  };
  std::unordered_set<std::string> inputs;
  for (const std::string& input : inputs_) inputs.insert(plain(input));
  std::unordered_map<std::string, size_t> writers;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const std::string path = OutputPath(i);
    for (const std::string& made : {path, OutputFile::TemporaryOf(path)}) {
      const auto [other, first] = writers.emplace(plain(made), i);
      if (first && !inputs.contains(plain(made))) continue;
      return "--output=" + options_.output + ": " +
             (first ? "it would replace the input " + Quoted(made)
                    : Quoted(inputs_[other->second]) + " and " +
                          Quoted(inputs_[i]) + " would both go to " +
                          Quoted(made));
    }
  }
  return {};
}

// Better now than when all is done.
std::string BatchRun::TryQuarantine() {
  if (options_.quarantine.empty()) return {};
  OutputFile file;
  const int error = file.Open(options_.quarantine);
  if (error != 0) {
    return "--quarantine: " + WithErrno(options_.quarantine, error);
  }
  file.Discard();
  return {};
}

std::string BatchRun::OpenJournal() {
  if (options_.journal.empty()) {
    journal_.UseStream(STDOUT_FILENO);
  } else if (std::string error =
                 journal_.Open(options_.journal, options_.command_text);
             !error.empty()) {
    return "--journal=" + options_.journal + ": " + error;
  }
  if (journal_.cut_off_bytes() > 0) {
    Say("the journal's last line was cut off; its input runs again");
  }
  std::vector<size_t> open;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const auto known = journal_.known().find(inputs_[i]);
    if (known == journal_.known().end()) {
      open.push_back(i);
    } else {
      progress_.tally.Add(known->second.verdict_class);
    }
  }
  progress_.inputs = inputs_.size();
  progress_.done_before = progress_.tally.all();
  schedule_.emplace(
      std::move(open),
      Schedule::Rules{.most_retries = options_.retries,
                      .larger_pool = options_.larger_pool_bytes.has_value()});
  return {};
}

std::string BatchRun::WatchSignals() {
  sigset_t stop;
  sigemptyset(&stop);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    sigaddset(&stop, signal);
  }
  sigprocmask(SIG_BLOCK, &stop, &signal_mask_);
  // A journal that reaches a limit (ulimit -f) cannot be written, and says so.
  sigaction(SIGXFSZ, nullptr, &too_large_);
  signal(SIGXFSZ, SIG_IGN);
  signals_ = UniqueFd(signalfd(-1, &stop, SFD_CLOEXEC));
  return signals_.ok() ? std::string() : WithErrno("signalfd", errno);
}

std::string BatchRun::RunAll() {
  started_ = Clock::now();
  while (!schedule_->Done() && stopped_by_ == 0) {
    if (std::string error = StartMore(); !error.empty()) return error;
    Wait();
    if (stopped_by_ != 0) break;
    if (std::string error = TakeEnded(); !error.empty()) return error;
    DrawProgress();
  }
  // What still runs has no verdict, and gets none.
  for (Running& running : running_) running.output.Discard();
  running_.clear();
  idle_.clear();
  progress_.elapsed = Clock::now() - started_;
  ClearProgress();
  return {};
}

std::string BatchRun::StartMore() {
  while (running_.size() < options_.jobs) {
    const std::optional<Attempt> attempt = schedule_->Start(Clock::now());
    if (!attempt) break;
    if (std::string error = StartOne(*attempt); !error.empty()) return error;
  }
  return {};
}

std::string BatchRun::StartOne(const Attempt& attempt) {
  Running running;
  running.attempt = attempt;
  const std::string path = OutputPath(attempt.input);
  if (const int error = running.output.Open(path)) {
    return "--output=" + options_.output + ": " + WithErrno(path, error);
  }
  if (const int error = GiveToSlot(&running)) {
    running.output.Discard();
    return WithErrno("cannot start a run; --jobs may be too many", error);
  }
  running_.push_back(std::move(running));
  return {};
}

// Errors: errno.
int BatchRun::GiveToSlot(Running* running) {
  const Job::Setup setup = {.input = running->attempt.input,
                            .tier = running->attempt.tier,
                            .output_fd = running->output.fd()};
  while (!idle_.empty()) {
    std::unique_ptr<Slot> slot = std::move(idle_.back());
    idle_.pop_back();
    const int error = running->job.Start(setup, &slot);
    // One that waited here can have been killed meanwhile.
    if (error != EPIPE) return error;
  }
  std::unique_ptr<Slot> slot;
  if (const int error = StartSlot(&slot)) return error;
  const int error = running->job.Start(setup, &slot);
  // A new one too: then this run has ended, without a report.
  return error == EPIPE ? 0 : error;
}

int BatchRun::StartSlot(std::unique_ptr<Slot>* slot) {
  *slot = std::make_unique<Slot>();
  return (*slot)->Start(
      {.prepare =
           [this] {
             sigaction(SIGXFSZ, &too_large_, nullptr);
             auto runs = std::make_shared<Runs>(options_, longest_input_);
             return [this, runs](size_t input, PoolTier tier) {
               std::string text = OutcomeText(runs->Run(inputs_[input], tier));
               return Slot::Served{std::move(text), runs->outlived()
                                                        ? Slot::Next::kEnds
                                                        : Slot::Next::kGoesOn};
             };
           },
       .kept = options_.jail.passed_fds,
       .signal_mask = &signal_mask_});
}

void BatchRun::TellWhyNoTemplate(const Outcome& outcome) {
  if (outcome.why_no_template.empty() || told_why_no_template_ ||
      outcome.verdict_class == VerdictClass::kSetupFailed) {
    return;
  }
  told_why_no_template_ = true;
  ClearProgress();
  Say("the program is started anew for each input, since " +
      outcome.why_no_template);
}

void BatchRun::Wait() {
  for (const Running& running : running_) {
    if (running.job.ended()) return;
  }
  std::vector<pollfd> events = {{signals_.get(), POLLIN, 0}};
  for (const Running& running : running_) {
    events.push_back({running.job.report_fd(), POLLIN, 0});
    events.push_back({running.job.words_fd(), POLLIN, 0});
  }
  int timeout =
      ShowsProgress() ? static_cast<int>(kBetweenDrawings.count()) : -1;
  // With no place free, only an end makes room.
  const auto due = running_.size() < options_.jobs
                       ? schedule_->Due()
                       : std::optional<Clock::time_point>();
  if (due) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        std::max(*due - Clock::now(), Clock::duration::zero()));
    const int pause = static_cast<int>(left.count());
    timeout = timeout < 0 ? pause : std::min(timeout, pause);
  }
  if (poll(events.data(), events.size(), timeout) <= 0) return;
  if (events[0].revents != 0) TakeSignal();
  for (size_t i = 0; i < running_.size(); ++i) {
    if (events[1 + 2 * i].revents != 0) running_[i].job.TakeReport();
    if (events[2 + 2 * i].revents != 0) running_[i].job.TakeWords();
  }
}

void BatchRun::TakeSignal() {
  signalfd_siginfo info;
  if (read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
    stopped_by_ = static_cast<int>(info.ssi_signo);
  }
}

std::string BatchRun::TakeEnded() {
  for (size_t i = 0; i < running_.size();) {
    if (!running_[i].job.ended()) {
      ++i;
      continue;
    }
    Running running = std::move(running_[i]);
    running_.erase(running_.begin() + static_cast<ptrdiff_t>(i));
    if (std::string error = EndOne(&running); !error.empty()) return error;
  }
  return {};
}

std::string BatchRun::EndOne(Running* running) {
  std::unique_ptr<Slot> slot;
  const Outcome outcome = running->job.Finish(&slot).value_or(
      Outcome{.exit_code = static_cast<int>(ExitCode::kSetupFailed),
              .reason = "the process that watched the jail was killed"});
  if (slot != nullptr) idle_.push_back(std::move(slot));
  TellWhyNoTemplate(outcome);
  if (outcome.verdict_class != VerdictClass::kSetupFailed) {
    any_began_ = true;
  } else if (outcome.permanent && !any_began_) {
    // It is not this input: nothing could be run so far.
    running->output.Discard();
    return outcome.reason;
  }
  switch (schedule_->Ended(running->attempt, outcome.verdict_class,
                           outcome.permanent, Clock::now())) {
    case Schedule::Next::kFinal:
      return Settle(running, outcome);
    case Schedule::Next::kRetry:
    case Schedule::Next::kLargerPool:
      break;
  }
  ++runs_again_;
  running->output.Discard();
  return {};
}

// First what it wrote, then the line that says that it is done.
std::string BatchRun::Settle(Running* running, const Outcome& outcome) {
  const size_t input = running->attempt.input;
  const bool clean = outcome.verdict_class == VerdictClass::kClean;
  const std::string path = clean ? OutputPath(input) : std::string();
  if (!clean) {
    running->output.Discard();
  } else if (const int error = running->output.Keep()) {
    return "--output=" + options_.output + ": " + WithErrno(path, error);
  }
  const std::string error =
      journal_.Add({.input = inputs_[input],
                    .runs = running->attempt.number,
                    .outcome = outcome,
                    .output = path,
                    .last_words = running->job.last_words()});
  if (!error.empty()) {
    return "the verdict of " + Quoted(inputs_[input]) +
           " cannot be written: " + error;
  }
  progress_.tally.Add(outcome.verdict_class);
  return {};
}

std::string BatchRun::OutputPath(size_t input) const {
  return FillIn(options_.output, inputs_[input]);
}

std::string BatchRun::WriteQuarantine() const {
  if (options_.quarantine.empty()) return {};
  std::string list;
  for (const std::string& input : inputs_) {
    const auto known = journal_.known().find(input);
    if (known == journal_.known().end()) continue;
    if (known->second.verdict_class == VerdictClass::kClean) continue;
    list += input;
    list += options_.separator;
  }
  OutputFile file;
  int error = file.Open(options_.quarantine);
  if (error == 0) error = WriteAll(file.fd(), list);
  if (error == 0) error = file.Keep();
  if (error == 0) return {};
  file.Discard();
  return "--quarantine: " + WithErrno(options_.quarantine, error);
}

bool BatchRun::ShowsProgress() const {
  switch (options_.progress) {
    case ShowProgress::kAlways:
      return true;
    case ShowProgress::kNever:
      return false;
    case ShowProgress::kOnTerminals:
      return isatty(STDERR_FILENO) == 1;
  }
  return false;
}

void BatchRun::DrawProgress() {
  const Clock::time_point now = Clock::now();
  if (now - drawn_ < kBetweenDrawings || !ShowsProgress()) return;
  drawn_ = now;
  progress_.elapsed = now - started_;
  winsize size = {};
  const bool known =
      ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  // The last column stays free: some terminals begin a new line behind it.
  const size_t columns = known ? size.ws_col - 1u : 79u;
  WriteAll(STDERR_FILENO, "\r" + ProgressLine(progress_, columns) + "\x1b[K");
}

void BatchRun::ClearProgress() const {
  if (drawn_ != Clock::time_point()) WriteAll(STDERR_FILENO, "\r\x1b[K");
}

void BatchRun::Summarise() {
  const size_t done = progress_.tally.all();
  std::string line = std::to_string(inputs_.size()) + " inputs: ";
  line += done == 0 ? "none is done" : progress_.tally.Text();
  if (done < inputs_.size()) {
    line += "; " + std::to_string(inputs_.size() - done) + " are not done";
  }
  if (progress_.done_before > 0) {
    line += "; " + std::to_string(progress_.done_before) + " were done before";
  }
  if (runs_again_ > 0)
    line += "; " + std::to_string(runs_again_) + " ran again";
  char rate[64];
  snprintf(rate, sizeof(rate), "; %.1f s, %.0f/s", progress_.elapsed.count(),
           Rate(progress_));
  Say(line + rate);
  if (stopped_by_ != 0 && !options_.journal.empty()) {
    Say("interrupted; the same command line goes on with the rest");
  }
}

int BatchRun::exit_code() const {
  const bool all_clean =
      progress_.tally.of(VerdictClass::kClean) == progress_.tally.all();
  if (options_.jail.exit_map == ExitMap::kEngine) {
    // An input that was tried again in vain is set aside as one that ends badly
    // each time: only what is not done is to be tried again.
    const EngineCode code = stopped_by_ != 0 ? EngineCode::kRetry
                            : all_clean      ? EngineCode::kOk
                                             : EngineCode::kPoison;
    return static_cast<int>(code);
  }
  if (stopped_by_ != 0) {
    return static_cast<int>(ExitCode::kSignalBase) + stopped_by_;
  }
  return all_clean ? 0 : 1;
}

}  // namespace cellblock
