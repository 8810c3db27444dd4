// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/jail/policy_file_fuzz.h"

#include <string>
#include <string_view>

#include "jail/filter.h"
#include "jail/filter_proof.h"
#include "jail/policy_builder.h"
#include "jail/policy_file.h"
#include "jail/presets.h"
#include "tests/allocator/fuzz_check.h"

namespace cellblock {
namespace {

// "p.toml:LINE:COLUMN: why", in one line.
void CheckError(const std::string& error) {
  constexpr std::string_view kPath = "p.toml:";
  FUZZ_CHECK(error.starts_with(kPath));
  FUZZ_CHECK(error.find('\n') == std::string::npos);
  int line = 0;
  int column = 0;
  FUZZ_CHECK(sscanf(error.c_str(), "p.toml:%d:%d: ", &line, &column) == 2);
  FUZZ_CHECK(line > 0 && column > 0);
}

void CheckPolicy(const Policy& policy) {
  FUZZ_CHECK(!policy.Validate().has_value());
  for (const Rule& rule : policy.rules()) {
    FUZZ_CHECK(rule.action != Action::kAllow || !NeverAllowed(rule.syscall) ||
               IsPinned(rule, ProcessKind::kJail));
  }
  CompiledFilter filter = CompileFilter(policy);
  FUZZ_CHECK(filter.error.empty());
  const Binding binding = {4242, Notify::kSupervisor};
  BindFilter(filter.program, binding);
  FUZZ_CHECK(!ProveFilter(policy, binding, filter.program).has_value());
}

}  // namespace

PolicyFileEnd FuzzPolicyFile(const uint8_t* bytes, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  PolicyFile file;
  std::string error = PolicyFile::Parse(text, "p.toml", &file);
  if (!error.empty()) {
    CheckError(error);
    return PolicyFileEnd::kNotRead;
  }
  const Policy* preset = FindPreset(file.inherit());
  FUZZ_CHECK(preset != nullptr && IsInheritable(*preset));
  PolicyBuilder builder(*preset);
  error = file.ApplyTo(&builder);
  CheckPolicy(builder.policy());
  if (error.empty()) return PolicyFileEnd::kProved;
  CheckError(error);
  return PolicyFileEnd::kNotApplied;
}

}  // namespace cellblock
