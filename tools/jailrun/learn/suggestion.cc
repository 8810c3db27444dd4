// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/learn/suggestion.h"

#include <errno.h>
#include <sys/syscall.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "jail/policy_builder.h"
#include "jail/presets.h"
#include "jail/syscall_table.h"
#include "tools/jailrun/allowance_cost.h"

namespace cellblock {
namespace {

bool IsAnswer(Action action) {
  return action == Action::kErrno || action == Action::kRefuse;
}

// A jail has no children: what is said of them says this too.
bool WaitsForChild(const SeenCall& call) {
  return call.succeeded && (call.request.number == SYS_wait4 ||
                            call.request.number == SYS_waitid);
}

// One preset, and what it takes to let all calls through.
class Attempt {
 public:
  Attempt(const Policy& base, const Learned& learned)
      : base_(base), learned_(learned) {
    for (const SeenCall& call : learned.calls) Add(call);
    Prune();
  }

  const std::vector<Addition>& additions() const { return additions_; }
  const std::vector<Obstacle>& obstacles() const { return obstacles_; }

  std::vector<AnsweredCall> Answered() const {
    std::map<std::pair<uint32_t, int>, AnsweredCall> answered;
    const PolicyBuilder builder = Built(additions_.size());
    for (const SeenCall& call : learned_.calls) {
      const uint32_t number = call.request.number;
      const Decision decision = Decide(builder, call);
      if (!IsAnswer(decision.action) || WaitsForChild(call)) continue;
      const SyscallInfo* info = FindSyscall(number);
      AnsweredCall& answer = answered[{number, decision.error}];
      answer.what =
          info != nullptr ? info->name : "syscall_" + std::to_string(number);
      answer.error = decision.error;
      answer.count += call.count;
      answer.carried_out = answer.carried_out || call.succeeded;
    }
    std::vector<AnsweredCall> in_order;
    for (auto& [key, answer] : answered) in_order.push_back(std::move(answer));
    return in_order;
  }

 private:
  // With all additions but that one.
  PolicyBuilder Built(size_t without) const {
    PolicyBuilder builder(base_);
    // The runtime has these of every run (RunPolicy::AllowStart).
    for (const char* what : {"close", "rt_sigprocmask"}) {
      (void)builder.Allow(what);
    }
    for (size_t i = 0; i < additions_.size(); ++i) {
      if (i != without) (void)builder.Allow(additions_[i].allowance);
    }
    return builder;
  }

  Decision Decide(const PolicyBuilder& builder, const SeenCall& call) const {
    return builder.policy().Decide(call.request, learned_.pid);
  }

  // True iff the program gets over what the policy makes of the call.
  bool Passes(const PolicyBuilder& builder, const SeenCall& call) const {
    const Action action = Decide(builder, call).action;
    if (action == Action::kAllow || action == Action::kTrap) return true;
    if (!IsAnswer(action)) return false;
    return !call.succeeded || call.idle ||
           !IsCarriedOutSomewhere(call.request, learned_.pid);
  }

  void Add(const SeenCall& call) {
    const PolicyBuilder builder = Built(additions_.size());
    if (Passes(builder, call)) return;
    std::string allowance = AllowanceFor(builder.policy(), call.request);
    if (allowance.empty()) return AddObstacle(call);
    // Many descriptors are no rule that a reader could check.
    constexpr size_t kMostDescriptors = 3;
    if (const size_t colon = allowance.find(':');
        colon != std::string::npos && !allowance.starts_with(kUnsafePrefix) &&
        CountDescriptors(call.request.number) > kMostDescriptors) {
      const std::string name = allowance.substr(0, colon);
      PolicyBuilder wider = builder;
      if (wider.Allow(name).empty()) allowance = name;
    }
    additions_.push_back({allowance, call.text, CostOf(allowance)});
  }

