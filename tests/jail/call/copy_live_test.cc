// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What a worker that is a copy of its host has of its own, a pool and a stack;
// and what it does not have of the host: the memory by which that and its other
// workers talk.

#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "jail/jail.h"
#include "tests/jail/call/decoders.h"

namespace cellblock {
namespace {

// Where this process has what it shares with templates and workers.
std::vector<uintptr_t> SharedMemory() {
  std::vector<uintptr_t> found;
  FILE* const maps = fopen("/proc/self/maps", "re");
  char line[512];
  while (fgets(line, sizeof(line), maps) != nullptr) {
    unsigned long begin = 0;
    const bool is_shared = strstr(line, "cellblock-channel") != nullptr ||
                           strstr(line, "cellblock-control") != nullptr;
    if (is_shared && sscanf(line, "%lx-", &begin) == 1) found.push_back(begin);
  }
  fclose(maps);
  return found;
}

// A byte of each that nobody uses.
constexpr uintptr_t kUnused = 4000;

TEST(JailOfCopies, HasNotWhatItsHostTalksBy) {
  auto other = Jail::Create({}, "echo");
  ASSERT_TRUE(other.ok()) << other.status();
  const std::vector<uintptr_t> shared = SharedMemory();
  ASSERT_GE(shared.size(), 2u) << "a channel, and a template's control";
  auto jail = Jail::CreateAsCopyOfHost({}, [](JailedCall& call) {
    uintptr_t address = 0;
    memcpy(&address, call.input().data(), sizeof(address));
    *reinterpret_cast<volatile uint8_t*>(address) = 0x5a;
    return absl::OkStatus();
  });
  ASSERT_TRUE(jail.ok()) << jail.status();
  for (const uintptr_t begin : shared) {
    const uintptr_t address = begin + kUnused;
    const auto* const byte = reinterpret_cast<const volatile uint8_t*>(address);
    ASSERT_NE(*byte, 0x5a);
    uint8_t input[sizeof(address)];
    memcpy(input, &address, sizeof(address));
    // It may have something else of its own there.
    const auto output = (*jail)->Call(input);
    const auto failure = FailureOf(output.status());
    EXPECT_TRUE(output.ok() || (failure && failure->end == CallEnd::kCrashed))
        << output.status();
    EXPECT_NE(*byte, 0x5a) << "it could write to the host's memory";
  }
  EXPECT_TRUE((*other)->Call(AsBytes("still there")).ok());
}

absl::Status Allocate(JailedCall& call) {
  size_t bytes = 0;
  memcpy(&bytes, call.input().data(), sizeof(bytes));
  auto* const block = static_cast<volatile char*>(malloc(bytes));
  if (block == nullptr) return absl::ResourceExhaustedError("malloc");
  for (size_t at = 0; at < bytes; at += 4096) block[at] = 1;
  free(const_cast<char*>(block));
  return absl::OkStatus();
}

absl::Status Deep(JailedCall& call) {
  size_t bytes = 0;
  memcpy(&bytes, call.input().data(), sizeof(bytes));
  auto* const low = static_cast<volatile char*>(alloca(bytes));
  for (size_t at = bytes; at >= 4096; at -= 4096) low[at - 1] = 1;
  return absl::OkStatus();
}

// OK, or what the failure is called.
std::string WithSize(Jail& jail, size_t bytes) {
  uint8_t input[sizeof(bytes)];
  memcpy(input, &bytes, sizeof(bytes));
  const auto output = jail.Call(input);
  if (output.ok()) return "OK";
  const auto failure = FailureOf(output.status());
  return failure ? Name(failure->end) : output.status().ToString();
}

// Of all sizes: what the arena of a thread cannot hold, and what malloc maps.
TEST(JailOfCopies, HasItsPool) {
  for (const size_t mib : {1, 64, 100, 300}) {
    const size_t pool = mib << 20;
    // The thread that makes copies, and has an arena of its own, is another.
    auto jail = Jail::CreateAsCopyOfHost({.pool_bytes = pool}, Allocate);
    ASSERT_TRUE(jail.ok()) << jail.status();
    for (const size_t bytes :
         {size_t{1000}, size_t{130'000}, pool / 2, pool / 16 * 15}) {
      EXPECT_EQ(WithSize(**jail, bytes), "OK") << mib << ": " << bytes;
    }
    EXPECT_NE(WithSize(**jail, pool + (64 << 20)), "OK");
  }
}

TEST(JailOfCopies, HasItsPoolInSmallBlocksToo) {
  auto jail =
      Jail::CreateAsCopyOfHost({.pool_bytes = 64 << 20}, [](JailedCall& call) {
        size_t taken = 0;
        while (void* const block = malloc(64 << 10)) {
          *static_cast<volatile char*>(block) = 1;
          taken += 64 << 10;
        }
        const std::string said = std::to_string(taken >> 20);
        call.Write(AsBytes(said));
        return absl::OkStatus();
      });
  ASSERT_TRUE(jail.ok()) << jail.status();
  const auto output = (*jail)->Call({});
  ASSERT_TRUE(output.ok()) << output.status();
  const std::string said =
      output->Validate([](auto bytes) { return std::string(AsText(bytes)); });
  EXPECT_GE(std::stoi(said), 60);
  EXPECT_LE(std::stoi(said), 100);
}

TEST(JailOfCopies, HasTheStackThatItWasGiven) {
  for (const size_t kib : {64, 1024, 16'384}) {
    auto jail = Jail::CreateAsCopyOfHost({.stack_bytes = kib << 10}, Deep);
    ASSERT_TRUE(jail.ok()) << jail.status();
    EXPECT_EQ(WithSize(**jail, (kib << 10) - (32 << 10)), "OK") << kib;
    EXPECT_EQ(WithSize(**jail, (kib << 10) + (4 << 10)), "crashed") << kib;
  }
}

TEST(JailOfCopies, CannotBeResetOrExecuted) {
  for (const Freshness freshness :
       {Freshness::kHeapReset, Freshness::kNewProcess}) {
    const auto jail =
        Jail::CreateAsCopyOfHost({.freshness = freshness}, Allocate);
    EXPECT_EQ(jail.status().code(), absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, cellblock::TestDecoders());
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
