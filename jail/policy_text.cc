// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/policy_text.h"

#include <string.h>

#include <cinttypes>
#include <cstdio>

namespace cellblock {
namespace {

std::string Number(uint64_t value) {
  char text[32];
  snprintf(text, sizeof(text), value < 10 ? "%" PRIu64 : "0x%" PRIx64, value);
  return text;
}

std::string ConditionText(const ArgCondition& condition) {
  std::string text = "argument " + std::to_string(condition.arg);
  if (condition.value == kOwnPid) return text + " = the own pid";
  if (condition.mask != kLow32 && condition.mask != ~uint64_t{0}) {
    text += " & " + Number(condition.mask);
  }
  text += " = " + Number(condition.value);
  if (condition.mask == ~uint64_t{0}) text += " in all 64 bits";
  return text;
}

}  // namespace

std::string ErrnoName(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : std::to_string(error);
}

std::string ActionText(Action action, int error) {
  switch (action) {
    case Action::kAllow:
      return "allow";
    case Action::kErrno:
      return "errno " + ErrnoName(error);
    case Action::kTrap:
      return "pool";
    case Action::kKill:
      return "kill";
    case Action::kRefuse:
      return "refuse " + ErrnoName(error);
    case Action::kViolation:
      return "violation";
  }
  return "";
}

std::string ConditionsText(const Rule& rule) {
  std::string text;
  for (size_t i = 0; i < rule.condition_count; ++i) {
    text += (i == 0 ? "" : ", ") + ConditionText(rule.conditions[i]);
  }
  return text.empty() ? "else" : text;
}

}  // namespace cellblock
