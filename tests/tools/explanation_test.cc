// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// The parts of an explanation that need no process: the map of its memory, what
// the helper says, what would allow a call, and what that costs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <string>
#include <utility>

#include "jail/policy.h"
#include "jail/policy_builder.h"
#include "jail/presets.h"
#include "jail/rule_groups.h"
#include "jail/syscall_table.h"
#include "tools/jailrun/allowance_cost.h"
#include "tools/jailrun/backtrace.h"
#include "tools/jailrun/memory_map.h"
#include "tools/jailrun/process_memory.h"
#include "tools/jailrun/violation_report.h"

namespace cellblock {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(MemoryMapTest, LinesAreRead) {
  const MemoryMap map = MemoryMap::Parse(
      "1000-2000 r--p 00000000 fe:00 12   /usr/lib/a b.so\n"
      "2000-4000 r-xp 00001000 fe:00 12   /usr/lib/a b.so\n"
      "5000-6000 rw-p 00000000 00:00 0 \n"
      "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0      [stack]\n");
  ASSERT_EQ(map.mappings().size(), 4u);
  const Mapping* code = map.Find(0x3fff);
  ASSERT_NE(code, nullptr);
  EXPECT_EQ(code->name, "/usr/lib/a b.so");
  EXPECT_TRUE(code->executable);
  EXPECT_FALSE(code->writable);
  EXPECT_EQ(map.BaseOf(*code), 0x1000u);
  EXPECT_EQ(map.Find(0x4000), nullptr);
  EXPECT_EQ(map.Find(UINT64_MAX), nullptr);
  const Mapping* data = map.Find(0x5000);
  ASSERT_NE(data, nullptr);
  EXPECT_EQ(data->name, "");
  EXPECT_EQ(map.BaseOf(*data), 0x5000u);
  EXPECT_EQ(map.Find(0x7ffc00000000)->name, "[stack]");
}

TEST(MemoryMapTest, OtherLinesArePassedOver) {
  EXPECT_THAT(MemoryMap::Parse("").mappings(), IsEmpty());
  EXPECT_THAT(MemoryMap::Parse("\n\nx\n1000\n-\n1-2\n").mappings(), IsEmpty());
  EXPECT_THAT(MemoryMap::Read(-1).mappings(), IsEmpty());
}

TEST(ProcessMemoryTest, CopyBeginsWhereItIsSaidTo) {
  FILE* const file = tmpfile();
  ASSERT_NE(file, nullptr);
  fputs("0123456789abcdef", file);
  fflush(file);
  const ProcessMemory copy(fileno(file), 0x7fff0000);
  char got[32] = {};
  EXPECT_EQ(copy.Read(0x7fff0000, got, 4), 4u);
  EXPECT_EQ(std::string(got), "0123");
  EXPECT_EQ(copy.Read(0x7fff000a, got, 32), 6u);
  EXPECT_EQ(copy.Read(0x7fff0010, got, 1), 0u);
  EXPECT_EQ(copy.Read(0x7ffeffff, got, 4), 0u);
  EXPECT_EQ(copy.Read(0, got, 4), 0u);
  EXPECT_EQ(copy.Read(UINT64_MAX, got, 4), 0u);
  EXPECT_FALSE(copy.Get<uint64_t>(0x7fff0009).has_value());
  EXPECT_TRUE(copy.Get<uint64_t>(0x7fff0008).has_value());
  fclose(file);
}

TEST(BacktraceTest, FramesAreRead) {
  const Backtrace found = ParseBacktrace(
      "F 7f01 c 1\tmain\tsrc/prog.cc\n"
      "F 7f02 0 0\t\t\n"
      "E\n");
  EXPECT_EQ(found.missing, "");
  ASSERT_EQ(found.places.size(), 2u);
  EXPECT_EQ(found.places[0].address, 0x7f01u);
  EXPECT_EQ(found.places[0].line, 12u);
  EXPECT_TRUE(found.places[0].certain);
  EXPECT_EQ(found.places[0].function, "main");
  EXPECT_EQ(found.places[0].file, "src/prog.cc");
  EXPECT_FALSE(found.places[1].certain);
  EXPECT_EQ(found.places[1].function, "");
}

TEST(BacktraceTest, WhatEndsEarlyIsKeptAndSaid) {
  const Backtrace found = ParseBacktrace("F 1 0 1\ta\tb\nF 2 0 1\tc");
  EXPECT_EQ(found.places.size(), 1u);
  EXPECT_THAT(found.missing, HasSubstr("did not finish"));
  for (const char* text : {"", "E", "\n", "F\n", "F x\n", "F 1 0 1\n",
                           "F 1 0 1\ta\n", "G 1 0 1\ta\tb\n"}) {
    EXPECT_THAT(ParseBacktrace(text).places, IsEmpty()) << text;
    EXPECT_THAT(ParseBacktrace(text).missing, Not(IsEmpty())) << text;
  }
}

TEST(BacktraceTest, FramesAndNamesAreBounded) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += "F 1 0 1\t" + std::string(5000, 'x') + "\t" +
            std::string(5000, 'y') + "\n";
  }
  const Backtrace found = ParseBacktrace(text);
  EXPECT_EQ(found.places.size(), kMostFrames);
  EXPECT_EQ(found.missing, "");
  EXPECT_LE(found.places[0].function.size(), 1024u);
  EXPECT_LE(found.places[0].file.size(), 1024u);
}

