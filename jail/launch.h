// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_LAUNCH_H_
#define CELLBLOCK_JAIL_LAUNCH_H_

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "jail/inherited_signals.h"
#include "jail/landlock.h"
#include "jail/speculation.h"
#include "jail/unique_fd.h"

namespace cellblock {

// One limit of the kernel's on a process.
struct ResourceLimit {
  __rlimit_resource resource;
  rlim_t soft;
  rlim_t hard;
};

// What a confined program may have beside its pool: its main stack, and
// descriptors, behind which the kernel can keep a pipe's buffer each.
inline constexpr uint64_t kMostStackBytes = uint64_t{8} << 20;
inline constexpr uint64_t kMostDescriptors = 1024;

// A descriptor of this process, and the number that the program has it by.
struct PlacedDescriptor {
  int from;
  int to;
};

inline constexpr size_t kMostPlaced = 64;

enum class Necessity : uint8_t { kOptional, kRequired };

struct LaunchOptions {
  const char* path = nullptr;
  char* const* argv = nullptr;
  char* const* envp = nullptr;
  // What the program inherits of signals; this process may differ. Null: what
  // the calling thread has.
  const InheritedSignals* signals = nullptr;
  // Entered by the program's process; null: none.
  const FileConfinement* landlock = nullptr;
  // Whether the program is started without it, should the kernel refuse.
  Necessity landlock_necessity = Necessity::kOptional;
  // Memory that it is to lock, as root whatever its limit.
  uint64_t locked_bytes = 0;
  // The descriptors that a confined program has beside 0, 1 and 2.
  std::span<const int> kept = {};
  // The same, put where the program expects them; 0, 1 and 2 may be among them.
  std::span<const PlacedDescriptor> placed = {};
  // Set as they are, whether or not it is confined; none above the hard limits
  // of this process.
  std::span<const ResourceLimit> limits = {};
  uint64_t most_stack_bytes = kMostStackBytes;
  // A program that is to be confined never gains privileges from here on, and
  // has no more stack and descriptors than said below.
  bool confine = true;
  // Where the processor and the kernel let it choose, a confined program has
  // the processor guess less.
  bool restrict_speculation = false;
  // What the program's process does last of all before execve, while this one
  // stands still; async-signal-safe. Null: nothing.
  void (*last)(const void* argument) = nullptr;
  const void* last_argument = nullptr;
};

enum class LaunchStep : uint8_t {
  kStarted,
  kClone,
  kDieWithParent,
  kNoNewPrivs,
  kCapabilities,
  kDescriptors,
  kLimits,
  kLandlock,
  kExec,
};

struct Launched {
  LaunchStep failed = LaunchStep::kStarted;
  int error = 0;  // errno of the failed step; 0: the parent is gone
  pid_t pid = -1;
  UniqueFd pidfd;
  int landlock_error = 0;             // errno, if it was optional and refused
  SpeculationLayer speculation = {};  // iff it was to be restricted
};

// "setting limits: Operation not permitted"; of the limit on descriptors, what
// it has to be for those.
std::string DescribeFailure(LaunchStep step, int error,
                            std::span<const PlacedDescriptor> placed);

// What a program that is to be confined gives up before it is executed: this
// process, which `parent` has made, dies with that; and if the options want it
// confined, gains no privileges, has no capabilities, and loses, when it
// executes, all descriptors but those they name. Errors: the step that failed,
// and its errno. Async-signal-safe.
[[nodiscard]] LaunchStep Confine(const LaunchOptions& options, pid_t parent,
                                 int* error);

// Lowers both limits of this process on a resource, and raises neither.
// Errors: errno. Async-signal-safe.
[[nodiscard]] int CapLimit(__rlimit_resource resource, rlim_t most);

// `words` as execve takes them. Valid as long as they are.
std::vector<char*> ArgumentPointers(const std::vector<std::string>& words);

// Has execve close all descriptors from 3 on but those that are kept; negative
// ones are passed over. Errors: errno. Async-signal-safe.
[[nodiscard]] int CloseOthers(std::span<const int> kept);

// Starts a program in a process of its own and returns once execve has
// succeeded or failed. The child dies with the thread that called this.
//
// Errors: as `failed` says; then no process is left behind.
// Threads: any; the calling one must outlive the child.
Launched Launch(const LaunchOptions& options);

// Sends a signal to a child that has not been waited for. False iff the kernel
// refuses.
[[nodiscard]] bool SendSignal(const Launched& child, int number);

// The same; a `pidfd` of -1 stands for none. With one, nobody else gets the
// signal, also where others wait for this process's children.
[[nodiscard]] bool SendSignal(int pidfd, pid_t pid, int number);

// Whether the process behind a pidfd has, waited for or not. False for -1.
[[nodiscard]] bool HasEnded(int pidfd);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_LAUNCH_H_
