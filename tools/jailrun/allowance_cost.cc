// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/allowance_cost.h"

#include "jail/policy_builder.h"
#include "jail/rule_groups.h"
#include "jail/syscall_table.h"

namespace cellblock {
namespace {

constexpr char kWrites[] =
    "it can create and write files; prefer --preset=decoder with --rw=DIR, "
    "which says where";
constexpr char kSignals[] = "it can signal every process of its user";
constexpr char kAttributes[] =
    "it can change the attributes of its user's files";
constexpr char kModes[] =
    "it can change the modes, owners and times of its user's files";
constexpr char kNodes[] = "it can make pipes and devices, if its user may";
constexpr char kFlushes[] = "it can keep the machine's disks busy";
constexpr char kHandsOver[] = "it can hand open descriptors to other processes";
constexpr char kTakes[] = "it can take open descriptors from other processes";
constexpr char kTunes[] =
    "it can change how its sockets work, and much of the kernel is within its "
    "reach";

struct Cost {
  std::string_view what;  // "@group" or a call
  const char* sentence;
};

// What an allowance costs that the group of its call does not tell.
constexpr Cost kCosts[] = {
    {"@network", "it can send whatever it read to any host"},
    {"@sockets", "it can talk on every socket that it was given"},
    {"@files",
     "it can read the system's files, and those that its arguments and --ro "
     "name"},
    {"@names", "it can look at the names and dates of all files"},
    {"@threads", "it can use more than one CPU"},
    {"@stdio", "it can read and write every descriptor that it was given"},
    {"socket",
     "it can open sockets of every kind, to any host and to the "
     "kernel; for the internet alone prefer --allow=@network"},
    {"connect", "it can reach the servers that its sockets lead to"},
    {"bind", "it can take the place of a server on this machine"},
    {"sendmsg", kHandsOver},
    {"sendmmsg", kHandsOver},
    {"recvmsg", kTakes},
    {"recvmmsg", kTakes},
    {"setsockopt", kTunes},
    {"getsockopt", kTunes},
    {"fcntl",
     "it can have other processes signalled, and change what its descriptors "
     "lead to"},
    {"prlimit64",
     "it can change what it may use, and what other processes of its user may"},
    {"kill", kSignals},
    {"tkill", kSignals},
    {"tgkill", kSignals},
    {"pidfd_send_signal", kSignals},
    {"rt_sigqueueinfo", kSignals},
    {"rt_tgsigqueueinfo", kSignals},
    {"open", kWrites},
    {"openat", kWrites},
    {"openat2", kWrites},
    {"creat", kWrites},
    {"ioctl",
     "it can command every device that it holds, and type into its "
     "terminal"},
    {"pidfd_getfd", "it can take descriptors out of other processes"},
    {"keyctl", "it can read and use the keys of its user"},
    {"add_key", "it can leave keys behind that its user trusts"},
    {"request_key", "it can read and use the keys of its user"},
    {"perf_event_open",
     "it can watch other processes, and much of the kernel "
     "is within its reach"},
    {"open_by_handle_at", "it can open files past the directories above them"},
    {"setxattr", kAttributes},
    {"lsetxattr", kAttributes},
    {"fsetxattr", kAttributes},
    {"removexattr", kAttributes},
    {"lremovexattr", kAttributes},
    {"fremovexattr", kAttributes},
    {"chmod", kModes},
    {"fchmod", kModes},
    {"fchmodat", kModes},
    {"chown", kModes},
    {"fchown", kModes},
    {"lchown", kModes},
    {"fchownat", kModes},
    {"utime", kModes},
    {"utimes", kModes},
    {"futimesat", kModes},
    {"utimensat", kModes},
    {"mknod", kNodes},
    {"mknodat", kNodes},
    {"sync", kFlushes},
    {"syncfs", kFlushes},
    {"@timers", "it can have signals sent to itself"},
    {"timer_create", "it can have signals sent to itself"},
    {"syslog", "it can read the kernel's messages"},
    {"setuid", "it can become another user, if its user may"},
};

const char* CostOf(SyscallGroup group) {
  switch (group) {
    case SyscallGroup::kDescriptorIo:
      return "it can do that with every descriptor that it was given";
    case SyscallGroup::kFileOpen:
      return "it can reach files that it was not given";
    case SyscallGroup::kFileMetadata:
      return "it can learn which files there are, and watch them";
    case SyscallGroup::kFileChange:
      return "it can destroy files of its user; prefer --preset=decoder with "
             "--rw=DIR, which says where";
    case SyscallGroup::kMemory:
      return "it can take memory beyond its pool";
    case SyscallGroup::kExecute:
    case SyscallGroup::kProcess:
      return "it is then more than the one process that is watched";
    case SyscallGroup::kProcessState:
      return "it can change how the kernel treats it";
    case SyscallGroup::kThread:
    case SyscallGroup::kEvents:
    case SyscallGroup::kTime:
      return "more of the kernel is within its reach, little else";
    case SyscallGroup::kSignal:
      return "it can send signals, or be steered by them";
    case SyscallGroup::kInformation:
      return "it learns about its user and machine";
    case SyscallGroup::kCredentials:
      return "it can change its identity as far as its user may";
    case SyscallGroup::kNetwork:
      return "it can tell others what it read";
    case SyscallGroup::kIpc:
      return "it can tell other processes what it read";
    case SyscallGroup::kScheduling:
      return "it can take CPU time from others";
    case SyscallGroup::kResourceLimits:
      return "it can change what it may use";
    case SyscallGroup::kTracing:
      return "it can reach into other processes of its user";
    case SyscallGroup::kKernelAdmin:
      return "it can change the machine, if its user may";
    case SyscallGroup::kNamespaces:
      return "it can change what files it sees, and much of the kernel is "
             "within its reach";
    case SyscallGroup::kAsyncIo:
      return "it can make calls that no filter sees";
    case SyscallGroup::kKeys:
      return "it can read and use the keys of its user";
    case SyscallGroup::kConfinement:
      return "it can change its own confinement";
    case SyscallGroup::kObsolete:
      return "no kernel of today does anything for it";
  }
  return "";
}

}  // namespace

std::string CostOf(std::string_view allowance) {
  std::string_view what = allowance;
  if (what.starts_with(kUnsafePrefix)) what.remove_prefix(kUnsafePrefix.size());
  const size_t colon = what.find(':');
  const bool on_one = colon != std::string_view::npos;
  const std::string_view descriptor =
      on_one ? what.substr(colon + 1) : std::string_view();
  what = what.substr(0, colon);
  for (const Cost& cost : kCosts) {
    if (cost.what == what) return cost.sentence;
  }
  if (what.starts_with('@')) {
    const RuleGroup* group = FindRuleGroup(what.substr(1));
    return group != nullptr ? std::string("it can then ") + group->what : "";
  }
  const SyscallInfo* info = FindSyscallByName(what.data(), what.size());
  if (info == nullptr) return "";
  if (on_one && info->group == SyscallGroup::kDescriptorIo) {
    return "it can do that with whatever it makes descriptor " +
           std::string(descriptor);
  }
  return CostOf(info->group);
}

}  // namespace cellblock
