// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/rule_groups.h"

#include "jail/rules.h"

namespace cellblock {
namespace {

using namespace rules;

constexpr RuleGroup kGroups[] = {
    {"clocks", kClockRows, "read the clocks"},
    {"descriptors", kDescriptorRows, "seek, duplicate and close descriptors"},
    {"events", kEventRows, "wait by epoll, eventfd and timerfd"},
    {"files", kReadRows, "open files for reading"},
    {"futex", kFutexRows, "wait for and wake its threads"},
    {"names", kNameRows, "read file names and attributes"},
    {"network", kNetworkRows, "open internet sockets, to any host"},
    {"poll", kPollRows, "wait by poll and select"},
    {"self", kSelfRows, "ask about itself: users, limits, random bytes"},
    {"signals", kSignalRows, "handle its own signals"},
    {"sleep", kSleepRows, "sleep"},
    {"sockets", kSocketRows, "serve the sockets that it holds"},
    {"stdio", kStdioRows, "read and write every descriptor that it holds"},
    {"threads", kThreadRows, "start threads that share all with it"},
    {"timers", kTimerRows, "set timers that send it signals",
     GroupUse::kTogether},
};

}  // namespace

std::span<const RuleGroup> AllRuleGroups() { return kGroups; }

const RuleGroup* FindRuleGroup(std::string_view name) {
  for (const RuleGroup& group : kGroups) {
    if (name == group.name) return &group;
  }
  return nullptr;
}

}  // namespace cellblock