TEST(AllowanceCostTest, EveryAllowanceHasOne) {
  for (const RuleGroup& group : AllRuleGroups()) {
    EXPECT_THAT(CostOf(std::string("@") + group.name), Not(IsEmpty()));
  }
  for (const SyscallInfo& info : AllSyscalls()) {
    const std::string cost = CostOf(info.name);
    EXPECT_THAT(cost, Not(IsEmpty())) << info.name;
    EXPECT_EQ(CostOf(std::string("unsafe:") + info.name), cost);
    EXPECT_THAT(CostOf(std::string(info.name) + ":5"), Not(IsEmpty()));
    EXPECT_NE(cost.back(), '.');
  }
}

TEST(AllowanceCostTest, CostsAreThoseOfTheAllowance) {
  EXPECT_EQ(CostOf("@network"), "it can send whatever it read to any host");
  EXPECT_EQ(CostOf("unsafe:kill"), "it can signal every process of its user");
  EXPECT_THAT(CostOf("unsafe:openat"), HasSubstr("--rw=DIR"));
  EXPECT_EQ(CostOf("read:5"),
            "it can do that with whatever it makes descriptor 5");
  EXPECT_EQ(CostOf("unsafe:sendmsg:1"),
            "it can hand open descriptors to other processes");
  EXPECT_EQ(CostOf("@nothing"), "");
  EXPECT_EQ(CostOf("nothing"), "");
  EXPECT_EQ(CostOf(""), "");
}

ViolationReport Explained(const Policy& policy, uint32_t number,
                          uint64_t every_argument) {
  Violation call;
  call.number = number;
  std::fill(std::begin(call.args), std::end(call.args), every_argument);
  return ExplainCall(call, policy, "is refused", {});
}

// For every call: the option that is named allows it, or neither the call's own
// names nor a group that has it does.
TEST(ViolationReportTest, TheOptionSufficesOrNoneDoes) {
  const std::pair<Policy, uint64_t> cases[] = {{StrictPreset(), 7},
                                               {DecoderPreset(), 0}};
  for (const auto& pair : cases) {
    const Policy& preset = pair.first;
    const uint64_t argument = pair.second;
    for (const SyscallInfo& info : AllSyscalls()) {
      SyscallRequest request = {.number = info.number, .args = {}};
      std::fill(std::begin(request.args), std::end(request.args), argument);
      if (preset.Decide(request, 99).action == Action::kAllow) continue;
      const auto allowed_by = [&](const std::string& option) {
        PolicyBuilder builder(preset);
        return builder.Allow(option).empty() &&
               builder.policy().Decide(request, 99).action == Action::kAllow;
      };
      const std::string option =
          Explained(preset, info.number, argument).option;
      if (!option.empty()) {
        ASSERT_TRUE(option.starts_with("--allow=")) << option;
        EXPECT_TRUE(allowed_by(option.substr(strlen("--allow=")))) << option;
        continue;
      }
      EXPECT_FALSE(allowed_by(info.name)) << info.name;
      EXPECT_FALSE(allowed_by(std::string("unsafe:") + info.name)) << info.name;
      for (const RuleGroup& group : AllRuleGroups()) {
        if (Policy(group.name, group.rules).RulesFor(info.number).empty()) {
          continue;
        }
        EXPECT_FALSE(allowed_by(std::string("@") + group.name)) << info.name;
      }
    }
  }
}

TEST(ViolationReportTest, APresetThatAnswersMemoryCallsIsNamed) {
  EXPECT_THAT(Explained(StrictPreset(), SYS_mmap, 0).advice,
              EndsWith("; with --preset=decoder the pool answers it"));
  EXPECT_THAT(Explained(StrictPreset(), SYS_execve, 0).advice,
              Not(HasSubstr("--preset")));
  EXPECT_THAT(Explained(StrictPreset(), SYS_openat, 1).advice,
              Not(HasSubstr("--preset")));
}

}  // namespace
}  // namespace cellblock
