// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_POLICY_BUILDER_H_
#define CELLBLOCK_JAIL_POLICY_BUILDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jail/policy.h"

namespace cellblock {

// What an allowance begins with that is not to be given by accident.
inline constexpr std::string_view kUnsafePrefix = "unsafe:";

// A preset and what is added to it, one addition after the other.
//
//   PolicyBuilder builder(*FindPreset("strict"));
//   if (std::string error = builder.Allow("read:5"); !error.empty()) ...
//   const Policy policy = builder.policy();
//
// Lifecycle: a policy that was taken is valid until the next addition, and
//   while the builder lives.
// Errors: as text that says why and what to do, and empty iff the addition was
//   made; the policy is then well formed and can be compiled. A refused
//   addition leaves the policy as it was.
// Ownership: keeps copies of all it is given but the preset, which is static.
// Threads: one. Syscalls: none but those of memory; setup phase only.
class PolicyBuilder {
 public:
  explicit PolicyBuilder(const Policy& preset);

  // Allows what `what` names:
  //   getxattr     the call, whatever its arguments
  //   read:5       the call with 5 as its descriptor; what that is may be the
  //                program's to say, by dup2
  //   @threads     a group (jail/rule_groups.h)
  //   unsafe:kill  the call, where it reaches past the process, or wider than
  //                presets and groups tie it (jail/unsafe_calls.h)
  [[nodiscard]] std::string Allow(std::string_view what);

  enum class Safety : uint8_t { kSafe, kUnsafe };

  // What a name begins with; it then begins behind that.
  static Safety TakeSafety(std::string_view* name);

  // One row of the user's, in front of the preset's rows of its call and behind
  // those that were added before. Without conditions it takes the place of the
  // preset's, and of one that was added so. `safety` is what "unsafe:" says.
  [[nodiscard]] std::string Add(const Rule& rule, Safety safety);

  void SetName(std::string name) { name_ = std::move(name); }

  // True iff the policy is not the preset as it is, by its name too.
  bool changed() const { return !added_.empty() || name_ != preset_.name(); }

  // True iff a row was added that refuses the call, or some of it.
  bool Restricts(uint32_t number) const;

  Policy policy() const { return {name_.c_str(), rules_, preset_.traits()}; }

 private:
  using Rows = std::vector<Rule>;

  std::string AllowGroup(std::string_view name);
  std::string Commit(Rows added);
  Rows Compose(const Rows& added) const;

  const Policy preset_;
  std::string name_;
  Rows added_;  // in front of the preset's
  Rows rules_;  // both
  // Shared with copies, whose rows point to the same texts.
  std::vector<std::shared_ptr<const std::string>> reasons_;
};

// What Allow takes to let `request` through, as narrow as is of use: "read:5",
// "getxattr", "@timers", "unsafe:kill". Empty iff nothing does: no policy may,
// or the call is not known.
std::string AllowanceFor(const Policy& policy, const SyscallRequest& request);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_POLICY_BUILDER_H_
