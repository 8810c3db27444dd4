// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/doctor/checks.h"

namespace cellblock {
namespace {

constexpr char kNothingRuns[] = "no program is started";
constexpr char kNoLock[] = "no program is locked, so none is run";
constexpr char kOuterFilter[] =
    "let the container's seccomp profile allow the call";

// A run's limit until main, and a moment more.
constexpr int kTrialSeconds = 12;
constexpr int kNoSeconds = 0;

constexpr Check kChecks[] = {
    {"process_start", Need::kRequired, &LookAtStart, kNothingRuns,
     "Linux 5.2 or later; let the container's profile allow clone with these "
     "flags; see the limit on processes (ulimit -u)",
     kNoSeconds, Place::kHere},
    {"process_wait", Need::kRequired, &LookAtWait, kNothingRuns, kOuterFilter},
    {"parent_death_signal", Need::kRequired, &LookAtParentDeath, kNothingRuns,
     kOuterFilter},
    {"no_new_privs", Need::kRequired, &LookAtNoNewPrivs, kNothingRuns,
     kOuterFilter},
    {"capabilities", Need::kRequired, &LookAtCapabilities, kNothingRuns,
     kOuterFilter},
    {"limits", Need::kRequired, &LookAtLimits, kNothingRuns, kOuterFilter},
    {"memfd_sealing", Need::kRequired, &LookAtSealedMemory, kNothingRuns,
     "Linux 3.17 or later; let the container's profile allow memfd_create and "
     "fcntl; see the limits on descriptors and files (ulimit -n, ulimit -f)"},
    {"socket_pair", Need::kRequired, &LookAtSocketPair, kNothingRuns,
     "let the container's profile allow socketpair; see the limit on "
     "descriptors (ulimit -n)"},
    {"runtime_library", Need::kRequired, &LookAtRuntime, kNothingRuns,
     "install the runtime of this jailrun beside it; mount /proc"},
    {"loader", Need::kRequired, &LookAtLoader, kNothingRuns,
     "use a system with glibc for x86-64"},
    {"seccomp_filters", Need::kRequired, &LookAtFilters, kNoLock,
     "Linux with CONFIG_SECCOMP_FILTER; let the container's profile allow "
     "seccomp"},
    {"hand_over", Need::kRequired, &LookAtHandOver,
     "the listener has to be sent, and where that fails no program is run",
     "let the container's profile allow pidfd_getfd; Yama: a ptrace_scope of 0 "
     "or 1 in /proc/sys/kernel/yama/ptrace_scope"},
    {"continue_call", Need::kRequired, &LookAtContinue, kNoLock,
     "Linux 5.5 or later; let the container's profile allow ioctl"},
    {"signals", Need::kRequired, &LookAtSignals,
     "what cannot be killed is not started; one way of the two is enough",
     "let the container's profile allow kill and pidfd_send_signal"},
    {"undumpable", Need::kRequired, &LookAtUndumpable, kNoLock, kOuterFilter},
    {"look_inside", Need::kRequired, &LookInside,
     "what a program holds at its lock is not known, so none is run",
     "mount /proc; let the container's profile allow kcmp, or getdents64 and "
     "readlinkat"},
    {"proc_status", Need::kRequired, &LookAtProcStatus, kNoLock,
     "Linux 5.9 or later; mount /proc"},
    {"canary", Need::kRequired, &LookAtCanary,
     "--canary refuses to run; where a forbidden call came back no jail here "
     "can be trusted",
     "use another kernel; do not run under an emulation of one"},
    {"trial_run", Need::kRequired, &LookAtTrialRun,
     "a default run ends with exit code 125",
     "see the checks above; jailrun /bin/true says it at length",
     kTrialSeconds},
    {"user_notification", Need::kOptional, &LookAtNotification,
     "the filter kills a forbidden call, and nobody can name it; refusals are "
     "not counted; --on-violation=errno and log are refused",
     "Linux 5.9 or later; busy: another supervisor listens, do not nest "
     "jails; let the container's profile allow seccomp"},
    {"wait_killable", Need::kOptional, &LookAtWaitKillable,
     "a signal may have a call asked for twice", "Linux 5.19 or later"},
    {"sync_wake_up", Need::kOptional, &LookAtSyncWakeUp,
     "an answer of jailrun takes longer; nothing is less confined",
     "Linux 6.6 or later"},
    {"landlock", Need::kOptional, &LookAtLandlock,
     "the filter alone stands between a jail and files or processes of the "
     "same user; without any Landlock --rw is refused",
     "Linux 6.12 or later with landlock among the lsm= of its command line; "
     "let the container's profile allow the three landlock calls"},
    {"no_exec_gain", Need::kOptional, &LookAtExecGain,
     "the filter alone keeps pages from becoming executable",
     "Linux 6.3 or later"},
    {"sealing", Need::kOptional, &LookAtSealing,
     "the filter alone keeps mappings as they are", "Linux 6.10 or later"},
    {"speculation", Need::kOptional, &LookAtSpeculation,
     "a jail may learn by the processor's guesses what it cannot read",
     "nothing where the processor or the kernel's command line "
     "(spec_store_bypass_disable=, spectre_v2_user=) gives no choice; let the "
     "container's profile allow prctl"},
    {"seccomp_actions", Need::kInformation, &LookAtActions,
     "the checks above tell what a filter can do here", "mount /proc"},
    {"outer_filter", Need::kInformation, &LookAtOuterFilter,
     "the calls that are named fail in jailrun, and in a program that is "
     "allowed them",
     kOuterFilter},
    {"x32_calls", Need::kInformation, &LookAtX32,
     "a jail that makes one is killed, whatever the kernel does", kOuterFilter},
    {"int80_calls", Need::kInformation, &LookAtInt80,
     "a jail that makes one is killed, whatever the kernel does", kOuterFilter},
    {"cgroup_memory", Need::kInformation, &LookAtCgroup,
     "the pool bounds a program, and no cgroup around it does",
     "delegate a cgroup, for example systemd-run --user --scope -p "
     "MemoryMax=1G jailrun …"},
    {"huge_pages", Need::kInformation, &LookAtHugePages,
     "the pool has small pages",
     "write madvise to "
     "/sys/kernel/mm/transparent_hugepage/enabled"},
    {"overcommit", Need::kInformation, &LookAtOvercommit,
     "a large lazy pool may be refused though most of it is never touched",
     "a smaller --pool, or 0 in /proc/sys/vm/overcommit_memory"},
};

}  // namespace

std::span<const Check> AllChecks() { return kChecks; }

}  // namespace cellblock
