// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The three tables of a worker: what they decide, and which options they
// refuse. The filters made of them are in worker_filters_test.cc.

#include "jail/call/worker_policy.h"

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <string>
#include <vector>

#include "jail/call/descriptor_request.h"
#include "jail/presets.h"
#include "jail/syscall_table.h"
#include "tests/jail/call/worker_policies.h"
#include "tests/jail/probes.h"

namespace cellblock {
namespace {

using testing::HasSubstr;

WorkerPolicy Make(const WorkerPolicyOptions& options) {
  return WorkerPolicy::Create(options).value();
}

std::string ErrorOf(const WorkerPolicyOptions& options) {
  const absl::StatusOr<WorkerPolicy> policy = WorkerPolicy::Create(options);
  EXPECT_EQ(policy.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(policy.status().message());
}

Decision Decide(const Policy& policy, const SyscallRequest& request) {
  return policy.Decide(request, kPid);
}

SyscallRequest Request(uint32_t number, const Args& args) {
  SyscallRequest request = {number, {}};
  std::copy(args.begin(), args.end(), request.args);
  return request;
}

// Every call of the table with arguments that tell any of the rows apart.
std::vector<SyscallRequest> Requests(const WorkerPolicy& policy) {
  std::vector<SyscallRequest> requests;
  for (const SyscallInfo& info : AllSyscalls()) {
    for (const Policy& table :
         {policy.worker(), policy.for_template(), policy.last()}) {
      for (const Args& args : ProbeArgs(table, info.number, kPid)) {
        requests.push_back(Request(info.number, args));
      }
    }
  }
  return requests;
}

TEST(WorkerPolicyTest, TheTablesAreWellFormed) {
  for (const WorkerPolicyOptions& options : VariousWorkers()) {
    SCOPED_TRACE(Describe(options));
    const WorkerPolicy policy = Make(options);
    for (const Policy& table :
         {policy.worker(), policy.for_template(), policy.last()}) {
      const auto fault = table.Validate();
      EXPECT_FALSE(fault.has_value())
          << table.name() << ": " << fault->what << " " << fault->row;
    }
  }
}

TEST(WorkerPolicyTest, TheDefaultIsThePresetsAsTheyAre) {
  const WorkerPolicy policy = Make({});
  EXPECT_EQ(policy.base_source(), FilterSource::kBuiltIn);
  EXPECT_STREQ(policy.worker().name(), "worker");
  size_t allowed = 0;
  for (const SyscallRequest& request : Requests(policy)) {
    const Action worker = Decide(policy.worker(), request).action;
    EXPECT_EQ(worker, Decide(WorkerPreset(), request).action) << request.number;
    EXPECT_EQ(Decide(policy.for_template(), request).action,
              Decide(TemplatePreset(), request).action)
        << request.number;
    allowed += worker == Action::kAllow;
  }
  EXPECT_GT(allowed, 100u);
}

// Not more, and with any pid where a worker may name its own, which is the
// first argument.
TEST(WorkerPolicyTest, ATemplateMayWhatItsWorkersMayAndWhatMakesThem) {
  const Policy forking("forking", ForkingRules());
  for (const WorkerPolicyOptions& options : VariousWorkers()) {
    SCOPED_TRACE(Describe(options));
    const WorkerPolicy policy = Make(options);
    for (const SyscallRequest& request : Requests(policy)) {
      const auto named = static_cast<pid_t>(request.args[0]);
      const bool may =
          policy.worker().Decide(request, named).action == Action::kAllow ||
          Decide(forking, request).action == Action::kAllow;
      ASSERT_EQ(Decide(policy.for_template(), request).action == Action::kAllow,
                may)
          << request.number << " " << request.args[0];
    }
  }
}

TEST(WorkerPolicyTest, TheLastAllowsWhatTheWorkerMayAndNothingElse) {
  for (const WorkerPolicyOptions& options : VariousWorkers()) {
    SCOPED_TRACE(Describe(options));
    const WorkerPolicy policy = Make(options);
    for (const SyscallRequest& request : Requests(policy)) {
      ASSERT_EQ(Decide(policy.last(), request).action == Action::kAllow,
                Decide(policy.worker(), request).action == Action::kAllow)
          << request.number << " " << request.args[0];
    }
  }
}

TEST(WorkerPolicyTest, WhatOnlyATemplateMayKillsAWorker) {
  const SyscallRequest kForks[] = {
      {SYS_clone, {kForkFlags}},
      {SYS_prctl, {PR_SET_PDEATHSIG, SIGKILL}},
      {SYS_seccomp, {SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC}},
      {SYS_madvise, {0, 4096, MADV_POPULATE_WRITE}},
      {SYS_getppid, {}},
      {SYS_tgkill, {kPid + 1, kPid, SIGABRT}},
  };
  const WorkerPolicy policy = Make({});
  for (const SyscallRequest& request : kForks) {
    EXPECT_EQ(Decide(policy.worker(), request).action, Action::kViolation);
    EXPECT_EQ(Decide(policy.for_template(), request).action, Action::kAllow);
    EXPECT_EQ(Decide(policy.last(), request).action, Action::kKill);
  }
  // Of the same calls, what the template may not do either is told.
  const SyscallRequest kTold[] = {{SYS_clone, {kThreadFlags}},
                                  {SYS_prctl, {PR_SET_DUMPABLE}},
                                  {SYS_seccomp, {SECCOMP_GET_ACTION_AVAIL}},
                                  {SYS_madvise, {0, 4096, MADV_DONTNEED}}};
  for (const SyscallRequest& request : kTold) {
    EXPECT_EQ(Decide(policy.for_template(), request).action,
              Action::kViolation);
    EXPECT_EQ(Decide(policy.last(), request).action, Action::kViolation);
  }
}

TEST(WorkerPolicyTest, CallsForMemoryAreViolationsOrRefused) {
  constexpr uint32_t kCalls[] = {SYS_mmap,     SYS_munmap, SYS_mremap,
                                 SYS_mprotect, SYS_brk,    SYS_madvise};
  for (const char* preset : {"worker", "decoder", "service"}) {
    const WorkerPolicy told = Make({.preset = preset, .allow = {}});
    const WorkerPolicy refused =
        Make({.preset = preset, .allow = {}, .memory = MemoryCalls::kRefuse});
    for (const uint32_t call : kCalls) {
      const Decision before = Decide(*FindPreset(preset), {call, {}});
      EXPECT_EQ(
          Decide(told.worker(), {call, {}}).action,
          before.action == Action::kTrap ? Action::kViolation : before.action);
      for (const Policy& table : {refused.worker(), refused.last()}) {
        for (const uint64_t arg :
             {uint64_t{0}, uint64_t{MADV_POPULATE_WRITE}, ~uint64_t{0}}) {
          const Decision decision = Decide(table, {call, {0, 0, arg}});
          EXPECT_EQ(decision.action, Action::kErrno);
          EXPECT_EQ(decision.error, call == SYS_brk ? 0 : ENOMEM);
        }
      }
    }
  }
}

TEST(WorkerPolicyTest, NoCallIsLeftToARuntime) {
  for (const WorkerPolicyOptions& options : VariousWorkers()) {
    const WorkerPolicy policy = Make(options);
    for (const Policy& table :
         {policy.worker(), policy.for_template(), policy.last()}) {
      for (const Rule& rule : table.rules()) {
        EXPECT_NE(rule.action, Action::kTrap) << Describe(options);
      }
    }
  }
}

// One pid put in place of another, and nothing compared with both.
TEST(WorkerPolicyTest, WhatIsComparedWithTheOwnPidIsComparedWithNothingElse) {
  size_t found = 0;
  for (const WorkerPolicyOptions& options : VariousWorkers()) {
    const WorkerPolicy policy = Make(options);
    for (const Policy& table : {policy.for_template(), policy.last()}) {
      for (const Rule& own : table.rules()) {
        for (size_t i = 0; i < own.condition_count; ++i) {
          if (own.conditions[i].value != kOwnPid) continue;
          ++found;
          EXPECT_STREQ(table.name(), "last");
          for (const Rule& rule : table.RulesFor(own.syscall)) {
            for (size_t j = 0; j < rule.condition_count; ++j) {
              if (rule.conditions[j].arg != own.conditions[i].arg) continue;
              EXPECT_EQ(rule.conditions[j].value, kOwnPid) << rule.syscall;
            }
          }
        }
      }
    }
  }
  EXPECT_GT(found, 10u);
}

// Whatever else of the call is allowed.
TEST(WorkerPolicyTest, ARequestForADescriptorNeverReachesTheKernel) {
  for (const WorkerPolicyOptions& options : VariousWorkers()) {
    SCOPED_TRACE(Describe(options));
    const WorkerPolicy policy = Make(options);
    for (const uint64_t minus : {~uint64_t{0}, uint64_t{0xffffffff}}) {
      const SyscallRequest request = {SYS_recvmsg, {minus, 0, 0}};
      EXPECT_TRUE(IsDescriptorRequest(request.number, request.args));
      for (const Policy& table :
           {policy.worker(), policy.for_template(), policy.last()}) {
        const Action action = Decide(table, request).action;
        EXPECT_TRUE(action == Action::kViolation || action == Action::kRefuse)
            << table.name();
      }
    }
  }
  EXPECT_EQ(
      Decide(Make({.allow = {"unsafe:recvmsg"}}).last(), {SYS_recvmsg, {5, 1}})
          .action,
      Action::kAllow);
  EXPECT_EQ(Decide(Make({.allow = {"unsafe:recvmsg"}}).worker(),
                   {SYS_recvmsg, {~uint64_t{0}}})
                .error,
            EBADF);
}

TEST(WorkerPolicyTest, AllowancesAreAddedOnTopOfThePreset) {
  const WorkerPolicy policy =
      Make({.allow = {"read:10", "getrandom", "@threads"}});
  EXPECT_EQ(policy.base_source(), FilterSource::kCompile);
  for (const Policy& table :
       {policy.worker(), policy.for_template(), policy.last()}) {
    EXPECT_EQ(Decide(table, {SYS_read, {10}}).action, Action::kAllow);
    EXPECT_EQ(Decide(table, {SYS_read, {11}}).action, Action::kViolation);
    EXPECT_EQ(Decide(table, {SYS_getrandom, {}}).action, Action::kAllow);
    EXPECT_EQ(Decide(table, {SYS_clone, {kThreadFlags}}).action,
              Action::kAllow);
  }
}

TEST(WorkerPolicyTest, APresetThatIsNotForWorkersIsRefused) {
  for (const char* preset : {"template", "decoder+rw", "Worker", ""}) {
    EXPECT_EQ(ErrorOf({.preset = preset, .allow = {}}),
              std::string("preset \"") + preset +
                  "\" is none for workers; take one of worker, decoder, "
                  "service");
  }
  EXPECT_EQ(ErrorOf({.preset = "strict", .allow = {}}),
            "preset \"strict\" has no futex(2), by which a worker waits for "
            "its host and wakes it; take one of worker, decoder, service");
}

TEST(WorkerPolicyTest, AnAllowanceThatIsRefusedSaysWhy) {
  EXPECT_THAT(ErrorOf({.allow = {"getrandom", "reed:5"}}),
              HasSubstr("allow \"reed:5\": no system call has that name"));
  EXPECT_THAT(ErrorOf({.allow = {"mmap"}}),
              HasSubstr("allow \"mmap\": no option allows it: "));
  EXPECT_THAT(ErrorOf({.allow = {"unsafe:seccomp"}}),
              HasSubstr("allow \"unsafe:seccomp\": no option allows it: "));
  EXPECT_THAT(ErrorOf({.allow = {"kill"}}),
              HasSubstr("if the program may do that, say unsafe:kill"));
}

// The reasons of added rows live in it.
TEST(WorkerPolicyTest, ACopyKeepsTheTables) {
  absl::StatusOr<WorkerPolicy> first =
      WorkerPolicy::Create({.allow = {"read:10"}});
  const WorkerPolicy copy = *first;
  first = absl::CancelledError();
  EXPECT_STREQ(Decide(copy.last(), {SYS_read, {10}}).reason,
               "is allowed on a descriptor given to it");
}

}  // namespace
}  // namespace cellblock
