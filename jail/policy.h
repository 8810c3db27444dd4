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
// in front of an errno, a trap or a kill, are more than libseccomp can compile
// (FindInexpressible); the proof would refuse what it makes of them.

#include <sched.h>
#include <signal.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace cellblock {

// What happens to a call. The kernel's filter carries out the first four. It
// hands kRefuse and kViolation to whom Notify (jail/binding.h) names, who knows
// which is which; with nobody to tell, both kill.
enum class Action : uint8_t {
  kAllow,      // the kernel carries the call out
  kErrno,      // the filter answers with an errno; not counted
  kTrap,       // SIGSYS: the runtime answers from the pool
  kKill,       // the filter kills the process
  kRefuse,     // the supervisor answers with an errno, and counts it
  kViolation,  // the supervisor names the call and kills the process
};

// What happens to numbers that jail/syscall_table.h does not know.
enum class UnknownCalls : uint8_t {
  kRefuse,     // with ENOSYS, so that a newer libc falls back to an older call
  kViolation,  // there is no libc of which to expect them
};

// What a policy's process is for.
enum class ProcessKind : uint8_t {
  kJail,      // it reads hostile bytes
  kTemplate,  // it makes jails by forking itself, and never sees a byte
  kForked,    // a jail that a template made, whose filter it has too
};

// Holds iff (args[arg] & mask) == value. `arg` counts from 0. There are no
// ordered comparisons: libseccomp 2.5.4 merges 64-bit ones wrongly.
struct ArgCondition {
  uint8_t arg;
  uint64_t mask;
  uint64_t value;

  friend bool operator==(const ArgCondition&, const ArgCondition&) = default;
};

// A mask for arguments that the kernel reads as 32 bits (int, unsigned int).
inline constexpr uint64_t kLow32 = 0xffffffff;

// Stands for the jailed process's own pid until that is known.
inline constexpr uint32_t kOwnPid = 0x7fffff0d;

// What pthread_create passes to clone(2): all is shared, and the new thread is
// bound by the same filter.
inline constexpr uint64_t kThreadFlags =
    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
    CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

// What a template passes to clone(2): a child of its own parent, whose pid is
// written down before it runs, so that it is known whatever becomes of the
// template.
inline constexpr uint64_t kForkFlags =
    CLONE_PARENT | CLONE_PARENT_SETTID | SIGCHLD;

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

struct PolicyTraits {
  UnknownCalls unknown = UnknownCalls::kRefuse;
  ProcessKind process = ProcessKind::kJail;
};

// What is wrong with a policy.
struct PolicyFault {
  const char* what;
  size_t row;  // its place among the rows, from 0
};

// The rows of a policy, in order, with what holds for all other calls.
//
// Lifecycle: a view; the name and the rows outlive it (presets are static).
// Errors: Validate names the first row that breaks a rule of the form below.
// Threads: immutable, so usable from any.
// Syscalls: none.
class Policy {
 public:
  constexpr Policy(const char* name, std::span<const Rule> rules,
                   PolicyTraits traits = {})
      : name_(name), rules_(rules), traits_(traits) {}

  const char* name() const { return name_; }
  std::span<const Rule> rules() const { return rules_; }
  PolicyTraits traits() const { return traits_; }

  // The rows of one call, adjacent and in order; empty iff it has none.
  std::span<const Rule> RulesFor(uint32_t number) const;

  // What happens to `request` on the native ABI in process `own_pid`. Calls
  // without a row: those that jail/syscall_table.h knows are violations; others
  // as UnknownCalls says.
  Decision Decide(const SyscallRequest& request, pid_t own_pid) const;

  // Empty iff every row is well formed: its call is in jail/syscall_table.h and
  // it has a reason; rows of one call are adjacent, all but the last have
  // conditions, and those only allow or refuse, or kill, of a forked jail, by
  // what its template may; a condition compares something, its value lies
  // within its mask, and no argument is compared twice; an errno fits the
  // action, and is 0 for brk(2) only, which has none; and nothing that
  // NeverAllowed names is allowed but in the exact form that IsPinned accepts.
  std::optional<PolicyFault> Validate() const;

  // The first row that libseccomp cannot compile in its place; empty iff there
  // is none. For rows that validate.
  std::optional<PolicyFault> FindInexpressible() const;

 private:
  const char* name_;
  std::span<const Rule> rules_;
  PolicyTraits traits_;
};

// Calls that no policy may allow, each with the reason: those that would let
// the kernel grow or remap memory, replace the program, or act unseen by the
// filter. Null iff `number` is not among them.
const char* NeverAllowed(uint32_t number);

// True iff `rule` allows a call of NeverAllowed in a form that does none of
// that: one command of ioctl(2); else with exactly these conditions: a thread
// that shares all with its process; in a template besides, a child that is the
// host's, the signal that it dies of with the host, providing pages of the
// pool, and the child's own lock.
bool IsPinned(const Rule& rule, ProcessKind process);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_POLICY_H_
