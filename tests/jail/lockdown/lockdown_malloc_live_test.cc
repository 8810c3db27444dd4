// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Lockdown where malloc is libc's, and the same program with the pool
// preloaded. It runs itself for that: "locked" is what it then does.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "tests/jail/lockdown/lockdown_child.h"

namespace cellblock {
namespace {

using testing::HasSubstr;

constexpr char kLibrary[] = "allocator/malloc/libcellblock_malloc.so";

TEST(LockdownMallocLiveTest, LibcsMallocIsRefusedWithWhatToDo) {
  const auto report = Lockdown(ServicePreset());
  EXPECT_EQ(report.status().code(), absl::StatusCode::kFailedPrecondition);
  const std::string message(report.status().message());
  EXPECT_THAT(message,
              HasSubstr("malloc does not serve from Cellblock's pool"));
  EXPECT_THAT(message, HasSubstr("//allocator/malloc"));
  EXPECT_THAT(message, HasSubstr("LD_PRELOAD"));
}

TEST(LockdownMallocLiveTest, UncheckedItLocksAndDiesWhenItWantsMore) {
  constexpr LockdownOptions kUnchecked = {.heap = LockdownHeap::kNotChecked};
  EXPECT_THAT(InChild([=] { LockChild(ServicePreset(), kUnchecked); }),
              EndsClean());
  const Story story = StoryOf([=] {
    LockChild(ServicePreset(), kUnchecked);
    static_cast<volatile char*>(malloc(64 << 20))[0] = 1;
  });
  EXPECT_THAT(story.end, DiesOf(SIGSYS));
  EXPECT_THAT(story.said, HasSubstr("forbidden call "));
}

TEST(LockdownMallocLiveTest, APreloadedPoolServes) {
  EXPECT_THAT(InChild([] {
                setenv("LD_PRELOAD", kLibrary, 1);
                setenv("CELLBLOCK_POOL", "64M", 1);
                execl("/proc/self/exe", "self", "locked", nullptr);
              }),
              EndsClean());
}

// With the pool preloaded.
int LiveLocked() {
  const auto report = Lockdown(ServicePreset());
  if (!report.ok()) {
    FailChild(std::string(report.status().message()).c_str());
  }
  CHILD_CHECK(std::string(32 << 20, 'x').back() == 'x');
  CHILD_CHECK(malloc(65 << 20) == nullptr);
  std::thread([] { CHILD_CHECK(!std::string(1 << 20, 'y').empty()); }).join();
  return 0;
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "locked") == 0) {
    return cellblock::LiveLocked();
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
