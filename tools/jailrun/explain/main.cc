// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// jailrun-explain: says where in its source a jailed process is that made a
// forbidden call, or was when the pool refused it memory, or had asked for what
// it holds (--profile). Started by jailrun alone, when that is reported; see
// tools/jailrun/explain_protocol.h.
//
// What it reads of the process is hostile, and libdw is large. So it starts
// without environment and descriptors, gives up all rights and most resources
// first, and only writes text.

#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <string>
#include <vector>

#include "jail/lock.h"
#include "tools/jailrun/explain/symbols.h"
#include "tools/jailrun/explain/unwinder.h"
#include "tools/jailrun/explain_protocol.h"
#include "tools/jailrun/memory_map.h"
#include "tools/jailrun/process_memory.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

bool Limit(__rlimit_resource resource, rlim_t most) {
  const rlimit limit = {most, most};
  return setrlimit(resource, &limit) == 0;
}

bool ConfineSelf() {
  constexpr rlim_t kMostSeconds = 4;
  constexpr rlim_t kMostMemory = rlim_t{2} << 30;
  return DieWithParent(getppid()) && SetNoNewPrivs() == 0 &&
         DropCapabilities() == 0 && Limit(RLIMIT_CORE, 0) &&
         Limit(RLIMIT_CPU, kMostSeconds) && Limit(RLIMIT_AS, kMostMemory) &&
         Limit(RLIMIT_FSIZE, 0) &&
         syscall(SYS_close_range, kExplainMaps + 1, ~0u, 0) == 0;
}

bool ReadRequest(ExplainRequest* request) {
  return read(STDIN_FILENO, request, sizeof(*request)) ==
             static_cast<ssize_t>(sizeof(*request)) &&
         request->magic == kExplainMagic;
}

Frame Innermost(const ExplainRequest& request) {
  Frame frame;
  frame.registers[kReturnAddress] = request.registers[kReturnAddress];
  if (request.all_known == 0) return frame;
  for (int i = 0; i < kRegisters; ++i) {
    frame.registers[i] = request.registers[i];
  }
  return frame;
}

// The first frame that is of another file than the innermost, and not that of a
// signal's return to what it interrupted; 0 iff there is none.
size_t FirstCaller(const std::vector<Frame>& frames, const MemoryMap& map) {
  const auto name_of = [&map](const Frame& frame) {
    const Mapping* mapping = map.Find(frame.inside());
    return mapping != nullptr ? mapping->name : std::string();
  };
  const std::string own = name_of(frames[0]);
  size_t first = 1;
  while (first < frames.size() && name_of(frames[first]) == own) ++first;
  if (first + 1 < frames.size() && frames[first + 1].interrupted) ++first;
  return first < frames.size() ? first : 0;
}

// Returns how many places it was, of `most`.
size_t Print(uint64_t address, bool certain, const Symbols& symbols,
             size_t most) {
  size_t printed = 0;
  // The instruction before is the call, or the syscall.
  for (const SourcePlace& place : symbols.Find(address - 1)) {
    if (printed == most) break;
    printf("F %" PRIx64 " %x %d\t%s\t%s\n", address, place.line,
           certain ? 1 : 0, Escaped(place.function).c_str(),
           Escaped(place.file).c_str());
    ++printed;
  }
  return printed;
}

int NameAddresses(uint64_t count) {
  const ProcessMemory memory(kExplainMemory);
  const Symbols symbols(kExplainMaps);
  count = std::min<uint64_t>(count, kMostAddresses);
  for (uint64_t i = 0; i < count; ++i) {
    const auto address = memory.Get<uint64_t>(i * sizeof(uint64_t));
    if (!address) break;
    Print(*address, true, symbols, kMostFrames);
    // Those who wait do not wait for all.
    if (i % 32 == 0 && fflush(stdout) != 0) return 1;
  }
  puts("E");
  return fflush(stdout) == 0 ? 0 : 1;
}

int Explain() {
  ExplainRequest request;
  if (!ConfineSelf() || !ReadRequest(&request)) return 1;
  if (request.addresses != 0) return NameAddresses(request.addresses);
  const ProcessMemory memory(kExplainMemory, request.memory_begin);
  const MemoryMap map = MemoryMap::Read(kExplainMaps);
  const Symbols symbols(kExplainMaps);
  const Unwinder unwinder(symbols, map, memory, request.thread);
  const std::vector<Frame> frames = unwinder.Unwind(Innermost(request));
  const size_t first = request.only_callers != 0 ? FirstCaller(frames, map) : 0;
  size_t left = kMostFrames;
  for (size_t i = first; i < frames.size(); ++i) {
    left -= Print(frames[i].address(), frames[i].certain, symbols, left);
  }
  puts("E");
  return fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace cellblock

int main() { return cellblock::Explain(); }
