// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/batch/batch_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "jail/exit_code.h"
#include "tools/jailrun/batch/file_checks.h"
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

// It would show what moves the cursor as text.
bool IsDumbTerminal() {
  const char* const terminal = getenv("TERM");
  return terminal != nullptr && terminal == std::string_view("dumb");
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
  return CheckFiles(options_, inputs_);
}

// Better now than when all is done.
std::string BatchRun::TryQuarantine() {
  if (options_.quarantine.empty()) return {};
  OutputFile file;
  const int error = file.Open(options_.quarantine);
  if (error != 0) {
    return "--quarantine: " + OutputErrorText(options_.quarantine, error);
  }
  return {};
}

std::string BatchRun::OpenJournal() {
  if (options_.journal.empty()) {
    journal_.UseStream(STDOUT_FILENO);
  } else if (std::string error =
                 journal_.Open(options_.journal, IdentityOf(options_));
             !error.empty()) {
    if (journal_.write_error() != 0) error = StopForNow(std::move(error));
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
      // As of the run that it is the verdict of.
      any_began_ |= known->second.verdict_class != VerdictClass::kSetupFailed;
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
    // Who started it wants no end by one that is ignored, such as nohup.
    struct sigaction inherited;
    const bool ignored = sigaction(signal, nullptr, &inherited) == 0 &&
                         inherited.sa_handler == SIG_IGN;
    if (!ignored) sigaddset(&stop, signal);
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
  std::string error = RunRest();
  // What still runs has no verdict, and gets none.
  running_.clear();
  idle_.clear();
  progress_.elapsed = Clock::now() - started_;
  ClearProgress();
  if (!error.empty() && stopped_for_ == EngineCode::kRetry) Summarise();
  return error;
}

std::string BatchRun::RunRest() {
  while (stopped_by_ == 0) {
    if (std::string error = StartMore(); !error.empty()) return error;
    if (schedule_->Done()) break;
    Wait();
    if (stopped_by_ != 0) break;
    if (std::string error = TakeEnded(); !error.empty()) return error;
    DrawProgress();
  }
  return {};
}

std::string BatchRun::StartMore() {
  while (running_.size() < jobs_) {
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
    const std::string reason =
        "--output=" + options_.output + ": " + OutputErrorText(path, error);
    if (IsOfOneOutput(path, error)) {
      --running.attempt.number;  // it did not run
      return Ended(&running,
                   {.permanent = true,
                    .exit_code = static_cast<int>(ExitCode::kSetupFailed),
                    .reason = reason,
                    .setup_fault = SetupFault::kWords});
    }
    if (IsFullDisk(error)) return StopForNow(reason);
    if (!IsPassing(error)) return reason;
    return CannotStart(&running, reason, error);
  }
  if (const int error = GiveToSlot(&running)) {
    return CannotStart(
        &running,
        WithErrno("cannot start a run; --jobs may be too many", error), error);
  }
  running_.push_back(std::move(running));
  return {};
}

// Whether an output of another name may be opened all the same.
bool BatchRun::IsOfOneOutput(const std::string& path, int error) const {
  switch (error) {
    case ENAMETOOLONG:
    case EISDIR:
    case ENOTSUP:
      return true;
    case ENOENT:
    case ENOTDIR:
    case EACCES:
    case ELOOP:
      break;
    default:
      return false;
  }
  // All share the directory that has no input's name in it.
  const std::string& output = options_.output;
  const std::string shared = output.substr(0, FirstPlaceholder(output));
  const std::string directory = shared.substr(0, shared.rfind('/') + 1);
  const std::string own = path.substr(0, path.rfind('/') + 1);
  return own != directory &&
         access((directory + ".").c_str(), W_OK | X_OK) == 0;
}

std::string BatchRun::CannotStart(Running* running, const std::string& reason,
                                  int error) {
  return Ended(running, {.permanent = !IsPassing(error),
                         .exit_code = static_cast<int>(ExitCode::kSetupFailed),
                         .reason = reason});
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
  const auto due = running_.size() < jobs_ ? schedule_->Due()
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
              .reason = "the process that watched the jail was killed",
              .setup_fault = SetupFault::kProgram});
  // Whatever failed may be otherwise for one that looks anew.
  const bool failed = outcome.verdict_class == VerdictClass::kSetupFailed;
  if (slot != nullptr && !failed) idle_.push_back(std::move(slot));
  TellWhyNoTemplate(outcome);
  any_began_ |= !failed;
  if (std::string error = CheckRoom(*running, outcome); !error.empty()) {
    return error;
  }
  return Ended(running, outcome);
}

