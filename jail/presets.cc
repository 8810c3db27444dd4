// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/presets.h"

#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>

#include "jail/rules.h"

namespace cellblock {
namespace {

using namespace rules;

template <size_t... N>
constexpr auto Join(const std::array<Rule, N>&... groups) {
  std::array<Rule, (N + ...)> joined = {};
  size_t at = 0;
  const auto append = [&](const auto& group) {
    for (const Rule& rule : group) joined[at++] = rule;
  };
  (append(groups), ...);
  return joined;
}

constexpr Rule Allow(uint32_t call, const char* reason) {
  return {call, Action::kAllow, 0, {}, 0, reason};
}

constexpr Rule AllowIf(uint32_t call, ArgCondition condition,
                       const char* reason) {
  return {call, Action::kAllow, 0, {condition}, 1, reason};
}

constexpr Rule Otherwise(uint32_t call, const char* reason) {
  return {call, Action::kViolation, 0, {}, 0, reason};
}

// On one descriptor.
constexpr Rule On(uint32_t call, int fd, const char* reason) {
  return AllowIf(call, {0, kLow32, static_cast<uint32_t>(fd)}, reason);
}

constexpr const char kOtherDescriptor[] = "uses a descriptor not given to it";

constexpr std::array kStandardStreams = {
    On(SYS_read, STDIN_FILENO, "reads its input"),
    Otherwise(SYS_read, kOtherDescriptor),
    On(SYS_readv, STDIN_FILENO, "reads its input"),
    Otherwise(SYS_readv, kOtherDescriptor),
    On(SYS_write, STDOUT_FILENO, "writes its output"),
    On(SYS_write, STDERR_FILENO, "writes its messages"),
    Otherwise(SYS_write, kOtherDescriptor),
    On(SYS_writev, STDOUT_FILENO, "writes its output"),
    On(SYS_writev, STDERR_FILENO, "writes its messages"),
    Otherwise(SYS_writev, kOtherDescriptor),
};

constexpr std::array kMessages = {
    On(SYS_write, STDERR_FILENO, "writes its messages"),
    Otherwise(SYS_write, kOtherDescriptor),
    Allow(SYS_restart_syscall, "goes on waiting after it was stopped"),
};

// What makes jails of a template, each in the one form that does only that.
// The pid of a child is not known before it is there: its last filter names it.
constexpr std::array kForking = {
    AllowIf(SYS_clone, {0, ~uint64_t{0}, kForkFlags},
            "makes a jail, a child of the host"),
    Otherwise(SYS_clone, "starts anything else"),
    Rule{SYS_prctl,
         Action::kAllow,
         0,
         {{0, kLow32, PR_SET_PDEATHSIG}, {1, ~uint64_t{0}, SIGKILL}},
         2,
         "has a jail die with its host"},
    Otherwise(SYS_prctl, "changes how the kernel protects the process"),
    AllowIf(SYS_madvise, {2, kLow32, MADV_POPULATE_WRITE},
            "provides pages of the pool ahead"),
    Otherwise(SYS_madvise, kAdvice),
    Rule{SYS_seccomp,
         Action::kAllow,
         0,
         {{0, kLow32, SECCOMP_SET_MODE_FILTER},
          {1, ~uint64_t{0}, SECCOMP_FILTER_FLAG_TSYNC}},
         2,
         "locks a jail by its last filter"},
    Otherwise(SYS_seccomp, "adds a listener, or asks what there is"),
    Allow(SYS_getppid, kSelf),
    Allow(SYS_rt_sigprocmask, kSignals),
    Allow(SYS_getpid, kSelf),
    Allow(SYS_gettid, kSelf),
    Allow(SYS_tgkill, "ends a jail as abort does; its last filter says which"),
};

constexpr auto kStrict = Join(kStandardStreams, kEndRows);
constexpr auto kWorkerOnly = Join(kMessages, kFutexRows, kClockRows, kEndRows);
constexpr auto kWorker = Join(kWorkerOnly, kAbortRows);
constexpr auto kTemplate = Join(kWorkerOnly, kForking);
constexpr auto kHeldOnly =
    Join(kStdioRows, kDescriptorRows, kPollRows, kMemoryRows, kFutexRows,
         kThreadRows, kEndRows, kAbortRows, kSignalRows, kClockRows, kSleepRows,
         kSelfRows, kLimitRows, kAttributeRows, kProbeRows);
constexpr auto kDecoderOnly =
    Join(kHeldOnly, kNameRows, kNoEventRows, kNoSocketRows);
constexpr auto kDecoder = Join(kDecoderOnly, kReadRows);
constexpr auto kDecoderWithWrite = Join(kDecoderOnly, kWriteRows);
constexpr auto kService = Join(kHeldOnly, kNoFileRows, kSocketRows, kEventRows);

constexpr PolicyTraits kClosed = {.unknown = UnknownCalls::kViolation};

constexpr Policy kPresets[] = {
    Policy("strict", kStrict, kClosed),
    Policy("worker", kWorker, kClosed),
    Policy("decoder", kDecoder),
    Policy("decoder+rw", kDecoderWithWrite),
    Policy("service", kService),
    Policy("template", kTemplate,
           {.unknown = UnknownCalls::kViolation,
            .process = ProcessKind::kTemplate}),
};

}  // namespace

Policy StrictPreset() { return kPresets[0]; }

Policy WorkerPreset() { return kPresets[1]; }

Policy DecoderPreset() { return kPresets[2]; }

Policy DecoderWithWritePreset() { return kPresets[3]; }

Policy ServicePreset() { return kPresets[4]; }

Policy TemplatePreset() { return kPresets[5]; }

std::span<const Rule> ForkingRules() { return kForking; }

std::span<const Policy> AllPresets() { return kPresets; }

bool IsInheritable(const Policy& preset) {
  return preset.traits().process == ProcessKind::kJail &&
         std::string_view(preset.name()).find('+') == std::string_view::npos;
}

std::string InheritablePresets() {
  std::string names;
  for (const Policy& preset : kPresets) {
    if (!IsInheritable(preset)) continue;
    names += names.empty() ? "" : ", ";
    names += preset.name();
  }
  return names;
}

const Policy* FindPreset(std::string_view name) {
  for (const Policy& preset : kPresets) {
    if (name == preset.name()) return &preset;
  }
  return nullptr;
}

}  // namespace cellblock
