// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/learn/call_kinds.h"

#include <array>
#include <map>
#include <span>

#include "jail/presets.h"
#include "jail/rule_groups.h"
#include "jail/syscall_table.h"

namespace cellblock {
namespace {

using Masks = std::array<uint64_t, 6>;

std::map<uint32_t, Masks> ComparedBits() {
  std::map<uint32_t, Masks> compared;
  const auto collect = [&](std::span<const Rule> rules) {
    for (const Rule& rule : rules) {
      Masks& masks = compared[rule.syscall];
      for (size_t i = 0; i < rule.condition_count; ++i) {
        masks[rule.conditions[i].arg] |= rule.conditions[i].mask;
      }
    }
  };
  for (const Policy& preset : AllPresets()) collect(preset.rules());
  for (const RuleGroup& group : AllRuleGroups()) collect(group.rules);
  for (const SyscallInfo& info : AllSyscalls()) {
    if (info.args[0] == ArgFormat::kDescriptor) {
      compared[info.number][0] |= kLow32;
    }
  }
  return compared;
}

}  // namespace

CallKind KindOf(const SyscallRequest& request) {
  static const std::map<uint32_t, Masks>& compared =
      *new std::map<uint32_t, Masks>(ComparedBits());
  CallKind kind = {.number = request.number, .args = {}};
  const auto found = compared.find(request.number);
  if (found == compared.end()) return kind;
  for (size_t i = 0; i < found->second.size(); ++i) {
    kind.args[i] = request.args[i] & found->second[i];
  }
  return kind;
}

}  // namespace cellblock