  size_t CountDescriptors(uint32_t number) const {
    std::set<uint32_t> descriptors;
    for (const SeenCall& call : learned_.calls) {
      if (call.request.number != number) continue;
      descriptors.insert(static_cast<uint32_t>(call.request.args[0]));
    }
    return descriptors.size();
  }

  // One for each call, whatever its arguments.
  void AddObstacle(const SeenCall& call) {
    const uint32_t number = call.request.number;
    if (!impossible_.insert(number).second) return;
    const char* reason = NeverAllowed(number);
    obstacles_.push_back(
        {call.text, reason != nullptr ? reason : "no policy may allow it"});
  }

  // Leaves out what others that came later make needless.
  void Prune() {
    for (size_t i = 0; i < additions_.size();) {
      const PolicyBuilder builder = Built(i);
      const bool needless =
          std::all_of(learned_.calls.begin(), learned_.calls.end(),
                      [&](const SeenCall& call) {
                        return Passes(builder, call) ||
                               !Passes(Built(additions_.size()), call);
                      });
      if (needless) {
        additions_.erase(additions_.begin() + static_cast<ptrdiff_t>(i));
      } else {
        ++i;
      }
    }
  }

  const Policy base_;
  const Learned& learned_;
  std::vector<Addition> additions_;
  std::vector<Obstacle> obstacles_;
  std::set<uint32_t> impossible_;
};

// What was seen beside calls that a policy decides.
std::vector<Obstacle> ObstaclesOf(const Learned& learned) {
  std::vector<Obstacle> obstacles;
  for (const auto& [call, count] : learned.processes) {
    obstacles.push_back(
        {Counted(count, "process") + ", by " + call, NeverAllowed(SYS_fork)});
  }
  if (!learned.executed.empty()) {
    obstacles.push_back(
        {"execve of " + learned.executed, NeverAllowed(SYS_execve)});
  }
  if (learned.foreign_abi) {
    obstacles.push_back({"a call through another ABI than x86-64",
                         "the filter kills it at once"});
  }
  return obstacles;
}

}  // namespace

std::string Counted(uint64_t count, const char* what) {
  const std::string_view word = what;
  const char* plural = word.ends_with('s') ? "es" : "s";
  return std::to_string(count) + " " + what + (count == 1 ? "" : plural);
}

bool IsCarriedOutSomewhere(const SyscallRequest& request, pid_t pid) {
  const auto presets = AllPresets();
  return std::any_of(presets.begin(), presets.end(), [&](const Policy& preset) {
    return IsInheritable(preset) &&
           preset.Decide(request, pid).action == Action::kAllow;
  });
}

Suggestion Suggest(const Learned& learned, const PathFacts& facts) {
  Suggestion best;
  best.paths = OptionsFor(learned.files, facts);
  const bool writes = !best.paths.writable.empty();
  using Rank = std::tuple<size_t, size_t>;
  std::optional<Rank> best_rank;
  for (const Policy& preset : AllPresets()) {
    if (!IsInheritable(preset)) continue;
    const Policy* base =
        writes ? FindPreset(std::string(preset.name()) + "+rw") : &preset;
    if (base == nullptr) continue;
    const Attempt attempt(*base, learned);
    const Rank rank = {attempt.obstacles().size(), attempt.additions().size()};
    if (best_rank && *best_rank <= rank) continue;
    best_rank = rank;
    best.preset = preset.name();
    best.additions = attempt.additions();
    best.obstacles = attempt.obstacles();
    best.answered = attempt.Answered();
  }
  if (learned.mappings.executable > 0) {
    best.answered.push_back(
        {"executable memory", EACCES, learned.mappings.executable});
  }
  if (learned.mappings.shared > 0) {
    best.answered.push_back({"a writable shared mapping of a file", EACCES,
                             learned.mappings.shared});
  }
  for (Obstacle& obstacle : ObstaclesOf(learned)) {
    best.obstacles.push_back(std::move(obstacle));
  }
  return best;
}

}  // namespace cellblock
