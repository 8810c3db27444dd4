// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/export_oci.h"

#include <errno.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "jail/syscall_table.h"
#include "tools/jailrun/policy_command/setup_calls.h"

namespace cellblock {
namespace {

using Json = nlohmann::ordered_json;

// libc falls back to an older call on it. No entry says it again: libseccomp
// refuses what the default says already.
constexpr int kDefaultErrno = ENOSYS;

const char* NameOf(uint32_t number) { return FindSyscall(number)->name; }

Json ArgsOf(const Rule& rule) {
  Json args = Json::array();
  for (size_t i = 0; i < rule.condition_count; ++i) {
    const ArgCondition& condition = rule.conditions[i];
    if (condition.value == kOwnPid) continue;
    args.push_back({{"index", condition.arg},
                    {"value", condition.mask},
                    {"valueTwo", condition.value},
                    {"op", "SCMP_CMP_MASKED_EQ"}});
  }
  return args;
}

Json SetupEntry(const SetupCalls& calls) {
  return {{"comment", std::string("needed by ") + calls.who},
          {"names", calls.names},
          {"action", "SCMP_ACT_ALLOW"}};
}

// What a policy adds to what is needed anyway, gathered by what it says.
class PolicyEntries {
 public:
  explicit PolicyEntries(const Policy& policy) {
    for (const SyscallInfo& info : AllSyscalls()) {
      if (!IsSetupCall(info.name)) Add(policy.RulesFor(info.number));
    }
  }

  void AppendTo(Json* entries) const {
    if (!always_.empty()) {
      entries->push_back({{"comment", "allowed by the policy"},
                          {"names", always_},
                          {"action", "SCMP_ACT_ALLOW"}});
    }
    for (const Json& entry : tied_) entries->push_back(entry);
    for (const auto& [error, names] : refused_) {
      entries->push_back({{"comment", "answered as by the policy"},
                          {"names", names},
                          {"action", "SCMP_ACT_ERRNO"},
                          {"errnoRet", error}});
    }
  }

 private:
  void Add(std::span<const Rule> rows) {
    if (rows.empty()) return;
    const Rule& rest = rows.back();
    if (rest.action == Action::kAllow) {
      always_.push_back(NameOf(rest.syscall));
      return;
    }
    // libseccomp cannot put an errno behind rows with conditions: with any of
    // those, the rest gets the profile's default.
    bool tied = false;
    for (const Rule& rule : rows) {
      if (rule.action != Action::kAllow) continue;
      AddTied(rule);
      tied = true;
    }
    const bool answered = rest.error != 0 && rest.error != kDefaultErrno;
    if (!tied && answered && rows.size() == 1) {
      refused_[rest.error].push_back(NameOf(rest.syscall));
    }
  }

  void AddTied(const Rule& rule) {
    Json entry = {{"comment", rule.reason},
                  {"names", {NameOf(rule.syscall)}},
                  {"action", "SCMP_ACT_ALLOW"}};
    if (Json args = ArgsOf(rule); !args.empty()) entry["args"] = args;
    tied_.push_back(std::move(entry));
  }

  std::vector<std::string> always_;
  std::vector<Json> tied_;
  std::map<int, std::vector<std::string>> refused_;
};

}  // namespace

std::string ExportOci(const Policy& policy) {
  Json entries = Json::array();
  for (const SetupCalls& calls : AllSetupCalls()) {
    entries.push_back(SetupEntry(calls));
  }
  PolicyEntries(policy).AppendTo(&entries);
  const Json profile = {
      {"comment", std::string("outer profile for a container that runs "
                              "jailrun with policy ") +
                      policy.name() +
                      "; wider than the policy, since jailrun sets up its "
                      "jail under it"},
      {"defaultAction", "SCMP_ACT_ERRNO"},
      {"defaultErrnoRet", kDefaultErrno},
      {"architectures", {"SCMP_ARCH_X86_64"}},
      {"syscalls", entries}};
  return profile.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cellblock
