// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/slot_call.h"

#include <signal.h>

#include <algorithm>
#include <optional>

#include "jail/call/channel.h"

namespace cellblock {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

// A worker that has nearly used its time, and sleeps, is not looked at all the
// time.
constexpr std::chrono::milliseconds kShortestWait{1};

class SlotCall {
 public:
  SlotCall(const JailOptions& options, Slot* slot, const CallTime& time,
           CallResult* result)
      : options_(options), slot_(slot), time_(time), result_(*result) {}

  void Run(Channel::Request request, const Jail::Take& take) {
    result_.failure.worker = slot_->worker();
    result_.failure.pool = options_.pool_bytes;
    if (options_.placement == Placement::kWithCaller) slot_->PlaceWithCaller();
    if (options_.cpu_limit.count() > 0) cpu_before_ = slot_->CpuTime();
    for (;; request.ask = Ask::kMore) {
      slot_->channel().Send(request);
      if (!AwaitAnswer()) return;
      const std::optional<WorkerAnswer> answer = slot_->channel().Read();
      if (!answer) return Lied("an answer that is none");
      switch (answer->answer) {
        case Answer::kPart:
        case Answer::kDone:
          if (request.ask == Ask::kTest) return Lied("output of a test");
          if (!TakePart(*answer, take)) return;
          if (answer->answer == Answer::kDone) return;
          if (answer->output_bytes == 0) return Lied("a part without a byte");
          // Parts that come fast enough are never waited for.
          if (steady_clock::now() >= time_.deadline()) return MissesDeadline();
          break;
        case Answer::kRefused:
        case Answer::kThrew:
          return Complained(*answer);
        case Answer::kWentOn:
          if (request.ask != Ask::kTest) Lied("a test that was not asked");
          return;
        case Answer::kReady:
        case Answer::kNothing:
          return Lied("that it is ready, again");
      }
    }
  }

 private:
  void Lied(const char* what) {
    result_.failure.end = CallEnd::kLied;
    result_.detail = what;
  }

  void MissesDeadline() {
    result_.failure.end = CallEnd::kDeadline;
    result_.failure.time_limit = time_.limit;
  }

  // False iff there is none, and the result says why.
  bool AwaitAnswer() {
    for (;;) {
      MonotonicTime until = time_.deadline();
      if (options_.cpu_limit.count() > 0) {
        const nanoseconds used = slot_->CpuTime() - cpu_before_;
        if (used >= options_.cpu_limit) {
          result_.failure.end = CallEnd::kCpuLimit;
          result_.failure.time_limit = options_.cpu_limit;
          return false;
        }
        until =
            std::min(until, steady_clock::now() +
                                std::max<nanoseconds>(options_.cpu_limit - used,
                                                      kShortestWait));
      }
      switch (slot_->channel().Wait(until)) {
        case Await::kAnswered:
          return true;
        case Await::kPoked:
          Ended();
          return false;
        case Await::kLied:
          // Whoever ended it may be about to say so.
          Lied("that it has answered what was not asked");
          return false;
        case Await::kTimedOut:
          if (until < time_.deadline()) break;
          MissesDeadline();
          return false;
      }
    }
  }

  bool TakePart(const WorkerAnswer& answer, const Jail::Take& take) {
    result_.output_bytes += answer.output_bytes;
    if (result_.output_bytes > options_.output_limit) {
      result_.failure.end = CallEnd::kOutputLimit;
      result_.failure.output_limit = options_.output_limit;
      return false;
    }
    result_.by_host = take(slot_->channel().Output(answer.output_bytes));
    return result_.by_host.ok();
  }

  void Complained(const WorkerAnswer& answer) {
    result_.failure.end = CallEnd::kRefused;
    result_.failure.code = answer.code;
    result_.detail = answer.message;
    // A refused allocation is the reason of what the decoder then did.
    if (AddNotes()) result_.failure.end = CallEnd::kExhausted;
  }

  // Its address, and what the pool refused it. False iff that was nothing.
  bool AddNotes() {
    const WorkerNotes notes = slot_->channel().ReadNotes();
    result_.failure.address =
        notes.signal == result_.failure.signal ? notes.address : 0;
    if (notes.refusals == 0) return false;
    result_.failure.asked = notes.asked;
    result_.failure.short_by = notes.short_by;
    result_.failure.in_use = notes.in_use;
    result_.failure.peak = notes.peak;
    result_.failure.largest_free = notes.largest_free;
    return true;
  }

  void Ended() {
    const std::optional<WorkerEnd> end = slot_->end();
    CallFailure& failure = result_.failure;
    if (!end) {
      failure.end = CallEnd::kExited;
    } else if (end->violation) {
      failure.end = CallEnd::kViolation;
      failure.violation = *end->violation;
    } else if (end->by_signal && end->code == SIGSYS) {
      // The filter itself killed it, and told nobody for which call.
      failure.end = CallEnd::kViolation;
      failure.violation.arch = 0;
    } else if (end->by_signal) {
      // An abort is what runtimes make of a refusal. Every other signal is the
      // kernel's word, and no note of the worker's makes less of it.
      failure.signal = end->code;
      const bool was_refused = AddNotes();
      failure.end = was_refused && end->code == SIGABRT ? CallEnd::kExhausted
                                                        : CallEnd::kCrashed;
    } else {
      failure.end = CallEnd::kExited;
      failure.exit_code = end->code;
      (void)AddNotes();
    }
  }

  const JailOptions& options_;
  Slot* const slot_;
  const CallTime time_;
  nanoseconds cpu_before_{0};
  CallResult& result_;
};

}  // namespace

void RunCall(const JailOptions& options, Slot* slot,
             const Channel::Request& request, const Jail::Take& take,
             const CallTime& time, CallResult* result) {
  SlotCall(options, slot, time, result).Run(request, take);
}

}  // namespace cellblock
