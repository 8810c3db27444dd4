// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_SUPERVISOR_H_
#define CELLBLOCK_TOOLS_JAILRUN_SUPERVISOR_H_

#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "jail/held_descriptors.h"
#include "jail/launch.h"
#include "jail/listener.h"
#include "jail/policy.h"
#include "jail/verdict.h"
#include "tools/jailrun/control.h"
#include "tools/jailrun/exhaustion_witness.h"
#include "tools/jailrun/output_pump.h"
#include "tools/jailrun/profile/call_counter.h"
#include "tools/jailrun/run_record.h"
#include "tools/jailrun/signal_forwarder.h"
#include "tools/jailrun/thread_limit.h"
#include "tools/jailrun/witness.h"

namespace cellblock {

// What is found out of a forbidden call, and of a request that the pool
// refused.
enum class Explanation : uint8_t {
  kWhole,  // its arguments in words, its thread, and a backtrace
  kCall,   // the call and its registers: hundreds of times as fast
};

// A forbidden call that did not end the program.
struct ToleratedCall {
  Violation request;
  const char* reason = "";  // the policy's
  CallScene scene;          // of the first time
  uint64_t count = 0;
};

// What the supervisor saw of one run.
struct Observation {
  Evidence evidence;
  std::optional<Violation> violation;
  const char* violation_reason = "";  // the policy's, for that call
  CallScene scene;                    // of that call
  std::vector<ToleratedCall> tolerated;
  uint64_t more_tolerated = 0;  // calls from elsewhere than those
  std::vector<RefusedCall> refused;
  int unheard_error = 0;          // why nobody could listen; 0: somebody did
  Hardening hardening;            // as it was before main
  size_t opened_descriptors = 0;  // by the loader or a constructor
  std::chrono::steady_clock::time_point locked_at;
  bool unkillable = false;  // it dies when this process ends, and not before
  rusage usage = {};
  std::string maps;    // of the memory, before the lock, if it is profiled
  std::string reason;  // why it was never locked
  std::string advice;
  int setup_error = 0;             // the errno behind that; 0: none is known
  bool ended_before_main = false;  // by itself, and not for the pool or lock
};

// Watches a started program to its end: checks its lock from outside, answers
// the calls that its filter hands over, keeps its time, and kills it when it
// must.
//
// Lifecycle: one object, one Watch, one program.
// Errors: whatever goes wrong before the lock ends the program and is told in
//   `reason`; nothing runs on unlocked.
// Ownership: borrows everything; the process is reaped when Watch returns.
// Threads: the one that launched the program.
class Supervisor {
 public:
  using Clock = std::chrono::steady_clock;

  struct Context {
    const Launched* child;
    Control* control;
    int socket;  // of SharedControl
    HandOver hand_over;
    std::span<const int> passed_fds;   // by the user
    std::span<const int> runtime_fds;  // which it closes before main
    const Policy* policy;
    OnViolation on_violation;
    // Gives the runtime a filter that needs no listener. Returns why not, or
    // nothing.
    std::function<std::string()> give_standalone_filter;
    SignalForwarder* signals;
    OutputPump* output;  // null: the program writes by itself
    CallCounter* calls;  // null: it is not profiled
    Clock::time_point started;
    std::optional<std::chrono::nanoseconds> timeout;
    bool confine;
    Explanation explanation = Explanation::kWhole;
  };

  explicit Supervisor(const Context& context) : context_(context) {}

  Observation Watch();

  // Of the last request that the pool refused, as far as it was seen. After
  // Watch; takes some time, but never beyond the time limit nor 2 s.
  RefusedAllocation ExplainExhaustion() const;

 private:
  void WaitForEvents();
  void PassOnTheRest();
  Clock::time_point TimeLimit() const;  // max() if there is none
  Clock::time_point Deadline() const;
  void OnDeadline();
  void OnReport();
  void FetchListener();
  void GiveStandaloneFilter();
  void CheckLock(const Listener::Call& call);
  void CheckStandaloneLock();
  [[nodiscard]] bool IsSoundlyLocked();
  [[nodiscard]] bool HoldsNothingForbidden();
  void CheckSecondFilter(const Listener::Call& call);
  bool SeesLock();
  HeldDescriptors LookAtWhatItHolds() const;
  void AnswerCall();
  void EndBy(const Listener::Call& call);
  void Tolerate(const Listener::Call& call, const char* reason);
  [[nodiscard]] bool AnswersForNull(const Listener::Call& call,
                                    const SyscallRequest& request) const;
  void Count(const SyscallRequest& request, int error);
  void Kill();
  void LockedBy(uint32_t filters);
  void LimitThreads();
  void FailSetup(std::string reason, std::string advice = {});
  void ExplainUnlockedEnd();
  void Reap();

  const Context context_;
  Listener listener_;
  Witness witness_;
  ThreadLimit thread_limit_;
  ExhaustionWitness exhaustion_witness_{&witness_};
  Observation seen_;
  Clock::duration spent_on_tolerated_{};
  bool awaiting_second_filter_ = false;
  bool deserted_ = false;  // no thread is left behind the listener
  bool killed_ = false;
  bool ended_ = false;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_SUPERVISOR_H_
