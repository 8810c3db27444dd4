// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/proved_filter.h"

#include <utility>

#include "jail/asked_threads.h"
#include "jail/compiled_presets.h"
#include "jail/filter_proof.h"

namespace cellblock {

CompiledFilter UnboundFilter(const Policy& policy, FilterSource source) {
  if (source == FilterSource::kBuiltIn) {
    const FilterProgram built_in = CompiledPreset(policy.name());
    if (!built_in.empty()) return {{built_in.begin(), built_in.end()}, {}};
  }
  return CompileFilter(policy);
}

std::vector<sock_filter> ProvedFilter(const Policy& policy, FilterSource source,
                                      const Binding& binding,
                                      std::string* error) {
  CompiledFilter filter = UnboundFilter(policy, source);
  *error = std::move(filter.error);
  if (!error->empty()) return {};
  BindFilter(filter.program, binding);
  if (binding.thread_start == ThreadStart::kAsked) {
    filter.program = WithAskedThreads(filter.program);
  }
  *error = WhyNotProved(policy, binding, filter.program);
  if (!error->empty()) return {};
  return std::move(filter.program);
}

std::string WhyNotProved(const Policy& policy, const Binding& binding,
                         FilterProgram program) {
  const auto failure = ProveFilter(policy, binding, program);
  if (!failure) return {};
  return std::string("the filter is not what the policy says: it ") +
         failure->what + " (call " + std::to_string(failure->number) + ")";
}

}  // namespace cellblock
