// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/export_oci.h"

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "jail/policy_builder.h"
#include "jail/presets.h"
#include "jail/syscall_table.h"
#include "tests/jail/probes.h"
#include "tests/tools/policy_command/random_policies.h"
#include "tools/jailrun/policy_command/setup_calls.h"

namespace cellblock {
namespace {

using nlohmann::json;

bool Holds(const json& entry, const SyscallRequest& request) {
  if (!entry.contains("args")) return true;
  return std::all_of(
      entry["args"].begin(), entry["args"].end(), [&](const json& arg) {
        EXPECT_EQ(arg["op"], "SCMP_CMP_MASKED_EQ");
        const uint64_t value = request.args[arg["index"].get<size_t>()];
        return (value & arg["value"].get<uint64_t>()) ==
               arg["valueTwo"].get<uint64_t>();
      });
}

// What a container engine makes of a profile.
class Engine {
 public:
  explicit Engine(const Policy& policy)
      : profile_(json::parse(ExportOci(policy))) {
    for (const json& entry : profile_["syscalls"]) {
      for (const json& name : entry["names"]) entries_[name].push_back(&entry);
    }
  }

  // 0 for an allowed call, else the errno.
  int Answer(const std::string& name, const SyscallRequest& request) const {
    const auto found = entries_.find(name);
    if (found != entries_.end()) {
      for (const json* entry : found->second) {
        if (!Holds(*entry, request)) continue;
        return (*entry)["action"] == "SCMP_ACT_ALLOW"
                   ? 0
                   : (*entry)["errnoRet"].get<int>();
      }
    }
    return profile_["defaultErrnoRet"];
  }

 private:
  const json profile_;
  std::map<std::string, std::vector<const json*>> entries_;
};

// The profile allows what the policy does; it allows nothing else but for the
// set-up; and a refusal has the errno of the policy.
void ExpectOuterOf(const Policy& policy) {
  const Engine engine(policy);
  for (const SyscallInfo& info : AllSyscalls()) {
    for (const Args& args : ProbeArgs(policy, info.number, kPid)) {
      SyscallRequest request = {info.number, {}};
      std::copy(args.begin(), args.end(), request.args);
      const Decision decision = policy.Decide(request, kPid);
      const int answer = engine.Answer(info.name, request);
      if (IsSetupCall(info.name) || decision.action == Action::kAllow) {
        ASSERT_EQ(answer, 0) << info.name;
        continue;
      }
      const bool tied_to_pid = info.name == std::string("kill") ||
                               info.name == std::string("tgkill");
      if (!tied_to_pid) {
        ASSERT_NE(answer, 0) << info.name;
      }
      const bool one_row = policy.RulesFor(info.number).size() == 1;
      if (decision.error != 0 && one_row) {
        ASSERT_EQ(answer, decision.error) << info.name;
      }
    }
  }
}

TEST(ExportOci, IsAnOuterProfileOfEveryPreset) {
  for (const Policy& preset : AllPresets()) {
    SCOPED_TRACE(preset.name());
    ExpectOuterOf(preset);
  }
}

TEST(ExportOci, IsAnOuterProfileWithRandomAdditions) {
  std::mt19937 random(3);
  for (int round = 0; round < 20; ++round) {
    PolicyBuilder builder(AllPresets()[random() % AllPresets().size()]);
    std::string made = builder.policy().name();
    for (int i = 0; i < 10; ++i) {
      const std::string allowance = RandomAllowance(&random);
      if (builder.Allow(allowance).empty()) made += " " + allowance;
    }
    SCOPED_TRACE(made);
    ExpectOuterOf(builder.policy());
  }
}

TEST(ExportOci, HasTheFormOfTheSpecification) {
  const json profile = json::parse(ExportOci(ServicePreset()));
  EXPECT_EQ(profile["defaultAction"], "SCMP_ACT_ERRNO");
  EXPECT_EQ(profile["defaultErrnoRet"], ENOSYS);
  EXPECT_EQ(profile["architectures"], json::array({"SCMP_ARCH_X86_64"}));
  for (const json& entry : profile["syscalls"]) {
    EXPECT_FALSE(entry["names"].empty());
    EXPECT_FALSE(entry["comment"].get<std::string>().empty());
    EXPECT_EQ(entry["action"] == "SCMP_ACT_ERRNO", entry.contains("errnoRet"));
  }
}

// A call has one answer: engines differ in which of two they would take.
TEST(ExportOci, NoCallIsBothAllowedAndRefused) {
  for (const Policy& preset : AllPresets()) {
    const json profile = json::parse(ExportOci(preset));
    std::map<std::string, std::string> actions;
    for (const json& entry : profile["syscalls"]) {
      for (const json& name : entry["names"]) {
        const auto [at, fresh] = actions.emplace(name, entry["action"]);
        EXPECT_TRUE(fresh || at->second == entry["action"]) << name;
      }
    }
  }
}

}  // namespace
}  // namespace cellblock
