// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Many calls leave nothing behind in the host or in a template. With
// CELLBLOCK_FULL, as many as are promised.

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "jail/jail.h"
#include "tests/jail/call/live_calls.h"
#include "tests/jail/call/processes.h"

namespace cellblock {
namespace {

int Calls(int everyday, int full) {
  return getenv("CELLBLOCK_FULL") == nullptr ? everyday : full;
}

size_t Mappings() {
  const std::string maps = ReadWhole("/proc/self/maps");
  return static_cast<size_t>(std::count(maps.begin(), maps.end(), '\n'));
}

size_t Threads() {
  return static_cast<size_t>(
      std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                    std::filesystem::directory_iterator()));
}

// What this process has.
struct Holdings {
  size_t descriptors = 0;
  size_t threads = 0;
  size_t children = 0;
  size_t mappings = 0;
  long malloc_bytes = 0;
  long resident_kib = 0;
  long page_table_kib = 0;
  // Of all templates together.
  long template_kib = 0;
};

Holdings Look() {
  Holdings now;
  now.descriptors = OpenDescriptors();
  now.threads = Threads();
  now.children = ChildrenOf(getpid()).size();
  now.mappings = Mappings();
  now.malloc_bytes = static_cast<long>(mallinfo2().uordblks);
  // How much of the program's own files is in memory is the kernel's choice.
  now.resident_kib =
      StatusKib("self", "RssAnon") + StatusKib("self", "RssShmem");
  now.page_table_kib = StatusKib("self", "VmPTE");
  for (const pid_t pid : TemplatesOf(getpid())) {
    const std::string who = std::to_string(pid);
    now.template_kib += StatusKib(who, "VmRSS") + StatusKib(who, "VmPTE");
  }
  return now;
}

// When every worker that is to be ready is.
Holdings LookAtRest(size_t children) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (ChildrenOf(getpid()).size() != children &&
         std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  // One that has just come is still on its way to its lock.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  return Look();
}

// For whoever reads the log of a long run.
void Show(const char* when, const Holdings& now) {
  printf(
      "%s: %zu descriptors, %zu threads, %zu children, %zu mappings, %ld bytes "
      "of malloc, resident %ld KiB, page tables %ld KiB, templates %ld KiB\n",
      when, now.descriptors, now.threads, now.children, now.mappings,
      now.malloc_bytes, now.resident_kib, now.page_table_kib, now.template_kib);
}

// New templates lie elsewhere, and of the files that they map other pages are
// in memory with those that they touched.
long TemplateSlackKib(Freshness freshness) {
  return freshness == Freshness::kNewProcess ? 1024 : 256;
}

void ExpectNoMore(const Holdings& before, const Holdings& after,
                  long template_slack_kib) {
  Show("before", before);
  Show("after", after);
  EXPECT_EQ(after.descriptors, before.descriptors);
  EXPECT_EQ(after.threads, before.threads);
  EXPECT_EQ(after.children, before.children);
  EXPECT_EQ(after.mappings, before.mappings);
  // What libc's malloc keeps for each thread comes and goes; a block or a page
  // for each call would be far more.
  EXPECT_LT(after.malloc_bytes, before.malloc_bytes + (16 << 10));
  EXPECT_LT(after.resident_kib, before.resident_kib + 128);
  EXPECT_LE(after.page_table_kib, before.page_table_kib + 8);
  EXPECT_LT(after.template_kib, before.template_kib + template_slack_kib);
}

struct Level {
  Freshness freshness;
  int everyday;
  int full;
  size_t children;  // a template and a worker in each slot
};

std::string NameOf(const ::testing::TestParamInfo<Level>& info) {
  return Name(info.param.freshness);
}

class EveryLevel : public ::testing::TestWithParam<Level> {};

INSTANTIATE_TEST_SUITE_P(
    All, EveryLevel,
    ::testing::Values(Level{Freshness::kReuse, 20'000, 100'000, 2},
                      Level{Freshness::kHeapReset, 4000, 100'000, 2},
                      Level{Freshness::kForkPerCall, 2000, 100'000, 4},
                      Level{Freshness::kNewProcess, 200, 10'000, 4}),
    &NameOf);

TEST_P(EveryLevel, CallsLeaveNothing) {
  const Level& level = GetParam();
  auto jail = MakeJail({.pool_bytes = 1 << 20, .freshness = level.freshness},
                       "reverse");
  ASSERT_NE(jail, nullptr);
  const std::string input(3000, 'a');
  const auto call = [&](int times) {
    UntrustedBytes output;
    for (int i = 0; i < times; ++i) {
      const absl::Status status = jail->CallInto(AsBytes(input), &output);
      ASSERT_TRUE(status.ok()) << i << ": " << status;
    }
  };
  call(100);
  const Holdings before = LookAtRest(level.children);
  EXPECT_EQ(before.children, level.children);
  call(Calls(level.everyday, level.full));
  ExpectNoMore(before, LookAtRest(level.children),
               TemplateSlackKib(level.freshness));
}

// Those that end a worker, each by another way.
TEST_P(EveryLevel, FailuresLeaveNothing) {
  const Level& level = GetParam();
  auto jail = MakeJail({.pool_bytes = 1 << 20, .freshness = level.freshness},
                       "misbehave");
  ASSERT_NE(jail, nullptr);
  const auto fail = [&](int times) {
    for (int i = 0; i < times; ++i) {
      for (const char* how : {"crash", "mmap", "exhaust", "refuse", "exit"}) {
        ASSERT_FALSE(Say(*jail, how).ok());
      }
    }
  };
  fail(10);
  const Holdings before = LookAtRest(level.children);
  EXPECT_EQ(before.children, level.children);
  fail(Calls(40, 2000));
  ExpectNoMore(before, LookAtRest(level.children),
               TemplateSlackKib(level.freshness));
}

TEST_P(EveryLevel, JailsLeaveNothing) {
  const auto make = [&](int times) {
    for (int i = 0; i < times; ++i) {
      auto jail = MakeJail(
          {.pool_bytes = 1 << 20, .freshness = GetParam().freshness}, "echo");
      ASSERT_NE(jail, nullptr);
      if (i % 2 == 0) {
        ASSERT_TRUE(Say(*jail, "abc").ok());
      } else {
        ASSERT_FALSE(Jail::Create({}, "no such").ok());
      }
    }
  };
  make(3);
  const Holdings before = Look();
  EXPECT_EQ(before.children, 0u);
  make(Calls(20, 1000));
  ExpectNoMore(before, Look(), TemplateSlackKib(GetParam().freshness));
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, cellblock::TestDecoders());
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
