// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/thread_text.h"

#include <algorithm>

#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

// Why threads got no stack, and what would give them one.
std::string ThreadHint(const RunRecord& record) {
  const ThreadFigures& threads = record.threads;
  const Options& options = record.options;
  if (!record.starts_threads) {
    return options.threads
               ? "--threads=0 has none"
               : "preset " + options.preset + " starts none; decoder does";
  }
  if (threads.refused_bytes > kMostThreadStackBytes) {
    return "one asked for a stack of " + ExactBytes(threads.refused_bytes);
  }
  if (threads.refused_bytes > 0) {
    const uint64_t step = uint64_t{64} << 10;
    const uint64_t enough = (threads.refused_bytes + step - 1) / step * step;
    return "one asked for a stack of " + ExactBytes(threads.refused_bytes) +
           "; --thread-stack=" + SizeArgument(enough) + " lays such";
  }
  const uint32_t given = options.threads.value_or(kDefaultThreads);
  if (threads.laid == 0) {
    return "no stacks were laid, since nothing that was loaded has a symbol "
           "that starts threads; --threads=" +
           std::to_string(given) + " lays them";
  }
  std::string hint =
      "all " + std::to_string(threads.laid) + " stacks for them were in use";
  if (given < kMostThreads) {
    hint += "; --threads=" + std::to_string(std::min(2 * given, kMostThreads)) +
            " lays more";
  }
  return hint;
}

}  // namespace

std::string ThreadsText(const RunRecord& record) {
  const ThreadFigures& threads = record.threads;
  if (threads.laid == 0 && record.libc_stacks == 0) {
    return "threads: no stacks were laid for any";
  }
  const std::string libc =
      record.libc_stacks == 0
          ? ""
          : " and " + std::to_string(record.libc_stacks) + " for libc's own";
  return "threads: " + std::to_string(threads.laid) + " stacks laid, of " +
         SizeArgument(record.options.thread_stack_bytes) + libc + "; at most " +
         std::to_string(threads.most_in_use) + " in use at once, " +
         std::to_string(threads.refused) + " threads refused";
}

std::string PlannedThreads(const RunRecord& record) {
  const Options& options = record.options;
  if (!record.starts_threads) {
    return options.threads
               ? "none can start, by --threads=0"
               : "none can start: preset " + options.preset + " has none";
  }
  const uint32_t stacks = options.threads.value_or(kDefaultThreads);
  std::string text = std::to_string(stacks) +
                     (stacks == 1 ? " stack of " : " stacks of ") +
                     SizeArgument(options.thread_stack_bytes);
  if (options.threads) return text;
  text += " where something that is loaded starts threads";
  if (!record.thread_starter) return text;
  return record.thread_starter->empty()
             ? text + "; neither the program nor a library that it needs does"
             : text + "; " + Quoted(*record.thread_starter) + " does";
}

std::string RefusedThreadsText(const RunRecord& record) {
  const uint64_t refused = record.threads.refused;
  return std::to_string(refused) +
         (refused == 1 ? " thread was" : " threads were") +
         " refused with EAGAIN: " + ThreadHint(record);
}

}  // namespace cellblock
