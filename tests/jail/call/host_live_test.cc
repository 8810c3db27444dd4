// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Hosts that are killed, fork, or do what they like with SIGCHLD: each a
// process of its own.

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "jail/jail.h"
#include "jail/unique_fd.h"
#include "tests/jail/call/live_calls.h"
#include "tests/jail/call/processes.h"
#include "tests/seed.h"

namespace cellblock {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Workers that spin, wait, and come and go; says so through `ready`.
[[noreturn]] void BeAHost(Freshness freshness, int ready) {
  auto make = [&](const char* decoder, int workers) {
    return MakeJail({.pool_bytes = 1 << 20,
                     .freshness = freshness,
                     .workers = workers,
                     .deadline = milliseconds(60'000)},
                    decoder)
        .release();
  };
  Jail* const busy = make("misbehave", 3);  // one is idle
  Jail* const turning = make("reverse", 1);
  std::thread([&] { (void)Say(*busy, "spin"); }).detach();
  std::thread([&] { (void)Say(*busy, "wait"); }).detach();
  for (bool is_ready = false;;) {
    if (!Say(*turning, "abc").ok()) _exit(1);
    // Templates and workers: those of four slots, but for what is on its way.
    if (is_ready || ChildrenOf(getpid()).size() < 7) continue;
    is_ready = write(ready, "r", 1) == 1;
  }
}

TEST(Host, NobodyOutlivesOne) {
  std::mt19937_64 random(TestSeed());
  // Whoever does becomes a child of this process.
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  for (int round = 0; round < 5; ++round) {
    for (const Freshness freshness : kEveryFreshness) {
      int ends[2];
      ASSERT_EQ(pipe(ends), 0);
      const UniqueFd read_end(ends[0]);
      UniqueFd write_end(ends[1]);
      const pid_t host = fork();
      if (host == 0) BeAHost(freshness, write_end.get());
      write_end.Close();
      char byte = 0;
      ASSERT_EQ(read(read_end.get(), &byte, 1), 1) << Name(freshness);
      std::this_thread::sleep_for(
          std::chrono::microseconds(random() % 100'000));
      ASSERT_EQ(kill(host, SIGKILL), 0);
      int status = 0;
      ASSERT_EQ(waitpid(host, &status, 0), host);
      EXPECT_TRUE(WIFSIGNALED(status)) << "the host ended by itself";
      const auto end = steady_clock::now() + std::chrono::seconds(10);
      pid_t left = 0;
      while ((left = waitpid(-1, nullptr, WNOHANG)) >= 0) {
        ASSERT_LT(steady_clock::now(), end)
            << ChildrenOf(getpid()).size() << " live on, " << Name(freshness);
        if (left == 0) std::this_thread::sleep_for(milliseconds(1));
      }
    }
  }
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

// A child of the host's, as long as it lives.
class Fork {
 public:
  Fork() {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    pid_ = fork();
    if (pid_ == 0) {
      close(ends[1]);
      char byte;
      (void)!read(ends[0], &byte, 1);
      _exit(0);
    }
    close(ends[0]);
    end_ = UniqueFd(ends[1]);
  }
  ~Fork() {
    end_.Close();
    int status = -1;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    EXPECT_EQ(status, 0);
  }

 private:
  pid_t pid_ = -1;
  UniqueFd end_;
};

milliseconds CpuTimeOfProcess() {
  timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return milliseconds(used.tv_sec * 1000 + used.tv_nsec / 1'000'000);
}

TEST(Host, MayForkWhileItHasAJail) {
  for (const Freshness freshness : kEveryFreshness) {
    auto jail = MakeJail({.freshness = freshness}, "reverse");
    ASSERT_NE(jail, nullptr);
    EXPECT_EQ(SayText(*jail, "abc"), "cba");
    {
      // It keeps open what the host closes.
      const Fork child;
      for (int i = 0; i < 10; ++i) EXPECT_EQ(SayText(*jail, "abc"), "cba");
      std::this_thread::sleep_for(milliseconds(300));
      const milliseconds before = CpuTimeOfProcess();
      std::this_thread::sleep_for(milliseconds(500));
      EXPECT_LT(CpuTimeOfProcess() - before, milliseconds(50))
          << "somebody spins, " << Name(freshness);
    }
    for (int i = 0; i < 10; ++i) EXPECT_EQ(SayText(*jail, "abc"), "cba");
  }
}

// As one that calls exit does, with a jail that is static.
TEST(Host, IsLeftAloneByAForkThatDestroysItsJail) {
  InAProcess([] {
    for (const Freshness freshness : kEveryFreshness) {
      auto jail = MakeJail({.freshness = freshness, .workers = 2}, "reverse");
      ASSERT_NE(jail, nullptr);
      std::promise<void> called;
      jail->CallAsync({1}, [&](const auto&) { called.set_value(); });
      called.get_future().get();
      EXPECT_EQ(SayText(*jail, "abc"), "cba");
      const std::vector<pid_t> workers = WorkersOf(getpid());
      const pid_t child = fork();
      if (child == 0) {
        alarm(10);
        jail.reset();
        _exit(3);
      }
      int status = 0;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 3) << status;
      for (const pid_t worker : workers) EXPECT_TRUE(IsAlive(worker));
      for (int i = 0; i < 3; ++i) EXPECT_EQ(SayText(*jail, "abc"), "cba");
    }
  });
}

// As a user who is bound by the limit on processes, as root is not.
TEST(Host, MayHaveNoThreadsLeft) {
  InAProcess([] {
    constexpr uid_t kNobody = 65534;
    if (getuid() == 0) {
      ASSERT_EQ(setresuid(kNobody, kNobody, kNobody), 0);
    }
    // Else /proc/self is root's.
    ASSERT_EQ(prctl(PR_SET_DUMPABLE, 1), 0);
    const rlimit none = {0, 0};
    ASSERT_EQ(setrlimit(RLIMIT_NPROC, &none), 0);
    const size_t before = OpenDescriptors();
    const auto jail = Jail::Create({}, "reverse");
    EXPECT_EQ(jail.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(jail.status().message()),
                ::testing::HasSubstr("threads"));
    EXPECT_EQ(OpenDescriptors(), before);
  });
}

void ReapAll(int /*signal*/) {
  const int saved = errno;
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  errno = saved;
}

// Each way to end but those that only the kernel's word tells apart.
void ExpectRightEnds(Freshness freshness) {
  auto jail =
      MakeJail({.freshness = freshness, .output_limit = 100}, "misbehave");
  ASSERT_NE(jail, nullptr);
  EXPECT_EQ(FailureIn(*jail, "spin", {.deadline = milliseconds(1000)}).end,
            CallEnd::kDeadline);
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(Say(*jail, "nothing").ok());
    EXPECT_EQ(FailureIn(*jail, "refuse").end, CallEnd::kRefused);
    EXPECT_EQ(FailureIn(*jail, "exhaust").end, CallEnd::kExhausted);
    EXPECT_EQ(FailureIn(*jail, "mmap").end, CallEnd::kViolation);
    for (const char* how : {"crash", "exit", "abort"}) {
      const CallFailure failure = FailureIn(*jail, how);
      if (failure.end == CallEnd::kExited && failure.exit_code == -1) continue;
      // The host's thread came first.
      const bool exits = std::string_view(how) == "exit";
      EXPECT_EQ(failure.end, exits ? CallEnd::kExited : CallEnd::kCrashed);
      EXPECT_EQ(failure.exit_code, exits ? 7 : 0);
    }
  }
}

TEST(Host, MayIgnoreItsChildren) {
  InAProcess([] {
    signal(SIGCHLD, SIG_IGN);
    for (const Freshness freshness : kEveryFreshness) {
      ExpectRightEnds(freshness);
      auto jail = MakeJail({.freshness = freshness}, "misbehave");
      ASSERT_NE(jail, nullptr);
      const auto said = Say(*jail, "crash");
      EXPECT_EQ(FailureOf(said.status())->exit_code, -1);
      EXPECT_THAT(std::string(said.status().message()),
                  ::testing::HasSubstr("nobody knows how"));
    }
    EXPECT_THAT(ChildrenOf(getpid()), ::testing::IsEmpty());
  });
}

TEST(Host, MayWaitForAllItsChildren) {
  InAProcess([] {
    signal(SIGCHLD, &ReapAll);
    for (const Freshness freshness : kEveryFreshness) {
      ExpectRightEnds(freshness);
    }
    EXPECT_THAT(ChildrenOf(getpid()), ::testing::IsEmpty());
  });
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, cellblock::TestDecoders());
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
