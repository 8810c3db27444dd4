// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_ARGUMENT_STRUCTURES_H_
#define CELLBLOCK_TOOLS_JAILRUN_ARGUMENT_STRUCTURES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/jailrun/process_memory.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {

// What lies behind the pointers of a call, for a reader:
//
//   {AF_INET, 192.0.2.1:80}    {soft=8, hard=unlimited}    [SIGHUP, SIGTERM]
//
// Each takes the address of a structure, as the kernel has it. One that cannot
// be read whole is its address in hexadecimal, and none at all is "NULL".
//
// Bounds: a list shows kMostListed elements, a string kMostText bytes; no count
//   found in memory is followed any further than that, or than the kernel's own
//   limit.
class StructureText {
 public:
  static constexpr size_t kMostText = 96;
  static constexpr uint64_t kMostListed = 6;

  explicit StructureText(const MemoryReader& memory) : memory_(memory) {}

  std::string Text(uint64_t address) const;   // a NUL-terminated string
  std::string Words(uint64_t address) const;  // a vector of such strings

  // Of sockets.
  std::string SocketAddress(uint64_t address, uint32_t length) const;
  std::string Message(uint64_t address) const;
  std::string Messages(uint64_t address, uint64_t count) const;
  std::string Parts(uint64_t address, uint64_t count) const;
  std::string SocketOptionValue(uint64_t address, uint32_t length,
                                uint32_t level, uint32_t option) const;

  // Of time.
  std::string TimeSpan(uint64_t address) const;
  std::string TimeValue(uint64_t address) const;
  std::string FileTimes(uint64_t address) const;
  std::string FileTimeValues(uint64_t address) const;
  std::string TimerSpans(uint64_t address) const;
  std::string TimerValues(uint64_t address) const;
  std::string ClockAdjustment(uint64_t address) const;

  // Of signals and events.
  std::string SignalSet(uint64_t address) const;
  std::string SignalAction(uint64_t address) const;
  std::string SignalEvent(uint64_t address) const;
  std::string SignalInfo(uint64_t address) const;
  std::string SignalStack(uint64_t address) const;
  std::string PollEvent(uint64_t address) const;
  std::string PollList(uint64_t address, uint64_t count) const;
  // The numbers of the bits that are set.
  std::string BitSet(uint64_t address, uint64_t bits) const;

  // Of files and processes. Those with a length may be older or newer than
  // this program: what is not there is zero, what is unknown is left out.
  std::string OpenHow(uint64_t address, uint64_t length) const;
  std::string CloneArguments(uint64_t address, uint64_t length) const;
  std::string MountAttributes(uint64_t address, uint64_t length) const;
  std::string FileLock(uint64_t address) const;
  std::string FileHandle(uint64_t address) const;
  std::string Limits(uint64_t address) const;
  std::string Priority(uint64_t address) const;
  std::string Scheduling(uint64_t address) const;
  std::string CapabilityHeader(uint64_t address) const;
  std::string Capabilities(uint64_t address) const;
  std::string QueueAttributes(uint64_t address) const;
  std::string RingParameters(uint64_t address) const;
  std::string CounterAttributes(uint64_t address) const;
  std::string FilterCode(uint64_t address) const;
  std::string SemaphoreSteps(uint64_t address, uint64_t count) const;
  std::string Ids(uint64_t address, uint64_t count) const;

 private:
  // The first `length` bytes of a T, but all of it at most and `least` bytes at
  // least; what lies behind is zero.
  template <typename T>
  std::optional<T> GetPart(uint64_t address, uint64_t length,
                           uint64_t least) const {
    T value = {};
    if (length > sizeof(T)) length = sizeof(T);
    if (length < least || memory_.Read(address, &value, length) != length) {
      return {};
    }
    return value;
  }

  const MemoryReader& memory_;
};

// "O_RDONLY|O_CLOEXEC".
std::string OpenFlagsText(uint64_t flags);

// "CLONE_VM|SIGCHLD": the low byte is the signal of the child's end.
std::string CloneFlagsText(uint64_t flags);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_ARGUMENT_STRUCTURES_H_
