// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_LANDLOCK_H_
#define CELLBLOCK_JAIL_LANDLOCK_H_

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cellblock {

// The version of this kernel's Landlock interface. Below 1, and errno, iff it
// has none or may not be asked. Syscalls: landlock_create_ruleset.
long LandlockAbi();

enum class PathAccess : uint8_t {
  kRead,       // files are read and directories listed
  kReadWrite,  // and files are created, changed and removed
  kNull,       // read; also written, iff it is the kernel's null device
};

enum class Presence : uint8_t {
  kRequired,
  kOptional,  // passed over if it cannot be opened, or lies in no directory
};

// One path that a domain leaves to the process: a file, or all that lies below
// a directory, also what appears there later. A symbolic link stands for what
// it leads to; one that lies below does not grant what it leads to.
struct PathGrant {
  std::string path;
  PathAccess access = PathAccess::kRead;
  Presence presence = Presence::kRequired;
};

// A Landlock domain in which files can be opened for reading, and directories
// for listing, only where a grant says so, and created, changed and removed
// only below those of kReadWrite. It can look into no process outside of it
// (ptrace, /proc/PID/mem and what is checked alike), nor, from Linux 6.12 on,
// signal one or reach its abstract sockets.
//
// Not covered, since the kernel does not: names, sizes and dates of files
// (stat, access, readlink, chdir); what descriptors that are already open can
// do; and pipes, sockets and memfds, which lie in no directory.
//
// Lifecycle: Create opens the paths; Enter, in the process to be confined, is
// one-way and holds across execve. The kernel forgets a file of /proc, and a
// grant with it, when memory is short and nobody holds it: this object holds
// those of Create. What lies in /proc/self and thread-self is opened by Enter,
// and is of the process that enters: somebody else has to hold it. Errors:
// Create fails iff the kernel has no Landlock, or has one that does not confine
// truncate(2) (before Linux 6.2) and a path is kReadWrite or kNull, or a
// required path cannot be opened or granted; `error` names it. Those below
// /proc/self are left to Enter, which fails likewise. Ownership: move-only;
// closes its descriptors. Syscalls: Create: landlock_create_ruleset, openat,
// fstat, fstatfs, landlock_add_rule, close; Enter: those to open and grant, for
// what lies in /proc/self, and landlock_restrict_self. Setup phase only.
class FileConfinement {
 public:
  FileConfinement() = default;
  FileConfinement(FileConfinement&& other) noexcept;
  FileConfinement& operator=(FileConfinement&& other) noexcept;
  ~FileConfinement();

  static FileConfinement Create(std::span<const PathGrant> grants,
                                std::string* error);

  // Errors: errno, of what is above or EPERM iff neither no_new_privs is set
  // nor CAP_SYS_ADMIN held. Async-signal-safe.
  [[nodiscard]] int Enter() const;

  // What Enter grants of the entering process's own files, granted from here
  // for `process`, of one thread, which shows none of them to anybody else: it
  // may then enter with landlock_restrict_self(2) alone. What /proc/self/fd/N
  // of this process leads to is granted as it is. This object holds what it
  // opens. Errors: errno.
  [[nodiscard]] int GrantOwnFilesOf(pid_t process);

  // To be entered by another process; -1 iff empty.
  int ruleset() const { return ruleset_; }

  bool empty() const { return ruleset_ < 0; }

 private:
  [[nodiscard]] bool Grant(const PathGrant& grant, std::string* error);

  int ruleset_ = -1;
  std::vector<PathGrant> own_process_;  // below /proc/self
  // Descriptors of what lies in /proc, whose files the kernel forgets, and a
  // rule with them, when nobody holds them.
  std::vector<int> held_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_LANDLOCK_H_
