// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What a worker that is a copy of its host does not have of it: the memory by
// which the host and its other workers talk.

#include <stdio.h>
#include <string.h>

#include <memory>
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

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  cellblock::jail::Init(argc, argv, cellblock::TestDecoders());
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
