// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Calls into real workers.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "jail/jail.h"
#include "jail/unique_fd.h"
#include "tests/jail/call/decoders.h"

namespace cellblock {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

std::unique_ptr<Jail> MakeJail(JailOptions options, std::string_view decoder) {
  auto jail = Jail::Create(std::move(options), decoder);
  EXPECT_TRUE(jail.ok()) << jail.status();
  return jail.ok() ? *std::move(jail) : nullptr;
}

absl::StatusOr<std::string> Say(Jail& jail, std::string_view input,
                                const CallOptions& options = {}) {
  auto output = jail.Call(AsBytes(input), options);
  if (!output.ok()) return output.status();
  return output->Validate(
      [](auto bytes) { return std::string(AsText(bytes)); });
}

CallFailure Failure(Jail& jail, std::string_view input,
                    const CallOptions& options = {}) {
  const auto said = Say(jail, input, options);
  EXPECT_FALSE(said.ok()) << "the decoder returned: " << *said;
  return FailureOf(said.status()).value_or(CallFailure());
}

class EveryFreshness : public ::testing::TestWithParam<Freshness> {};

INSTANTIATE_TEST_SUITE_P(All, EveryFreshness,
                         ::testing::Values(Freshness::kReuse,
                                           Freshness::kHeapReset,
                                           Freshness::kForkPerCall,
                                           Freshness::kNewProcess));

TEST_P(EveryFreshness, DecodesOneInputAfterTheOther) {
  auto jail = MakeJail({.freshness = GetParam()}, "reverse");
  ASSERT_NE(jail, nullptr);
  for (int i = 0; i < 20; ++i) {
    std::string text = "input " + std::to_string(i);
    const auto said = Say(*jail, text);
    std::reverse(text.begin(), text.end());
    ASSERT_TRUE(said.ok()) << said.status();
    EXPECT_EQ(*said, text);
  }
}

TEST_P(EveryFreshness, StreamsWhatIsLongerThanTheBuffer) {
  auto jail = MakeJail(
      {.freshness = GetParam(), .output_buffer = 4096, .output_limit = 100'000},
      "count");
  ASSERT_NE(jail, nullptr);
  for (const size_t bytes : {0, 1, 4095, 4096, 4097, 8192, 99'999, 100'000}) {
    const auto said = Say(*jail, std::to_string(bytes));
    ASSERT_TRUE(said.ok()) << said.status();
    ASSERT_EQ(said->size(), bytes);
    for (size_t i = 0; i < bytes; ++i) {
      ASSERT_EQ(static_cast<uint8_t>((*said)[i]), static_cast<uint8_t>(i));
    }
  }
  EXPECT_EQ(Failure(*jail, "100001").end, CallEnd::kOutputLimit);
  EXPECT_TRUE(Say(*jail, "10").ok());
}

TEST_P(EveryFreshness, GivesEveryKindOfEndItsOwnStatus) {
  auto jail = MakeJail({.pool_bytes = 1 << 20,
                        .freshness = GetParam(),
                        .deadline = milliseconds(5000)},
                       "misbehave");
  ASSERT_NE(jail, nullptr);
  const CallOptions soon = {.deadline = milliseconds(300)};
  const CallFailure refused = Failure(*jail, "refuse");
  EXPECT_EQ(refused.end, CallEnd::kRefused);
  EXPECT_EQ(refused.code, static_cast<int>(absl::StatusCode::kNotFound));
  EXPECT_EQ(Failure(*jail, "throw").end, CallEnd::kRefused);
  EXPECT_EQ(Failure(*jail, "throw an int").end, CallEnd::kRefused);
  for (const char* how :
       {"exhaust", "exhaust and throw", "exhaust and abort"}) {
    const CallFailure exhausted = Failure(*jail, how);
    EXPECT_EQ(exhausted.end, CallEnd::kExhausted) << how;
    EXPECT_EQ(exhausted.asked, uint64_t{1} << 30) << how;
    EXPECT_GT(exhausted.short_by, uint64_t{1} << 29) << how;
    EXPECT_EQ(exhausted.pool, 1u << 20) << how;
  }
  const auto went_on = Say(*jail, "exhaust and go on");
  ASSERT_TRUE(went_on.ok()) << went_on.status();
  EXPECT_EQ(*went_on, "refused");
  const CallFailure crashed = Failure(*jail, "crash");
  EXPECT_EQ(crashed.end, CallEnd::kCrashed);
  EXPECT_EQ(crashed.signal, SIGSEGV);
  EXPECT_EQ(crashed.address, 0x123450u);
  EXPECT_EQ(Failure(*jail, "abort").signal, SIGABRT);
  EXPECT_EQ(Failure(*jail, "overflow the stack").signal, SIGSEGV);
  EXPECT_EQ(Failure(*jail, "write the input").signal, SIGSEGV);
  const CallFailure exited = Failure(*jail, "exit");
  EXPECT_EQ(exited.end, CallEnd::kExited);
  EXPECT_EQ(exited.exit_code, 7);
  EXPECT_EQ(Failure(*jail, "spin", soon).end, CallEnd::kDeadline);
  EXPECT_THAT(Failure(*jail, "complain").messages, HasSubstr("complaint"));
  EXPECT_THAT(Failure(*jail, "free twice").messages, HasSubstr("free"));
  EXPECT_TRUE(Say(*jail, "nothing").ok());
}

TEST_P(EveryFreshness, NamesForbiddenCalls) {
  auto jail = MakeJail({.freshness = GetParam()}, "misbehave");
  ASSERT_NE(jail, nullptr);
  const CallFailure executed = Failure(*jail, "execve");
  EXPECT_EQ(executed.end, CallEnd::kViolation);
  EXPECT_EQ(executed.violation.number, static_cast<uint32_t>(SYS_execve));
  EXPECT_EQ(Failure(*jail, "mmap").violation.number,
            static_cast<uint32_t>(SYS_mmap));
  EXPECT_EQ(Failure(*jail, "write to 1").violation.number,
            static_cast<uint32_t>(SYS_write));
  // Only a template makes these, so the worker's own filter kills.
  for (const char* how : {"clone", "another filter", "prctl"}) {
    EXPECT_EQ(Failure(*jail, how).end, CallEnd::kViolation) << how;
  }
  EXPECT_TRUE(Say(*jail, "nothing").ok());
}

TEST_P(EveryFreshness, TestsTheLock) {
  auto jail = MakeJail({.freshness = GetParam()}, "echo");
  ASSERT_NE(jail, nullptr);
  EXPECT_TRUE(jail->TestLock(SYS_ptrace).ok());
  EXPECT_TRUE(jail->TestLock(SYS_io_uring_setup).ok());
  EXPECT_FALSE(jail->TestLock(SYS_getpid).ok());
  EXPECT_TRUE(Say(*jail, "again").ok());
}

TEST(Jail, UsesANewWorkerAsFreshnessSays) {
  for (const auto& [freshness, distinct] :
       {std::pair(Freshness::kReuse, 1), std::pair(Freshness::kHeapReset, 1),
        std::pair(Freshness::kForkPerCall, 10),
        std::pair(Freshness::kNewProcess, 10)}) {
    auto jail = MakeJail({.freshness = freshness}, "who");
    ASSERT_NE(jail, nullptr);
    std::set<std::string> seen;
    for (int i = 0; i < 10; ++i) seen.insert(Say(*jail, "").value());
    EXPECT_EQ(seen.size(), static_cast<size_t>(distinct)) << Name(freshness);
  }
}

TEST(Jail, PassesADescriptorWithACall) {
  auto jail = MakeJail({.freshness = Freshness::kReuse, .allow = {"read:9"}},
                       "read passed");
  ASSERT_NE(jail, nullptr);
  const UniqueFd file(memfd_create("passed", MFD_CLOEXEC));
  ASSERT_EQ(pwrite(file.get(), "the content", 11, 0), 11);
  const auto said = Say(*jail, "", {.descriptor = file.get()});
  ASSERT_TRUE(said.ok()) << said.status();
  EXPECT_EQ(*said, "the content");
  // The next call finds nothing of it.
  EXPECT_EQ(Failure(*jail, "").end, CallEnd::kViolation);
  EXPECT_EQ(Failure(*jail, "", {.descriptor = 9999}).end, CallEnd::kMisuse);
}

TEST(Jail, GivesDescriptorsToAllWorkers) {
  const UniqueFd file(memfd_create("given", MFD_CLOEXEC));
  ASSERT_EQ(pwrite(file.get(), "for all", 7, 0), 7);
  auto jail = MakeJail({.allow = {"pread64:10"}, .descriptors = {file.get()}},
                       "read given");
  ASSERT_NE(jail, nullptr);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Say(*jail, "").value(), "for all");
}

// What they let a worker do is not told to the host.
TEST(Jail, WorksByEveryPresetForWorkers) {
  for (const char* const preset : {"worker", "decoder", "service"}) {
    auto jail = MakeJail({.preset = preset}, "echo");
    ASSERT_NE(jail, nullptr) << preset;
    EXPECT_EQ(Say(*jail, "hello").value(), "hello") << preset;
  }
}

TEST(Jail, PreparesBeforeTheLock) {
  auto jail = MakeJail({}, "prepared");
  ASSERT_NE(jail, nullptr);
  EXPECT_EQ(Say(*jail, "").value(), "prepared");
  EXPECT_THAT(
      std::string(Jail::Create({}, "never prepared").status().message()),
      HasSubstr("out of order"));
}

TEST(Jail, NamesWhatIsWrongWithTheOptions) {
  const auto why = [](JailOptions options) {
    return std::string(
        Jail::Create(std::move(options), "echo").status().message());
  };
  EXPECT_THAT(why({.pool_bytes = 1}), HasSubstr("pool_bytes"));
  EXPECT_THAT(why({.workers = 0}), HasSubstr("workers"));
  EXPECT_THAT(why({.deadline = milliseconds(0)}), HasSubstr("deadline"));
  EXPECT_THAT(why({.preset = "strict"}), HasSubstr("strict"));
  EXPECT_THAT(why({.allow = {"no_such_call"}}), HasSubstr("no_such_call"));
  EXPECT_THAT(why({.descriptors = {9999}}), HasSubstr("9999"));
  EXPECT_THAT(why({.environment = {"LD_PRELOAD=x"}}), HasSubstr("LD_PRELOAD"));
  EXPECT_THAT(why({.environment = {"LD_BIND_NOW="}}), HasSubstr("LD_BIND_NOW"));
  EXPECT_THAT(why({.worker_binary = "/no/such/file"}),
              HasSubstr("/no/such/file"));
  EXPECT_EQ(Jail::Create({}, "no such decoder").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(Jail::Create({}, "no such").status().message()),
              HasSubstr("reverse"));
}

TEST(Jail, SaysOfABinaryThatIsNoWorker) {
  const auto jail = Jail::Create({.worker_binary = "/bin/true"}, "echo");
  EXPECT_EQ(jail.status().code(), absl::StatusCode::kUnavailable);
}

TEST(Jail, EndsACallForItsCpuTime) {
  auto jail = MakeJail({.cpu_limit = milliseconds(100)}, "misbehave");
  ASSERT_NE(jail, nullptr);
  EXPECT_EQ(Failure(*jail, "spin").end, CallEnd::kCpuLimit);
  EXPECT_TRUE(Say(*jail, "nothing").ok());
}

TEST(Jail, WorksWithoutACopy) {
  auto jail = MakeJail({.output_buffer = 4096}, "echo");
  ASSERT_NE(jail, nullptr);
  std::string seen;
  const absl::Status status = jail->CallInPlace(
      10'000,
      [](std::span<uint8_t> input) { memset(input.data(), 'x', 10'000); },
      [&](UntrustedView part) {
        std::vector<uint8_t> bytes(part.size());
        EXPECT_TRUE(part.CopyTo(0, bytes));
        seen += AsText(bytes);
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(seen, std::string(10'000, 'x'));
  const absl::Status stopped = jail->CallInPlace(
      10'000, [](std::span<uint8_t>) {},
      [](UntrustedView) { return absl::CancelledError("enough"); });
  EXPECT_EQ(stopped.code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(Say(*jail, "again").ok());
}

TEST(Jail, CallsBack) {
  auto jail = MakeJail({.workers = 2}, "reverse");
  ASSERT_NE(jail, nullptr);
  std::vector<std::promise<absl::StatusOr<UntrustedBytes>>> promises(50);
  for (auto& promise : promises) {
    jail->CallAsync({1, 2, 3}, [&promise](auto output) {
      promise.set_value(std::move(output));
    });
  }
  for (auto& promise : promises) {
    const auto output = promise.get_future().get();
    ASSERT_TRUE(output.ok()) << output.status();
    EXPECT_EQ(output->size(), 3u);
  }
}

TEST(Jail, ServesManyThreads) {
  auto jail = MakeJail({.workers = 3}, "reverse");
  ASSERT_NE(jail, nullptr);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&jail, i] {
      for (int k = 0; k < 20; ++k) {
        const std::string text(static_cast<size_t>(100 * i + k), 'a');
        const auto said = Say(*jail, text);
        ASSERT_TRUE(said.ok()) << said.status();
        ASSERT_EQ(*said, text);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// What the caller's functions throw costs the worker and nothing else.
TEST(Jail, GoesOnAfterAnExceptionOfTheHost) {
  auto jail = MakeJail({.freshness = Freshness::kReuse}, "echo");
  ASSERT_NE(jail, nullptr);
  const auto nothing = [](std::span<uint8_t>) {};
  EXPECT_THROW((void)jail->CallInPlace(
                   1, [](std::span<uint8_t>) { throw std::bad_alloc(); },
                   [](UntrustedView) { return absl::OkStatus(); }),
               std::bad_alloc);
  EXPECT_THROW((void)jail->CallInPlace(1, nothing,
                                       [](UntrustedView) -> absl::Status {
                                         throw std::bad_alloc();
                                       }),
               std::bad_alloc);
  EXPECT_EQ(Say(*jail, "again").value(), "again");
}

// A worker that is given back goes to who waits for one, and to no more at once
// than the options say.
TEST(Jail, QueuesForItsWorkers) {
  for (const Freshness freshness :
       {Freshness::kReuse, Freshness::kForkPerCall}) {
    auto jail = MakeJail(
        {.freshness = freshness, .deadline = milliseconds(20'000)}, "count");
    ASSERT_NE(jail, nullptr);
    std::atomic<int> at_work{0};
    std::vector<std::thread> threads;
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 10; ++k) {
          const absl::Status status = jail->CallInPlace(
              4,
              [&](std::span<uint8_t> input) {
                EXPECT_EQ(at_work.fetch_add(1), 0);
                memcpy(input.data(), "1000", 4);
              },
              [&](UntrustedView) {
                std::this_thread::sleep_for(milliseconds(1));
                at_work.fetch_sub(1);
                return absl::OkStatus();
              });
          ASSERT_TRUE(status.ok()) << status;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    // A waiter that nobody wakes waits for its deadline.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(15'000));
  }
}

// Its destructor waits for calls, at work or in the queue.
TEST(Jail, EndsWhenItsCallsHave) {
  for (int round = 0; round < 20; ++round) {
    auto jail = MakeJail({.freshness = Freshness::kReuse}, "reverse");
    ASSERT_NE(jail, nullptr);
    std::atomic<int> begun{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, raw = jail.get()] {
        ++begun;
        const auto said = Say(*raw, "abc");
        ASSERT_TRUE(said.ok()) << said.status();
      });
    }
    while (begun < 4) std::this_thread::yield();
    std::this_thread::sleep_for(milliseconds(1));
    jail.reset();
    for (std::thread& thread : threads) thread.join();
  }
}

// What is asked for while it ends is told so.
TEST(Jail, TellsCallersBackThatItEnds) {
  std::atomic<int> told{0};
  std::function<void(absl::StatusOr<UntrustedBytes>)> again;
  std::unique_ptr<Jail> jail = MakeJail({.workers = 2}, "reverse");
  ASSERT_NE(jail, nullptr);
  Jail* const raw = jail.get();
  again = [&](const absl::StatusOr<UntrustedBytes>& output) {
    ++told;
    if (output.ok()) raw->CallAsync({1, 2, 3}, again);
  };
  for (int i = 0; i < 8; ++i) raw->CallAsync({1, 2, 3}, again);
  std::this_thread::sleep_for(milliseconds(20));
  jail.reset();
  EXPECT_GE(told, 8);
}

TEST(Jail, LogsEveryCall) {
  std::vector<CallEnd> ends;
  auto jail = MakeJail(
      {.input_bytes = 10,
       .log = [&](const CallRecord& record) { ends.push_back(record.end); }},
      "misbehave");
  ASSERT_NE(jail, nullptr);
  (void)Say(*jail, "nothing");
  (void)Say(*jail, "crash");
  (void)Say(*jail, "longer than 10");
  (void)Say(*jail, "nothing", {.descriptor = 9999});
  EXPECT_THAT(ends, ::testing::ElementsAre(CallEnd::kClean, CallEnd::kCrashed,
                                           CallEnd::kMisuse, CallEnd::kMisuse));
}

TEST(Jail, OutlivesTheThreadThatMadeIt) {
  std::unique_ptr<Jail> jail;
  std::thread([&] { jail = MakeJail({}, "echo"); }).join();
  ASSERT_NE(jail, nullptr);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Say(*jail, "hello").ok());
}

TEST(JailOfCopies, SeesWhatTheHostHas) {
  std::string secret = "what the host has built";
  auto jail =
      Jail::CreateAsCopyOfHost({.pool_bytes = 4 << 20}, [&](JailedCall& call) {
        secret += " and changed";
        call.Write(AsBytes(secret));
        return absl::OkStatus();
      });
  ASSERT_TRUE(jail.ok()) << jail.status();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Say(**jail, "").value(), "what the host has built and changed");
  }
}

TEST(JailOfCopies, IsLockedAndHasNoMoreThanItsPool) {
  auto jail =
      Jail::CreateAsCopyOfHost({.pool_bytes = 4 << 20}, [](JailedCall& call) {
        if (call.input().empty()) {
          syscall(SYS_execve, "/bin/true", nullptr, nullptr);
        }
        const std::unique_ptr<char[]> fits(new (std::nothrow) char[3 << 20]);
        const std::unique_ptr<char[]> not_fits(
            new (std::nothrow) char[64 << 20]);
        call.Write(AsBytes(fits && !not_fits ? "as it has to be" : "not"));
        return absl::OkStatus();
      });
  ASSERT_TRUE(jail.ok()) << jail.status();
  EXPECT_EQ(Failure(**jail, "").end, CallEnd::kViolation);
  EXPECT_EQ(Say(**jail, "x").value(), "as it has to be");
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, cellblock::TestDecoders());
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
