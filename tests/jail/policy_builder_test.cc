// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/policy_builder.h"

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "jail/filter.h"
#include "jail/filter_proof.h"
#include "jail/presets.h"
#include "jail/rule_groups.h"
#include "jail/syscall_table.h"
#include "tests/jail/probes.h"

namespace cellblock {
namespace {

using testing::HasSubstr;
using Safety = PolicyBuilder::Safety;

Action Decided(const PolicyBuilder& builder, uint32_t number,
               const Args& args = {}) {
  SyscallRequest request = {number, {}};
  std::copy(args.begin(), args.end(), request.args);
  return builder.policy().Decide(request, kPid).action;
}

int Errno(const PolicyBuilder& builder, uint32_t number, const Args& args) {
  SyscallRequest request = {number, {}};
  std::copy(args.begin(), args.end(), request.args);
  return builder.policy().Decide(request, kPid).error;
}

// Whatever was added: well formed, and libseccomp makes of it what is proved.
void ExpectProved(const PolicyBuilder& builder) {
  const Policy policy = builder.policy();
  ASSERT_FALSE(policy.Validate().has_value()) << policy.Validate()->what;
  CompiledFilter filter = CompileFilter(policy);
  ASSERT_EQ(filter.error, "");
  for (const Notify notify : {Notify::kNobody, Notify::kHandler,
                              Notify::kSupervisor, Notify::kOuter}) {
    std::vector<sock_filter> program = filter.program;
    BindFilter(program, {kPid, notify});
    const auto failure = ProveFilter(policy, {kPid, notify}, program);
    EXPECT_FALSE(failure.has_value())
        << failure->what << ", call " << failure->number;
  }
}

TEST(PolicyBuilderTest, NothingAddedIsThePreset) {
  for (const Policy& preset : AllPresets()) {
    const PolicyBuilder builder(preset);
    EXPECT_FALSE(builder.changed());
    EXPECT_STREQ(builder.policy().name(), preset.name());
    EXPECT_EQ(builder.policy().rules().size(), preset.rules().size());
    EXPECT_EQ(builder.policy().traits().unknown, preset.traits().unknown);
  }
}

TEST(PolicyBuilderTest, ACallIsAllowedByItsName) {
  PolicyBuilder builder(DecoderPreset());
  ASSERT_EQ(Decided(builder, SYS_getxattr), Action::kRefuse);
  EXPECT_EQ(builder.Allow("getxattr"), "");
  EXPECT_EQ(Decided(builder, SYS_getxattr), Action::kAllow);
  EXPECT_EQ(builder.Allow("timer_create"), "");
  EXPECT_EQ(Decided(builder, SYS_timer_create), Action::kAllow);
  EXPECT_TRUE(builder.changed());
  ExpectProved(builder);
}

TEST(PolicyBuilderTest, WhatIsAllowedAlreadyChangesNothing) {
  PolicyBuilder builder(DecoderPreset());
  for (const char* what : {"read", "read:5", "@stdio", "close"}) {
    EXPECT_EQ(builder.Allow(what), "") << what;
    EXPECT_FALSE(builder.changed()) << what;
  }
}

TEST(PolicyBuilderTest, ACallIsAllowedOnOneDescriptor) {
  PolicyBuilder builder(StrictPreset());
  EXPECT_EQ(builder.Allow("read:5"), "");
  EXPECT_EQ(builder.Allow("read:7"), "");
  EXPECT_EQ(builder.Allow("lseek:5"), "");
  EXPECT_EQ(Decided(builder, SYS_read, {5}), Action::kAllow);
  EXPECT_EQ(Decided(builder, SYS_read, {7}), Action::kAllow);
  EXPECT_EQ(Decided(builder, SYS_read, {0}), Action::kAllow);
  EXPECT_EQ(Decided(builder, SYS_read, {6}), Action::kViolation);
  EXPECT_EQ(Decided(builder, SYS_lseek, {5}), Action::kAllow);
  EXPECT_EQ(Decided(builder, SYS_lseek, {0}), Action::kViolation);
  ExpectProved(builder);
}

TEST(PolicyBuilderTest, ANarrowAllowanceMayStandInFrontOfARefusal) {
  PolicyBuilder builder(DecoderPreset());
  EXPECT_EQ(builder.Allow("fsync:1"), "");
  EXPECT_EQ(Decided(builder, SYS_fsync, {1}), Action::kAllow);
  EXPECT_EQ(Errno(builder, SYS_fsync, {2}), EINVAL);
  // What the filter answered by itself, the supervisor answers alike.
  EXPECT_EQ(builder.Allow("fadvise64:0"), "");
  EXPECT_EQ(Decided(builder, SYS_fadvise64, {0}), Action::kAllow);
  EXPECT_EQ(Decided(builder, SYS_fadvise64, {1}), Action::kRefuse);
  EXPECT_EQ(Errno(builder, SYS_fadvise64, {1}), EPERM);
  ExpectProved(builder);
}

TEST(PolicyBuilderTest, EveryGroupCanBeAddedToEveryPreset) {
  for (const Policy& preset : AllPresets()) {
    for (const RuleGroup& group : AllRuleGroups()) {
      PolicyBuilder builder(preset);
      ASSERT_EQ(builder.Allow(std::string("@") + group.name), "")
          << preset.name() << " " << group.name;
      ExpectProved(builder);
      for (const Rule& rule : group.rules) {
        if (rule.action != Action::kAllow) continue;
        const Args args = Satisfying(rule, kPid, 0);
        EXPECT_EQ(Decided(builder, rule.syscall, args), Action::kAllow)
            << preset.name() << " " << group.name << " " << rule.syscall;
      }
    }
  }
}

TEST(PolicyBuilderTest, AllGroupsTogetherAreStillProved) {
  for (const Policy& preset : {StrictPreset(), DecoderPreset()}) {
    PolicyBuilder builder(preset);
    for (int round = 0; round < 2; ++round) {
      for (const RuleGroup& group : AllRuleGroups()) {
        ASSERT_EQ(builder.Allow(std::string("@") + group.name), "");
      }
    }
    ExpectProved(builder);
  }
}

// A group's row for the rest takes nothing back of a call that was opened, also
// where rows with conditions stand in front of what opens it.
TEST(PolicyBuilderTest, AGroupTakesNothingBack) {
  PolicyBuilder builder(StrictPreset());
  for (const char* what : {"@network", "unsafe:socket", "@network"}) {
    ASSERT_EQ(builder.Allow(what), "") << what;
  }
  EXPECT_EQ(Decided(builder, SYS_socket, {AF_UNIX}), Action::kAllow);
}

TEST(PolicyBuilderTest, AGroupKeepsWhatThePresetSaysOfTheRest) {
  PolicyBuilder builder(DecoderPreset());
  ASSERT_EQ(builder.Allow("@network"), "");
  EXPECT_EQ(Decided(builder, SYS_socket, {AF_INET}), Action::kAllow);
  EXPECT_EQ(Errno(builder, SYS_socket, {AF_UNIX}), EACCES);
  EXPECT_EQ(Decided(builder, SYS_socket, {AF_NETLINK}), Action::kViolation);
  ASSERT_EQ(builder.Allow("@sockets"), "");
  EXPECT_EQ(Errno(builder, SYS_sendto, {1, 1, 1, 0, 1}), EACCES);
}

TEST(PolicyBuilderTest, GroupsAreSortedAndSaidInWords) {
  const auto groups = AllRuleGroups();
  EXPECT_TRUE(std::is_sorted(groups.begin(), groups.end(),
                             [](const RuleGroup& a, const RuleGroup& b) {
                               return std::strcmp(a.name, b.name) < 0;
                             }));
  for (const RuleGroup& group : groups) {
    EXPECT_EQ(FindRuleGroup(group.name), &group);
    EXPECT_GT(std::strlen(group.what), 4u);
    EXPECT_FALSE(group.rules.empty());
  }
  EXPECT_EQ(FindRuleGroup(""), nullptr);
  EXPECT_EQ(FindRuleGroup("@stdio"), nullptr);
}

// Rows of a policy file that only look narrow.
TEST(PolicyBuilderTest, ARowIsSafeOnlyWithinWhatIsKnownToBe) {
  const auto add = [](const Policy& preset, uint32_t call,
                      ArgCondition condition) {
    PolicyBuilder builder(preset);
    return builder.Add(
        {call, Action::kAllow, 0, {condition}, 1, "looks narrow"},
        Safety::kSafe);
  };
  const uint64_t whole = ~uint64_t{0};
  EXPECT_NE(add(DecoderPreset(), SYS_kill, {1, kLow32, 9}), "");
  EXPECT_NE(add(StrictPreset(), SYS_tgkill, {2, kLow32, 6}), "");
  EXPECT_NE(add(DecoderPreset(), SYS_openat, {0, kLow32, 5}), "");
  EXPECT_NE(add(DecoderPreset(), SYS_openat, {2, 1, 0}), "");
  EXPECT_NE(add(DecoderPreset(), SYS_prlimit64, {1, kLow32, 7}), "");
  EXPECT_NE(add(DecoderPreset(), SYS_ioctl, {1, 0x80000000, 0}), "");
  EXPECT_NE(add(ServicePreset(), SYS_sendto, {4, 1, 0}), "");
  EXPECT_EQ(add(StrictPreset(), SYS_tgkill, {0, kLow32, kOwnPid}), "");
  EXPECT_EQ(add(StrictPreset(), SYS_openat, {2, kLow32, O_CLOEXEC}), "");
  EXPECT_EQ(add(StrictPreset(), SYS_sendto, {4, whole, 0}), "");
  EXPECT_EQ(add(StrictPreset(), SYS_ioctl, {1, kLow32, TCGETS}), "");
}

TEST(PolicyBuilderTest, AnIoctlIsAllowedByItsCommandAndNotOneThatMaps) {
  const auto add = [](ArgCondition condition, Safety safety) {
    PolicyBuilder builder(DecoderPreset());
    return builder.Add({SYS_ioctl, Action::kAllow, 0, {condition}, 1, "one"},
                       safety);
  };
  EXPECT_NE(add({1, kLow32, FIONBIO}, Safety::kSafe), "");
  EXPECT_EQ(add({1, kLow32, FIONBIO}, Safety::kUnsafe), "");
  for (const uint64_t command :
       {0xc018aa3fu, 0xc028aa05u, 0xae01u, 0x3b64u, 0x4008af00u, 0xc0502100u}) {
    EXPECT_THAT(add({1, kLow32, command}, Safety::kUnsafe),
                HasSubstr("no option allows it"))
        << std::hex << command;
  }
  EXPECT_NE(add({1, 0xffff, FIONBIO & 0xffff}, Safety::kUnsafe), "");
  EXPECT_NE(add({0, kLow32, 3}, Safety::kUnsafe), "");
}

TEST(PolicyBuilderTest, ThereIsABoundToWhatIsAdded) {
  PolicyBuilder one_call(StrictPreset());
  std::string error;
  int taken = 0;
  while (error.empty() && taken < 100) {
    error = one_call.Allow("read:" + std::to_string(100 + taken++));
  }
  EXPECT_EQ(taken, 17);
  EXPECT_THAT(error, HasSubstr("at most 16 rows more"));
  ExpectProved(one_call);
}

// With every prefix and suffix, on every preset.
TEST(PolicyBuilderTest, NothingLetsTheKernelGrowOrRemapMemory) {
  for (const Policy& preset : AllPresets()) {
    for (const SyscallInfo& info : AllSyscalls()) {
      if (!NeverAllowed(info.number)) continue;
      for (const char* prefix : {"", "unsafe:"}) {
        PolicyBuilder builder(preset);
        const std::string what = prefix + std::string(info.name);
        EXPECT_THAT(builder.Allow(what), HasSubstr("no option allows it: "))
            << what;
        EXPECT_NE(builder.Allow(what + ":0"), "") << what;
        EXPECT_FALSE(builder.changed()) << what;
      }
    }
  }
}

TEST(PolicyBuilderTest, ARowOfTheUsersCannotEither) {
  for (const Safety safety : {Safety::kSafe, Safety::kUnsafe}) {
    for (uint32_t number : {SYS_mmap, SYS_mremap, SYS_brk, SYS_clone}) {
      PolicyBuilder builder(DecoderPreset());
      EXPECT_THAT(
          builder.Add({number, Action::kAllow, 0, {}, 0, "please"}, safety),
          HasSubstr("no option allows it: "));
      EXPECT_THAT(
          builder.Add({number, Action::kAllow, 0, {{0, kLow32, 0}}, 1, "pl"},
                      safety),
          HasSubstr("no option allows it: "));
    }
  }
  // The forms of a template are not for a jail.
  PolicyBuilder builder(DecoderPreset());
  for (const Rule& rule : TemplatePreset().rules()) {
    if (!IsPinned(rule, ProcessKind::kTemplate)) continue;
    EXPECT_NE(builder.Add(rule, Safety::kUnsafe), "") << rule.syscall;
  }
}

TEST(PolicyBuilderTest, WhatIsDangerousNeedsItsName) {
  for (const char* call : {"kill",
                           "tgkill",
                           "tkill",
                           "fcntl",
                           "openat",
                           "socket",
                           "prlimit64",
                           "futex",
                           "mount",
                           "setuid",
                           "keyctl",
                           "perf_event_open",
                           "pidfd_send_signal",
                           "setrlimit",
                           "landlock_restrict_self",
                           "reboot",
                           "open_by_handle_at",
                           "chmod",
                           "fchmodat",
                           "setxattr",
                           "unlink",
                           "creat",
                           "openat2",
                           "semget",
                           "mq_open",
                           "setpriority",
                           "sched_setaffinity",
                           "vmsplice",
                           "sendmsg",
                           "recvmsg"}) {
    PolicyBuilder builder(DecoderPreset());
    EXPECT_THAT(builder.Allow(call),
                HasSubstr(std::string("say unsafe:") + call));
    EXPECT_FALSE(builder.changed());
    EXPECT_EQ(builder.Allow(std::string("unsafe:") + call), "");
    const SyscallInfo* info = FindSyscallByName(call, std::strlen(call));
    EXPECT_EQ(Decided(builder, info->number, {~uint64_t{0}, ~uint64_t{0}}),
              Action::kAllow)
        << call;
    ExpectProved(builder);
  }
}

TEST(PolicyBuilderTest, AnEscapeThroughOneDescriptorNeedsItToo) {
  PolicyBuilder builder(StrictPreset());
  // Its descriptor is not what makes one of these harmless; and the program can
  // put another file in its place.
  for (const std::string call :
       {"fcntl", "sendto", "setsockopt", "getsockopt", "sendmsg", "fchmod"}) {
    EXPECT_THAT(builder.Allow(call + ":3"), HasSubstr("say unsafe:" + call));
  }
  EXPECT_THAT(builder.Allow("ioctl:3"), HasSubstr("no option allows it"));
  EXPECT_THAT(builder.Allow("unsafe:ioctl:3"),
              HasSubstr("no option allows it"));
  for (const std::string call : {"openat", "newfstatat", "unlinkat"}) {
    EXPECT_THAT(builder.Allow(call + ":3"),
                HasSubstr("does not go by a descriptor alone"));
  }
  EXPECT_FALSE(builder.changed());
  EXPECT_EQ(builder.Allow("unsafe:sendmsg:3"), "");
  EXPECT_EQ(Decided(builder, SYS_sendmsg, {3}), Action::kAllow);
  EXPECT_EQ(Decided(builder, SYS_sendmsg, {4}), Action::kViolation);
}

TEST(PolicyBuilderTest, WordsThatMeanNothingAreRefused) {
  const struct {
    const char* what;
    const char* why;
  } cases[] = {
      {"", "no system call has that name"},
      {"Read", "no system call has that name"},
      {"read ", "no system call has that name"},
      {"unsafe:", "no system call has that name"},
      {"unsafe:unsafe:kill", "is no descriptor"},
      {"syscall_1", "no system call has that name"},
      {"1", "no system call has that name"},
      {"@", "no group has that name"},
      {"@Stdio", "no group has that name"},
      {"unsafe:@stdio", "no system call has that name"},
      {"read:", "is no descriptor"},
      {"read:-1", "is no descriptor"},
      {"read:x", "is no descriptor"},
      {"read:1x", "is no descriptor"},
      {"read: 1", "is no descriptor"},
      {"read:1:2", "is no descriptor"},
      {"read:4294967296", "is no descriptor"},
      {"read:2147483648", "is no descriptor"},
      {"read:2147483405", "is no descriptor"},  // kOwnPid
      {"read:1048576", "is no descriptor"},
      {"getpid:1", "does not go by a descriptor"},
      {"open:1", "does not go by a descriptor"},
  };
  for (const auto& [what, why] : cases) {
    PolicyBuilder builder(StrictPreset());
    EXPECT_THAT(builder.Allow(what), HasSubstr(why)) << what;
    EXPECT_FALSE(builder.changed()) << what;
  }
}

TEST(PolicyBuilderTest, OfRowsForTheSameTheLastOneCounts) {
  PolicyBuilder builder(DecoderPreset());
  const auto refuse = [](uint32_t number) {
    return Rule{number, Action::kRefuse, EIO, {}, 0, "no"};
  };
  ASSERT_EQ(builder.Add(refuse(SYS_getpid), Safety::kSafe), "");
  EXPECT_EQ(Errno(builder, SYS_getpid, {}), EIO);
  ASSERT_EQ(builder.Allow("getpid"), "");
  EXPECT_EQ(Decided(builder, SYS_getpid), Action::kAllow);
  ASSERT_EQ(builder.Add(refuse(SYS_getpid), Safety::kSafe), "");
  EXPECT_EQ(Errno(builder, SYS_getpid, {}), EIO);
  ExpectProved(builder);
}

TEST(PolicyBuilderTest, ARefusedAdditionLeavesThePolicyAsItWas) {
  PolicyBuilder builder(DecoderPreset());
  ASSERT_EQ(builder.Allow("getxattr"), "");
  const std::vector<Rule> before(builder.policy().rules().begin(),
                                 builder.policy().rules().end());
  // More than libseccomp can compile.
  const Rule rule = {SYS_getpid, Action::kRefuse, EIO, {{0, kLow32, 1}}, 1,
                     "odd"};
  EXPECT_THAT(builder.Add(rule, Safety::kSafe),
              HasSubstr("stands in front of a row that allows"));
  EXPECT_NE(builder.Add({SYS_getpid, Action::kErrno, 0, {}, 0, "no errno"},
                        Safety::kSafe),
            "");
  EXPECT_NE(
      builder.Add({9999, Action::kAllow, 0, {}, 0, "none"}, Safety::kUnsafe),
      "");
  ASSERT_EQ(builder.policy().rules().size(), before.size());
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(builder.policy().rules()[i].syscall, before[i].syscall);
    EXPECT_EQ(builder.policy().rules()[i].action, before[i].action);
  }
}

TEST(PolicyBuilderTest, ReasonsAreKept) {
  PolicyBuilder builder(DecoderPreset());
  {
    std::string reason = "is asked for by a test, and long enough to be moved";
    ASSERT_EQ(builder.Add(
                  {SYS_timer_create, Action::kAllow, 0, {}, 0, reason.c_str()},
                  Safety::kSafe),
              "");
    reason.assign(reason.size(), 'x');
  }
  ASSERT_EQ(builder.Allow("timer_delete"), "");
  EXPECT_STREQ(builder.policy().RulesFor(SYS_timer_create)[0].reason,
               "is asked for by a test, and long enough to be moved");
}

// What a report names is what lets the call through.
TEST(PolicyBuilderTest, AnAllowanceIsAsNarrowAsThereIs) {
  const struct {
    Policy policy;
    SyscallRequest request;
    const char* allowance;
  } cases[] = {
      {StrictPreset(), {SYS_read, {5}}, "read:5"},
      {StrictPreset(), {SYS_write, {0}}, "write:0"},
      {StrictPreset(), {SYS_openat, {0, 1, O_RDONLY}}, "@files"},
      {StrictPreset(), {SYS_openat, {0, 1, O_WRONLY}}, "unsafe:openat"},
      {StrictPreset(), {SYS_futex, {0, FUTEX_WAIT}}, "@futex"},
      {StrictPreset(), {SYS_getpid, {}}, "getpid"},
      {WorkerPreset(), {SYS_read, {3}}, "read:3"},
      {DecoderPreset(), {SYS_socket, {AF_INET}}, "@network"},
      {DecoderPreset(), {SYS_socket, {AF_NETLINK}}, "unsafe:socket"},
      {DecoderPreset(), {SYS_kill, {1, 9}}, "unsafe:kill"},
      {DecoderPreset(), {SYS_kill, {0, 9}}, "unsafe:kill"},
      {DecoderPreset(), {SYS_kill, {~uint64_t{0}, 9}}, "unsafe:kill"},
      {WorkerPreset(), {SYS_clone, {kThreadFlags}}, "@threads"},
      {DecoderPreset(), {SYS_clone, {17}}, ""},
      {DecoderPreset(), {SYS_mremap, {}}, ""},
      {DecoderPreset(), {SYS_mount, {}}, "unsafe:mount"},
      {DecoderPreset(), {SYS_timer_create, {}}, "@timers"},
      {DecoderPreset(), {SYS_semget, {}}, "unsafe:semget"},
      {DecoderPreset(), {SYS_ftruncate, {4}}, "ftruncate:4"},
      {DecoderPreset(), {600, {}}, ""},
      {ServicePreset(), {SYS_sendto, {1, 1, 1, 0, 1}}, "unsafe:sendto:1"},
      {DecoderPreset(), {SYS_connect, {3}}, "@network"},
      {DecoderPreset(), {SYS_sendmsg, {9}}, "unsafe:sendmsg:9"},
      {StrictPreset(), {SYS_tgkill, {1, 1, 6}}, "unsafe:tgkill"},
  };
  for (const auto& [policy, request, allowance] : cases) {
    EXPECT_EQ(AllowanceFor(policy, request), allowance) << request.number;
    if (*allowance == '\0') continue;
    PolicyBuilder builder(policy);
    ASSERT_EQ(builder.Allow(allowance), "") << allowance;
    EXPECT_EQ(builder.policy().Decide(request, kPid).action, Action::kAllow)
        << allowance;
  }
}

// The same for every call there is, on every preset.
TEST(PolicyBuilderTest, EveryAllowanceLetsItsCallThrough) {
  size_t tried = 0;
  for (const Policy& preset : AllPresets()) {
    for (const SyscallInfo& info : AllSyscalls()) {
      for (const uint64_t first : {uint64_t{0}, uint64_t{7}}) {
        const SyscallRequest request = {info.number, {first}};
        if (preset.Decide(request, kPid).action == Action::kAllow) continue;
        const std::string allowance = AllowanceFor(preset, request);
        if (allowance.empty()) {
          EXPECT_NE(NeverAllowed(info.number), nullptr) << info.name;
          continue;
        }
        PolicyBuilder builder(preset);
        ASSERT_EQ(builder.Allow(allowance), "") << allowance;
        EXPECT_EQ(builder.policy().Decide(request, kPid).action, Action::kAllow)
            << preset.name() << " " << allowance;
        ++tried;
      }
    }
  }
  EXPECT_GT(tried, 2000u);
}

}  // namespace
}  // namespace cellblock
