// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_CONTROL_H_
#define CELLBLOCK_TOOLS_JAILRUN_CONTROL_H_

// What jailrun and the runtime inside the program tell each other: one memfd,
// mapped by both.
//
// Before the lock the runtime is trusted. After it the jailed code can write
// every byte here, so jailrun copies a figure once and bounds it. Only one
// thing is decided by what stands here: whether a program that failed by itself
// is called exhausted; and under --auto-load, which of the system's own
// libraries the next run loads before its lock.

#include <linux/filter.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "allocator/fill.h"
#include "allocator/heap_stats.h"
#include "allocator/region.h"
#include "jail/lock.h"
#include "jail/thread_figures.h"

namespace cellblock {

// "CELLBLOCK_CONTROL=MEMFD,SOCKET,HELD", the one variable of ours in the
// program's environment, and gone from it before main. HELD is a descriptor
// that the loader needed, or -1.
inline constexpr char kControlVariable[] = "CELLBLOCK_CONTROL";

inline constexpr uint64_t kControlMagic = 0x316c656343626c63;  // "clbCcel1"
inline constexpr size_t kMaxFilterLength = 2048;

// How far the runtime has come.
enum class Phase : uint32_t {
  kStarting,       // the loader and constructors run
  kPoolFailed,     // there is no pool; `error` says why
  kLockFailed,     // `failed_step` and `error` say why
  kAwaitingCheck,  // the filter is in force; `listener` is to be fetched
  kAskingAlone,    // no listener can be had, as `error` says: a standalone
                   // filter is awaited
  kLockedAlone,    // that filter is in force
  kUnlockedMain,   // main begins where the lock would be, and there is none
  kTemplateReady,  // a template awaits requests
  kTemplateUnfit,  // it cannot be one, as `error` says: a TemplateUnfit
};

// How jailrun gets the filter's listener.
enum class HandOver : uint32_t {
  kFetched,  // by pidfd_getfd(2)
  // As a message, where a process may not reach into its child. The filter then
  // lets the runtime send it, and a second one forbids that again.
  kSent,
};

// When stacks are laid for threads.
enum class ThreadsLaid : uint8_t {
  kWhereUsed,  // something that is loaded starts threads, by its symbols
  kAlways,
};

// What the runtime laid down beside the filter; errors are errnos.
struct Hardening {
  int32_t exec_gain_error = 0;
  int32_t seal_error = 0;
  NotifyWait wait = NotifyWait::kInterruptible;
};

// What the runtime counts of its own work.
struct RuntimeCounters {
  uint64_t trapped = 0;           // calls that reached the SIGSYS handler
  uint64_t kept_mappings = 0;     // munmap of older mappings: kept
  uint64_t refused_mappings = 0;  // mmap or mprotect that asked too much
  // The largest mapping without access that found no room; 0: all did.
  uint64_t refused_reservation = 0;
  // How many found none, and how many of them one followed that did find some:
  // run-time systems ask for less and less until they are served.
  uint64_t refused_reservations = 0;
  uint64_t coped_reservations = 0;
  uint64_t executable_refused = 0;   // those of them that asked for PROT_EXEC
  uint64_t code_memory_refused = 0;  // those of them of no file
  uint64_t ignored_frees = 0;        // free of blocks older than the pool
};

// Paths that the program was refused, for a hint.
template <uint32_t kPaths, size_t kBytes>
struct NotedPaths {
  static constexpr uint32_t kMostShown = kPaths;
  static constexpr size_t kMostBytes = kBytes;

  std::atomic<uint32_t> count;  // how often it was refused one
  std::atomic<uint32_t> shown;
  char paths[kMostShown][kMostBytes];  // the first different ones
};

// Files that it was not let read, as they were named.
using RefusedPaths = NotedPaths<4, 256>;

// Libraries that came too late, as the kernel names them.
using LateLoads = NotedPaths<8, 512>;

struct Control {
  // By jailrun, before the program starts.
  uint64_t magic;
  uint64_t pool_bytes;
  uint64_t reserve_bytes;  // beside it, for reservations of address space
  Commit commit;
  Fill fill;
  bool confine;  // false: never locked
  // Not locked, but memory is answered as after the lock, so that what a jail
  // would need can be seen.
  bool rehearse;
  bool forbidden_calls_fail;  // and do not end the program
  // It stops before the lock, and forks a process for each request that comes
  // by the socket (template/protocol.h).
  bool serves_as_template;
  ThreadsLaid threads_laid;
  uint32_t threads;             // that can start after the lock; 0: none
  uint64_t thread_stack_bytes;  // of each
  uint32_t load_bytes;          // of the LoadArea; 0: nothing is to be loaded
  uint64_t profile_offset;      // of the ProfileArea in the memfd; 0: none
  bool opens_files;             // the policy lets it open some, to read
  // The policy lets the runtime ask the kernel what a library is called.
  bool names_late_loads;

  // By jailrun: 1 when the filter is complete and proved, while the program
  // loads; 2 when the standalone one is, that was asked for. A futex.
  std::atomic<uint32_t> filters_ready;
  uint32_t filter_length;
  HandOver hand_over;
  uint64_t socket_inode;  // of the SOCKET that the runtime was given

  // By jailrun: 1 when it has seen the lock, 2 when it has let the second
  // filter through, where there is one. Main does not run without.
  std::atomic<uint32_t> filters_seen;

  // By the runtime.
  std::atomic<Phase> phase;
  int32_t error;         // errno
  uint32_t failed_step;  // a LockStep, or an AllocatorError
  int32_t listener;      // the descriptor's number in the jailed process
  Hardening hardening;
  HeapStats heap;
  HeapStats reserve;
  RuntimeCounters counters;
  ThreadFigures thread_figures;
  uint64_t libc_stacks;  // laid for threads that libc starts for itself

  // By jailrun, before filters_ready. Near the end, so that all that most runs
  // use of this block, with a filter of the usual length, is one page.
  sock_filter filter[kMaxFilterLength];

  // By the runtime.
  RefusedPaths refused_paths;
  LateLoads late_loads;
};

static_assert(std::atomic<uint32_t>::is_always_lock_free);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_CONTROL_H_
