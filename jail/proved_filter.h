// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_PROVED_FILTER_H_
#define CELLBLOCK_JAIL_PROVED_FILTER_H_

#include <linux/filter.h>

#include <cstdint>
#include <string>
#include <vector>

#include "jail/binding.h"
#include "jail/evaluator.h"
#include "jail/filter.h"
#include "jail/policy.h"

namespace cellblock {

// Where a filter is taken from before it is proved.
enum class FilterSource : uint8_t {
  kBuiltIn,  // compiled when the project was built, if it is of that name
  kCompile,
};

// The filter of `policy` before it is bound. Errors: as CompileFilter.
[[nodiscard]] CompiledFilter UnboundFilter(const Policy& policy,
                                           FilterSource source);

// The filter of `policy`, bound and proved to be the policy's.
// Errors: an empty program, and why in `error`.
[[nodiscard]] std::vector<sock_filter> ProvedFilter(const Policy& policy,
                                                    FilterSource source,
                                                    const Binding& binding,
                                                    std::string* error);

// Empty iff `program` is proved to be `policy`, as `binding` completes it.
[[nodiscard]] std::string WhyNotProved(const Policy& policy,
                                       const Binding& binding,
                                       FilterProgram program);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_PROVED_FILTER_H_
