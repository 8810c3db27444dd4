// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_POLICY_H_
#define CELLBLOCK_JAIL_POLICY_H_

// What a jailed process may ask of the kernel, as data: one row per decision,
// each with its reason. A policy is a value; the filter is compiled from it
// (jail/filter.h) and proved against it (jail/filter_proof.h).
//
// Example, two rows and what they mean:
//
//   {SYS_openat, Action::kAllow, 0, {{2, kOpenWriteFlags, 0}}, 1, "reads"},
//   {SYS_openat, Action::kRefuse, EROFS, {}, 0, "writes need --rw"},
//
// The first row whose conditions all hold decides, so the order matters: with
// the two rows exchanged every openat would be refused. A refusal in front of
// an allow row that holds for the same calls, and an allow row with conditions
// in front of an errno or a trap, are more than libseccomp can compile: the
// proof refuses what it makes of them.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace cellblock {

// What happens to a call. The kernel's filter carries out the first four;
// kRefuse and kViolation both reach the supervisor, which knows which is which.
enum class Action : uint8_t {
  kAllow,      // the kernel carries the call out
  kErrno,      // the filter answers with an errno; not counted
  kTrap,       // SIGSYS: the runtime answers from the pool
  kKill,       // the filter kills the process
  kRefuse,     // the supervisor answers with an errno, and counts it
  kViolation,  // the supervisor names the call and kills the process
};

// Holds iff (args[arg] & mask) == value. `arg` counts from 0. There are no
// ordered comparisons: libseccomp 2.5.4 merges 64-bit ones wrongly.
struct ArgCondition {
  uint8_t arg;
  uint64_t mask;
  uint64_t value;
};

// A mask for arguments that the kernel reads as 32 bits (int, unsigned int).
inline constexpr uint64_t kLow32 = 0xffffffff;

// Stands for the jailed process's own pid until that is known.
inline constexpr uint32_t kOwnPid = 0x7fffff0d;

inline constexpr size_t kMaxConditions = 3;

struct Rule {
  uint32_t syscall;
  Action action;
  int error;  // for kErrno and kRefuse, else 0
  ArgCondition conditions[kMaxConditions];
  size_t condition_count;
  const char* reason;
};

// A call as the kernel shows it to a filter.
struct SyscallRequest {
  uint32_t number;
  uint64_t args[6];
};

struct Decision {
  Action action;
  int error;
  const char* reason;
};

// The rows of a policy, in order, with what holds for all other calls.
//
// Lifecycle: a view; the rows outlive it (presets are static).
// Errors: Validate names the first row that breaks a rule of the form below.
// Threads: immutable, so usable from any.
// Syscalls: none.
class Policy {
 public:
  constexpr Policy(const char* name, std::span<const Rule> rules)
      : name_(name), rules_(rules) {}

  const char* name() const { return name_; }
  std::span<const Rule> rules() const { return rules_; }

  // The rows of one call, adjacent and in order; empty iff it has none.
  std::span<const Rule> RulesFor(uint32_t number) const;

  // What happens to `request` on the native ABI in process `own_pid`. Calls
  // without a row: those that jail/syscall_table.h knows are violations;
  // others, newer than this program, are refused with ENOSYS, so that a newer
  // libc falls back to an older call.
  Decision Decide(const SyscallRequest& request, pid_t own_pid) const;

  // Null iff every row is well formed: its call is in jail/syscall_table.h and
  // it has a reason, rows of one call are adjacent, a row
  // with conditions is followed by another of the same call and the last has
  // none, conditional rows only allow or refuse, values lie within their masks,
  // and nothing that NeverAllowed names is allowed. Otherwise what is wrong.
  const char* Validate() const;

 private:
  const char* name_;
  std::span<const Rule> rules_;
};

// Calls that no policy may allow, each with the reason: those that would let
// the kernel grow or remap memory, replace the program, or act unseen by the
// filter. Null iff `number` is not among them.
const char* NeverAllowed(uint32_t number);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_POLICY_H_