// A good input must not be set aside for a full disk, nor half of what it made
// be kept.
std::string BatchRun::CheckRoom(const Running& running,
                                const Outcome& outcome) {
  if (outcome.verdict_class == VerdictClass::kSetupFailed) return {};
  const int error = outcome.verdict_class == VerdictClass::kClean
                        ? running.output.LookForRoom()
                        : running.output.TryToGrow();
  if (error == 0) return {};
  return StopForNow("--output=" + options_.output + ": " +
                    OutputErrorText(OutputPath(running.attempt.input), error));
}

// What is not known to be the input's is no verdict on it.
std::string BatchRun::Ended(Running* running, const Outcome& outcome) {
  bool permanent = outcome.permanent;
  bool is_verdict = true;
  if (outcome.verdict_class == VerdictClass::kSetupFailed &&
      outcome.setup_fault != SetupFault::kWords) {
    // Nothing could be run so far.
    if (permanent && !any_began_) return outcome.reason;
    if (!permanent && jobs_ > 1 && outcome.setup_fault == SetupFault::kAnyRun) {
      RunFewer(running->attempt, outcome.reason);
      return {};
    }
    permanent = false;
    is_verdict = outcome.setup_fault == SetupFault::kProgram;
  }
  switch (schedule_->Ended(running->attempt, outcome.verdict_class, permanent,
                           Clock::now())) {
    case Schedule::Next::kFinal:
      return is_verdict ? Settle(running, outcome) : StopForNow(outcome.reason);
    case Schedule::Next::kRetry:
    case Schedule::Next::kLargerPool:
      break;
  }
  ++runs_again_;
  return {};
}

// What is short may do for those that run now.
void BatchRun::RunFewer(const Attempt& attempt, const std::string& reason) {
  jobs_ = std::max<size_t>(1, std::min(running_.size(), jobs_ - 1));
  idle_.clear();
  ClearProgress();
  Say("from now on " + std::to_string(jobs_) + " at a time, since " + reason);
  schedule_->PutBack(attempt, Clock::now());
  ++runs_again_;
}

std::string BatchRun::StopForNow(std::string error) {
  stopped_for_ = EngineCode::kRetry;
  return error;
}

// First what it wrote, then the line that says that it is done.
std::string BatchRun::Settle(Running* running, const Outcome& outcome) {
  const size_t input = running->attempt.input;
  const bool clean = outcome.verdict_class == VerdictClass::kClean;
  const std::string path = clean ? OutputPath(input) : std::string();
  if (!clean) {
    running->output.Discard();
  } else if (const int error = running->output.Keep()) {
    const std::string text =
        "--output=" + options_.output + ": " + OutputErrorText(path, error);
    return IsFullDisk(error) ? StopForNow(text) : text;
  }
  const std::string error =
      journal_.Add({.input = inputs_[input],
                    .runs = running->attempt.number,
                    .outcome = outcome,
                    .output = path,
                    .last_words = running->job.last_words()});
  if (!error.empty()) {
    return StopForNow("the verdict of " + Quoted(inputs_[input]) +
                      " cannot be written: " + error);
  }
  progress_.tally.Add(outcome.verdict_class);
  return {};
}

std::string BatchRun::OutputPath(size_t input) const {
  return FillIn(options_.output, inputs_[input]);
}

std::string BatchRun::WriteQuarantine() {
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
  return StopForNow("--quarantine: " +
                    OutputErrorText(options_.quarantine, error));
}

bool BatchRun::ShowsProgress() const {
  switch (options_.progress) {
    case ShowProgress::kAlways:
      return true;
    case ShowProgress::kNever:
      return false;
    case ShowProgress::kOnTerminals:
      return isatty(STDERR_FILENO) == 1 && !IsDumbTerminal();
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
  const bool stopped = stopped_for_ == EngineCode::kRetry;
  if ((stopped_by_ != 0 || stopped) && !options_.journal.empty()) {
    Say(std::string(stopped ? "stopped" : "interrupted") +
        "; the same command line goes on with the rest");
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
