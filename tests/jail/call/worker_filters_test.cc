// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// The filters of templates and workers: proved, by two provers; and run one
// upon the other, as the kernel does.

#include "jail/call/worker_filters.h"

#include <gtest/gtest.h>
#include <linux/audit.h>

#include <algorithm>
#include <vector>

#include "jail/filter_proof.h"
#include "jail/own_pid.h"
#include "tests/jail/call/worker_policies.h"
#include "tests/jail/mutations.h"
#include "tests/jail/probes.h"
#include "tests/jail/z3_proof.h"

namespace cellblock {
namespace {

using Program = std::vector<sock_filter>;

constexpr Binding kLast = {kPid, Notify::kOuter};

struct Worker {
  explicit Worker(const WorkerPolicyOptions& options)
      : policy(WorkerPolicy::Create(options).value()),
        filters(CompileWorkerFilters(policy).value()) {
    BindOwnPid(filters.last_filter, kPid);
  }

  WorkerPolicy policy;
  WorkerFilters filters;
};

// What the kernel makes of two filters' answers.
uint32_t Strictest(uint32_t a, uint32_t b) {
  const auto order = [](uint32_t answer) {
    return static_cast<int32_t>(answer & SECCOMP_RET_ACTION_FULL);
  };
  return order(a) < order(b) ? a : b;
}

std::vector<seccomp_data> ProbeAll(const WorkerPolicy& policy) {
  std::vector<seccomp_data> calls;
  for (const Policy& table :
       {policy.worker(), policy.for_template(), policy.last()}) {
    const std::vector<seccomp_data> more = ProbeCalls(table, kPid);
    calls.insert(calls.end(), more.begin(), more.end());
  }
  return calls;
}

TEST(WorkerFiltersTest, BothAreProvedForEveryWorker) {
  for (const WorkerPolicyOptions& options : VariousWorkers()) {
    SCOPED_TRACE(Describe(options));
    const Worker worker(options);
    EXPECT_FALSE(ProveFilter(worker.policy.for_template(), Supervised(kPid),
                             worker.filters.template_filter));
    EXPECT_FALSE(
        ProveFilter(worker.policy.last(), kLast, worker.filters.last_filter));
    // Neither is the other's, nor told to another.
    EXPECT_TRUE(ProveFilter(worker.policy.for_template(), kLast,
                            worker.filters.template_filter));
    EXPECT_TRUE(ProveFilter(worker.policy.last(), Supervised(kPid),
                            worker.filters.last_filter));
  }
}

TEST(WorkerFiltersTest, ASecondProverAgrees) {
  for (const WorkerPolicyOptions& options :
       {WorkerPolicyOptions{}, {.allow = {}, .memory = MemoryCalls::kRefuse}}) {
    SCOPED_TRACE(Describe(options));
    const Worker worker(options);
    EXPECT_FALSE(FindDifference(worker.policy.for_template(), Supervised(kPid),
                                worker.filters.template_filter));
    EXPECT_FALSE(FindDifference(worker.policy.last(), kLast,
                                worker.filters.last_filter));
  }
}

// What is told to the host, allowed, refused and killed is what the worker's
// table says: told where the template refuses it too, else killed.
TEST(WorkerFiltersTest, TheStrictestAnswerIsTheWorkersDecision) {
  size_t killed = 0;
  size_t told = 0;
  size_t allowed = 0;
  for (const WorkerPolicyOptions& options : VariousWorkers()) {
    SCOPED_TRACE(Describe(options));
    const Worker worker(options);
    for (const seccomp_data& call : ProbeAll(worker.policy)) {
      const uint32_t answer =
          Strictest(Evaluate(worker.filters.template_filter, call).value(),
                    Evaluate(worker.filters.last_filter, call).value());
      uint32_t expected = ExpectedAnswer(worker.policy.worker(), call, kPid);
      if (expected == SECCOMP_RET_USER_NOTIF &&
          ExpectedAnswer(worker.policy.for_template(), call, kPid) ==
              SECCOMP_RET_ALLOW) {
        expected = SECCOMP_RET_KILL_PROCESS;
        ++killed;
      }
      told += expected == SECCOMP_RET_USER_NOTIF;
      allowed += expected == SECCOMP_RET_ALLOW;
      ASSERT_EQ(answer, expected)
          << std::hex << "arch " << call.arch << " number " << call.nr
          << " args " << call.args[0] << " " << call.args[1] << " "
          << call.args[2];
    }
  }
  EXPECT_GT(killed, 1'000u);
  EXPECT_GT(told, 10'000u);
  EXPECT_GT(allowed, 1'000u);
}

// As if it stood alone: without a tracer the kernel carries nothing out of what
// it would trace.
TEST(WorkerFiltersTest, TheLastFilterAllowsOnlyWhatTheWorkerMay) {
  for (const WorkerPolicyOptions& options : VariousWorkers()) {
    SCOPED_TRACE(Describe(options));
    const Worker worker(options);
    for (const seccomp_data& call : ProbeAll(worker.policy)) {
      const uint32_t answer =
          Evaluate(worker.filters.last_filter, call).value();
      const bool may = ExpectedAnswer(worker.policy.worker(), call, kPid) ==
                       SECCOMP_RET_ALLOW;
      ASSERT_EQ(answer == SECCOMP_RET_ALLOW, may) << call.nr;
      ASSERT_TRUE(may || answer == SECCOMP_RET_TRACE ||
                  answer == SECCOMP_RET_KILL_PROCESS ||
                  (answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
          << call.nr;
    }
  }
}

TEST(WorkerFiltersTest, OtherAbisDie) {
  const Worker worker({});
  for (const Program* filter :
       {&worker.filters.template_filter, &worker.filters.last_filter}) {
    for (uint32_t number = 0; number < 600; ++number) {
      EXPECT_EQ(Evaluate(*filter, CallOf(AUDIT_ARCH_I386, number, {})),
                SECCOMP_RET_KILL_PROCESS);
      EXPECT_EQ(
          Evaluate(*filter, CallOf(AUDIT_ARCH_X86_64, kX32Bit | number, {})),
          SECCOMP_RET_KILL_PROCESS);
    }
  }
}

TEST(WorkerFiltersTest, ThePidIsPutInAndNothingElse) {
  for (const WorkerPolicyOptions& options : VariousWorkers()) {
    SCOPED_TRACE(Describe(options));
    const WorkerPolicy policy = WorkerPolicy::Create(options).value();
    const Program open = CompileWorkerFilters(policy).value().last_filter;
    for (const pid_t pid : {1, 2, 4242, (1 << 22) - 1}) {
      Program bound = open;
      BindOwnPid(bound, pid);
      for (size_t i = 0; i < open.size(); ++i) {
        const bool left_open =
            BPF_CLASS(open[i].code) == BPF_JMP && open[i].k == kOwnPid;
        EXPECT_EQ(bound[i].k,
                  left_open ? static_cast<uint32_t>(pid) : open[i].k);
        EXPECT_EQ(bound[i].code, open[i].code);
        EXPECT_EQ(bound[i].jt, open[i].jt);
        EXPECT_EQ(bound[i].jf, open[i].jf);
      }
      EXPECT_FALSE(
          ProveFilter(policy.last(), {pid, Notify::kOuter}, bound).has_value());
    }
  }
}

// Whatever is changed in the last filter: the proof refuses it, or it changes
// nothing.
TEST(WorkerFiltersTest, AWeakenedLastFilterIsNotProved) {
  const Worker worker({});
  const Program& program = worker.filters.last_filter;
  const std::vector<seccomp_data> calls =
      ProbeCalls(worker.policy.last(), kPid);
  size_t refused = 0;
  Program mutant = program;
  for (size_t at = 0; at < program.size(); ++at) {
    for (const sock_filter& changed : Changes(program[at])) {
      mutant[at] = changed;
      if (ProveFilter(worker.policy.last(), kLast, mutant)) {
        ++refused;
        continue;
      }
      for (const seccomp_data& call : calls) {
        ASSERT_EQ(Evaluate(mutant, call), Evaluate(program, call))
            << "instruction " << at << ", call " << call.nr;
      }
    }
    mutant[at] = program[at];
  }
  EXPECT_GT(refused, 50 * program.size());
}

// Without one of its deaths, or with one that comes too late, it is another's.
TEST(WorkerFiltersTest, ALastFilterOfAnotherTableIsNotProved) {
  for (const WorkerPolicyOptions& options : VariousWorkers()) {
    SCOPED_TRACE(Describe(options));
    const Worker worker(options);
    const Policy last = worker.policy.last();
    size_t tried = 0;
    for (size_t i = 0; i < last.rules().size(); ++i) {
      std::vector<Rule> rules(last.rules().begin(), last.rules().end());
      if (rules[i].action != Action::kKill) continue;
      ++tried;
      for (const Action action : {Action::kAllow, Action::kViolation}) {
        rules[i].action = action;
        EXPECT_TRUE(ProveFilter({"changed", rules, last.traits()}, kLast,
                                worker.filters.last_filter))
            << rules[i].syscall;
      }
    }
    EXPECT_GE(tried, 3u);
  }
}

}  // namespace
}  // namespace cellblock
