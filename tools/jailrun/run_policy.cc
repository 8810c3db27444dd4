// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/run_policy.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "jail/canary.h"
#include "jail/filter.h"
#include "jail/policy_file.h"
#include "jail/presets.h"
#include "jail/proved_filter.h"
#include "jail/standalone_filter.h"
#include "tools/jailrun/policy_text_file.h"

namespace cellblock {

std::string RunPolicy::Build(const Options& options) {
  PolicyFile file;
  preset_ = options.preset;
  if (!options.policy_file.empty()) {
    std::string text;
    std::string error = ReadPolicyText(options.policy_file, &text);
    if (error.empty()) {
      error = PolicyFile::Parse(text, options.policy_file, &file);
    }
    if (!error.empty()) return "--policy: " + error;
    preset_ = file.inherit();
  }
  const Policy* preset = FindPreset(preset_);
  if (preset == nullptr || !IsInheritable(*preset)) {
    return "--preset=" + preset_ + ": no such preset; there is " +
           InheritablePresets();
  }
  if (!options.writable.empty()) {
    preset = FindPreset(preset_ + "+rw");
    if (preset == nullptr) {
      return "--rw: preset " + preset_ + " opens no files; use decoder";
    }
  }
  builder_.emplace(*preset);
  if (std::string error = file.ApplyTo(&*builder_); !error.empty()) {
    return "--policy: " + error;
  }
  if (options.threads == 0 && StartsThreads()) {
    if (std::string error = ForbidThreads(); !error.empty()) {
      return "--threads=0: " + error;
    }
  }
  for (const std::string& what : options.allowed) {
    if (std::string error = builder_->Allow(what); !error.empty()) {
      return std::string("--allow=").append(what) + ": " + error;
    }
  }
  const uint32_t threads = options.threads.value_or(0);
  if (threads == 0 || StartsThreads()) return {};
  return "--threads=" + std::to_string(threads) + ": preset " + preset_ +
         " starts none; use decoder or service, or --allow=@threads";
}

// Where none is to start the kernel is not asked for one either.
std::string RunPolicy::ForbidThreads() {
  return builder_->Add({.syscall = SYS_clone,
                        .action = Action::kViolation,
                        .error = 0,
                        .conditions = {},
                        .condition_count = 0,
                        .reason = "starts a thread, and --threads=0 has none, "
                                  "or a process"},
                       PolicyBuilder::Safety::kSafe);
}

bool RunPolicy::StartsThreads() const {
  const SyscallRequest thread = {SYS_clone, {kThreadFlags}};
  return policy().Decide(thread, getpid()).action == Action::kAllow;
}

std::string RunPolicy::AllowStart(int socket, HandOver hand_over) {
  const std::string descriptor = std::to_string(socket);
  const bool fetched = hand_over == HandOver::kFetched;
  const struct {
    long call;
    std::string what;
  } needs[] = {
      {fetched ? SYS_write : SYS_sendmsg,
       (fetched ? "write:" : "unsafe:sendmsg:") + descriptor},
      {SYS_close, "close"},
      {SYS_rt_sigprocmask, "rt_sigprocmask"},
  };
  for (const auto& [call, what] : needs) {
    const auto number = static_cast<uint32_t>(call);
    const SyscallRequest request = {number, {static_cast<uint64_t>(socket)}};
    const Action action = policy().Decide(request, getpid()).action;
    if (action == Action::kAllow) continue;
    // What the user has tightened is not widened again in silence.
    if (builder_->Restricts(number)) {
      return "--policy: the runtime needs " + what +
             " before main, and a rule takes it away";
    }
    if (std::string error = builder_->Allow(what); !error.empty()) {
      return "the runtime needs " + what + ": " + error;
    }
  }
  return {};
}

std::vector<sock_filter> RunPolicy::ProvedFilter(pid_t own_pid,
                                                 std::string* error) const {
  const FilterSource source =
      builder_->changed() ? FilterSource::kCompile : FilterSource::kBuiltIn;
  const ThreadStart thread_start =
      StartsThreads() ? ThreadStart::kAsked : ThreadStart::kAllowed;
  return cellblock::ProvedFilter(
      policy(), source, {own_pid, Notify::kSupervisor, thread_start}, error);
}

std::vector<sock_filter> RunPolicy::ProvedStandaloneFilter(
    pid_t own_pid, std::string* error) const {
  const StandalonePolicy alone(policy());
  const Binding binding = {own_pid, Notify::kNobody};
  CompiledFilter filter = alone.Compile(binding);
  *error = filter.error;
  if (!error->empty()) return {};
  *error = WhyNotProved(alone.policy(), binding, filter.program);
  if (!error->empty()) return {};
  return std::move(filter.program);
}

std::string RunPolicy::TryCanary(std::vector<sock_filter> filter) const {
  constexpr pid_t kAnyPid = 0;
  BindFilter(filter, {kAnyPid, Notify::kNobody});
  switch (cellblock::TryCanary(filter)) {
    case CanaryEnd::kKilled:
      return {};
    case CanaryEnd::kSurvived:
      return "--canary: this kernel lets a forbidden call through";
    case CanaryEnd::kNotTried:
      break;
  }
  return "--canary: a process that locks itself could not be made";
}

}  // namespace cellblock
