// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/proved_filter.h"

#include <utility>

#include "jail/compiled_presets.h"
#include "jail/filter.h"
#include "jail/filter_proof.h"

namespace cellblock {

std::vector<sock_filter> ProvedFilter(const Policy& policy, FilterSource source,
                                      const Binding& binding,
                                      std::string* error) {
  const FilterProgram compiled = source == FilterSource::kBuiltIn
                                     ? CompiledPreset(policy.name())
                                     : FilterProgram();
  std::vector<sock_filter> program(compiled.begin(), compiled.end());
  if (program.empty()) {
    CompiledFilter filter = CompileFilter(policy);
    if (!filter.error.empty()) {
      *error = filter.error;
      return {};
    }
    program = std::move(filter.program);
  }
  BindFilter(program, binding);
  *error = WhyNotProved(policy, binding, program);
  if (!error->empty()) return {};
  return program;
}

std::string WhyNotProved(const Policy& policy, const Binding& binding,
                         FilterProgram program) {
  const auto failure = ProveFilter(policy, binding, program);
  if (!failure) return {};
  return std::string("the filter is not what the policy says: it ") +
         failure->what + " (call " + std::to_string(failure->number) + ")";
}

}  // namespace cellblock
