// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_LANDLOCK_H_
#define CELLBLOCK_JAIL_LANDLOCK_H_

#include <string>
#include <vector>

namespace cellblock {

// The version of this kernel's Landlock interface. Below 1, and errno, iff it
// has none or may not be asked. Syscalls: landlock_create_ruleset.
long LandlockAbi();

// A Landlock domain that lets files be created, changed and removed below the
// named paths only, and that can look into no process outside of it (ptrace,
// /proc/PID/mem and what is checked alike), nor, from Linux 6.12 on, signal one
// or reach its abstract sockets. Reading files is not restricted.
//
// Lifecycle: Create opens the paths; Enter, in the process to be confined, is
// one-way and holds across execve.
// Errors: Create fails iff the kernel has no Landlock, or has one that does not
// confine truncate(2) (before Linux 6.2) and paths are named, or a path cannot
// be opened, or a rule is refused; `error` names it.
// Ownership: move-only; closes its descriptor.
// Syscalls: Create: landlock_create_ruleset, openat, landlock_add_rule, close;
// Enter: landlock_restrict_self. Setup phase only.
class WriteConfinement {
 public:
  WriteConfinement() = default;
  WriteConfinement(WriteConfinement&& other) noexcept;
  WriteConfinement& operator=(WriteConfinement&& other) noexcept;
  ~WriteConfinement();

  static WriteConfinement Create(const std::vector<std::string>& writable,
                                 std::string* error);

  // Errors: errno; EPERM iff neither no_new_privs is set nor CAP_SYS_ADMIN
  // held.
  [[nodiscard]] int Enter() const;

  bool empty() const { return ruleset_ < 0; }

 private:
  int ruleset_ = -1;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_LANDLOCK_H_
