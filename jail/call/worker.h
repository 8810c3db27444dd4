// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_CALL_WORKER_H_
#define CELLBLOCK_JAIL_CALL_WORKER_H_

#include <linux/filter.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <span>

#include "jail/call/channel_layout.h"
#include "jail/call/decoder.h"
#include "jail/call/memory_snapshot.h"
#include "jail/call/prefault.h"

namespace cellblock {

// A worker's view of the channel.
struct WorkerChannel {
  ChannelControl* control = nullptr;
  std::span<const uint8_t> input;
  std::span<uint8_t> output;
};

// Everything that a worker needs, ready before its template was locked.
struct WorkerParts {
  pid_t host = -1;
  WorkerChannel channel;
  const std::function<DecodeFunction>* decode = nullptr;
  const void* entry = nullptr;         // of its code, if that is known
  std::span<sock_filter> last_filter;  // with its own pid still open
  std::span<std::byte> populate;       // pages to provide ahead; empty: none
  const Prefault* prefault = nullptr;
  const MemorySnapshot* snapshot = nullptr;  // null: memory stays as it is
};

// In the template, before the lock: what a signal that ends a worker is about
// is noted in the channel, and so are refused allocations. Errors: errno.
// Syscalls: sigaltstack, rt_sigaction.
[[nodiscard]] int NoteEnds(const WorkerChannel& channel);

// In a process that the template has just forked: dies with the host, takes its
// last filter, says that it is ready, and serves calls until it is killed.
//
// Syscalls: prctl(PR_SET_PDEATHSIG), getppid, getpid, madvise, seccomp; then
// futex, and whatever the decoder makes.
[[noreturn]] void RunWorker(const WorkerParts& parts);

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_CALL_WORKER_H_
