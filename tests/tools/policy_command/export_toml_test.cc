// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/export_toml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "jail/policy_builder.h"
#include "jail/policy_file.h"
#include "jail/presets.h"
#include "tests/jail/probes.h"
#include "tests/tools/policy_command/random_policies.h"
#include "tools/jailrun/policy_command/policy_diff.h"

namespace cellblock {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The same answer, by both, to every probe of both.
void ExpectSameDecisions(const Policy& a, const Policy& b) {
  for (const Policy* source : {&a, &b}) {
    for (const uint32_t number : ProbeNumbers()) {
      for (const Args& args : ProbeArgs(*source, number, kPid)) {
        SyscallRequest request = {number, {}};
        std::copy(args.begin(), args.end(), request.args);
        const Decision x = a.Decide(request, kPid);
        const Decision y = b.Decide(request, kPid);
        ASSERT_EQ(x.action, y.action) << "call " << number;
        ASSERT_EQ(x.error, y.error) << "call " << number;
      }
    }
  }
}

void ExpectRoundTrip(const Policy& policy, const Policy& preset) {
  std::string text;
  ASSERT_EQ(ExportToml(policy, preset, &text), "");
  PolicyFile file;
  ASSERT_EQ(PolicyFile::Parse(text, "exported.toml", &file), "") << text;
  const Policy* base = FindPreset(file.inherit());
  ASSERT_NE(base, nullptr);
  PolicyBuilder builder(*base);
  ASSERT_EQ(file.ApplyTo(&builder), "") << text;
  EXPECT_STREQ(builder.policy().name(), policy.name());
  EXPECT_THAT(DifferingCalls(policy, builder.policy()), IsEmpty()) << text;
  ExpectSameDecisions(policy, builder.policy());
  // What was read is written again in the same way.
  std::string again;
  ASSERT_EQ(ExportToml(builder.policy(), *base, &again), "");
  EXPECT_EQ(again.substr(again.find("inherit")),
            text.substr(text.find("inherit")));
}

TEST(ExportToml, EveryPresetReturns) {
  for (const Policy& preset : AllPresets()) {
    SCOPED_TRACE(preset.name());
    std::string text;
    if (preset.traits().process == ProcessKind::kTemplate) {
      EXPECT_THAT(ExportToml(preset, preset, &text),
                  HasSubstr("no policy file can inherit from template"));
    } else {
      ExpectRoundTrip(preset, preset);
    }
  }
}

TEST(ExportToml, RandomAdditionsReturn) {
  std::mt19937 random(7);
  for (int round = 0; round < 80; ++round) {
    const Policy& preset = AllPresets()[random() % 5];
    PolicyBuilder builder(preset);
    std::string made = preset.name();
    for (int i = 0; i < 10; ++i) {
      const std::string allowance = RandomAllowance(&random);
      if (builder.Allow(allowance).empty()) made += " " + allowance;
    }
    SCOPED_TRACE(made);
    ExpectRoundTrip(builder.policy(), preset);
  }
}

// What only a file can say: its own rows, in every form.
TEST(ExportToml, FilesReturn) {
  constexpr char kFile[] = R"(inherit = "decoder"
name = "a \"name\""
allow = ["@sockets", "unsafe:kill"]

[[rule]]
call = "getpid"
action = "errno"
error = "ENOMEM"
reason = "is nobody"

[[rule]]
call = "getppid"
action = "kill"
reason = "asks \\ too much"

[[rule]]
call = "mmap"
action = "refuse"
error = "EPERM"
arguments = [{ index = 2, mask = 4, equals = 4 }]
reason = "wants to execute"

[[rule]]
call = "tgkill"
action = "allow"
arguments = [{ index = 0, equals = "pid" }, { index = 2, equals = -1 }]
reason = "is odd"

[[rule]]
call = "truncate"
action = "refuse"
error = "EINVAL"
arguments = [{ index = 1, mask = -16, equals = -16 }]
reason = "is no size"

[[rule]]
call = "openat"
action = "refuse"
error = "ENOENT"
reason = "finds nothing"

[[rule]]
call = "openat"
action = "refuse"
error = "ENOTDIR"
arguments = [{ index = 0, equals = 3 }]
reason = "finds no directory"
)";
  PolicyFile file;
  ASSERT_EQ(PolicyFile::Parse(kFile, "f.toml", &file), "");
  PolicyBuilder builder(DecoderPreset());
  ASSERT_EQ(file.ApplyTo(&builder), "");
  ExpectRoundTrip(builder.policy(), DecoderPreset());
}

TEST(ExportToml, SaysThatWritingWantsLandlock) {
  std::string text;
  const Policy preset = DecoderWithWritePreset();
  ASSERT_EQ(ExportToml(preset, preset, &text), "");
  EXPECT_THAT(text, HasSubstr("--rw=PATH"));
}

}  // namespace
}  // namespace cellblock
