// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// What the ancestors' jailed programs do, and workers too. The names carry the
// rows of docs/seed_parity.md.

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "jail/jail.h"
#include "tests/jail/call/decoders.h"

namespace cellblock {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

constexpr uint64_t kX32 = 0x40000000;

// A harmless call by each of the ways into the kernel but the one that is
// allowed.
absl::Status CallByAnotherWay(JailedCall& call) {
  if (AsText(call.input()) == "int 0x80") {
    long number = 20;  // getpid there
    asm volatile("int $0x80" : "+a"(number) : : "memory");
  } else {
    syscall(static_cast<long>(kX32 | SYS_getpid));
  }
  return absl::OkStatus();
}

absl::Status Sleep(JailedCall& call) {
  const auto end = steady_clock::now() + milliseconds(20);
  while (steady_clock::now() < end) continue;
  call.Write(call.input());
  return absl::OkStatus();
}

std::vector<Decoder> Decoders() {
  const auto others = TestDecoders();
  std::vector<Decoder> all(others.begin(), others.end());
  all.push_back({"call by another way", CallByAnotherWay});
  all.push_back({"sleep", Sleep});
  return all;
}

std::unique_ptr<Jail> Make(JailOptions options, std::string_view decoder) {
  auto jail = Jail::Create(std::move(options), decoder);
  EXPECT_TRUE(jail.ok()) << jail.status();
  return jail.ok() ? *std::move(jail) : nullptr;
}

absl::Status Say(Jail& jail, std::string_view input,
                 const CallOptions& options = {}) {
  return jail.Call(AsBytes(input), options).status();
}

TEST(SeedParityLiveTest, SeedParity_Row36_OnlyOneWayLeadsIntoTheKernel) {
  auto jail = Make({}, "call by another way");
  ASSERT_NE(jail, nullptr);
  for (const char* const how : {"int 0x80", "x32"}) {
    const auto failure = FailureOf(Say(*jail, how));
    ASSERT_TRUE(failure.has_value()) << how;
    EXPECT_EQ(failure->end, CallEnd::kViolation) << how;
  }
}

// From now on, that call of this process and its children fails.
bool Withhold(uint32_t call) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog filter = {4, program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// In a container that lets nobody lock itself there is no worker.
TEST(SeedParityLiveTest, SeedParity_Row36_WithoutALockThereIsNoWorker) {
  const pid_t child = fork();
  if (child == 0) {
    if (!Withhold(SYS_seccomp)) _exit(2);
    const auto jail = Jail::Create({}, "echo");
    const std::string why(jail.status().message());
    const bool is_told =
        jail.status().code() == absl::StatusCode::kUnavailable &&
        why.find("cannot be locked") != std::string::npos;
    if (!is_told) fprintf(stderr, "%s\n", why.c_str());
    _exit(is_told ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

// The host's clock, whatever the worker does.
TEST(SeedParityLiveTest, SeedParity_Row43_ACallEndsAtItsDeadline) {
  auto jail = Make({.deadline = milliseconds(200)}, "misbehave");
  ASSERT_NE(jail, nullptr);
  const auto begin = steady_clock::now();
  const auto failure = FailureOf(Say(*jail, "spin"));
  EXPECT_GE(steady_clock::now() - begin, milliseconds(200));
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->end, CallEnd::kDeadline);
  EXPECT_EQ(failure->time_limit, milliseconds(200));
  EXPECT_TRUE(Say(*jail, "nothing").ok());
}

TEST(SeedParityLiveTest, SeedParity_Row44_EveryEndHasANameAStatusAndAMessage) {
  auto jail = Make({.pool_bytes = 1 << 20,
                    .cpu_limit = milliseconds(300),
                    .input_bytes = 100},
                   "misbehave");
  auto counting = Make({.output_limit = 10}, "count");
  ASSERT_NE(jail, nullptr);
  ASSERT_NE(counting, nullptr);
  const CallOptions soon = {.deadline = milliseconds(200)};
  const std::string too_long(101, 'x');
  const struct {
    absl::Status status;
    CallEnd end;
    const char* name;
    absl::StatusCode code;
    const char* words;
  } ends[] = {{Say(*jail, "refuse"), CallEnd::kRefused, "refused",
               absl::StatusCode::kInvalidArgument, "no picture"},
              {Say(*jail, "exhaust"), CallEnd::kExhausted, "exhausted",
               absl::StatusCode::kResourceExhausted, "pool_bytes"},
              {Say(*jail, "execve"), CallEnd::kViolation, "violation",
               absl::StatusCode::kPermissionDenied, "execve"},
              {Say(*jail, "spin", soon), CallEnd::kDeadline, "deadline",
               absl::StatusCode::kDeadlineExceeded, "200 ms"},
              {Say(*jail, "spin"), CallEnd::kCpuLimit, "cpu_limit",
               absl::StatusCode::kDeadlineExceeded, "300 ms"},
              {Say(*counting, "11"), CallEnd::kOutputLimit, "output_limit",
               absl::StatusCode::kOutOfRange, "10 bytes"},
              {Say(*jail, "crash"), CallEnd::kCrashed, "crashed",
               absl::StatusCode::kAborted, "SIGSEGV at 0x123450"},
              {Say(*jail, "exit"), CallEnd::kExited, "exited",
               absl::StatusCode::kInternal, "exit code 7"},
              {Say(*jail, too_long), CallEnd::kMisuse, "misuse",
               absl::StatusCode::kFailedPrecondition, "raise JailOptions::"}};
  for (const auto& wanted : ends) {
    const auto failure = FailureOf(wanted.status);
    ASSERT_TRUE(failure.has_value()) << wanted.name << wanted.status;
    EXPECT_EQ(failure->end, wanted.end) << wanted.name;
    EXPECT_STREQ(Name(failure->end), wanted.name);
    EXPECT_EQ(wanted.status.code(), wanted.code) << wanted.name;
    EXPECT_THAT(std::string(wanted.status.message()), HasSubstr(wanted.words));
  }
}

TEST(SeedParityLiveTest, SeedParity_Row45_SoManyAtATimeAndEachIsLogged) {
  constexpr int kWorkers = 2;
  constexpr int kCallers = 6;
  std::atomic<int> logged{0};
  std::atomic<int> clean{0};
  auto jail = Make({.workers = kWorkers,
                    .log =
                        [&](const CallRecord& record) {
                          ++logged;
                          clean += record.end == CallEnd::kClean ? 1 : 0;
                        }},
                   "sleep");
  ASSERT_NE(jail, nullptr);
  const auto begin = steady_clock::now();
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&] { EXPECT_TRUE(Say(*jail, "x").ok()); });
  }
  for (std::thread& caller : callers) caller.join();
  // Two at a time take at least three turns.
  EXPECT_GE(steady_clock::now() - begin,
            milliseconds(20) * kCallers / kWorkers);
  EXPECT_EQ(logged, kCallers);
  EXPECT_EQ(clean, kCallers);
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  const std::vector<cellblock::Decoder> decoders = cellblock::Decoders();
  cellblock::jail::Init(argc, argv, decoders);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
