// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_ARGUMENT_NAMES_H_
#define CELLBLOCK_TOOLS_JAILRUN_ARGUMENT_NAMES_H_

// The constants of system calls by their names, as the manual pages spell them.

#include <cstdint>
#include <span>
#include <string>

namespace cellblock {

struct NamedValue {
  uint64_t value;
  const char* name;
};

// Names of one kind; what is none of them is written as a number.
enum class NameSet : uint8_t {
  kOpenFlags,
  kAtFlags,
  kAccessModes,
  kDomains,
  kSocketTypes,
  kInternetProtocols,
  kNetlinkProtocols,
  kMessageFlags,
  kShutdownModes,
  kSocketLevels,
  kSocketOptions,
  kProtections,
  kMappingTypes,
  kMappingFlags,
  kMemoryAdvice,
  kRemapFlags,
  kMemfdFlags,
  kCloneFlags,
  kProcessControls,
  kArchControls,
  kIoControls,
  kSignals,
  kMaskActions,
  kFutexCommands,
  kFileCommands,
  kLockActions,
  kTraceRequests,
  kKeyCommands,
  kResources,
  kClocks,
  kPollCommands,
  kSeccompCommands,
  kBpfCommands,
  kWaitFlags,
  kPriorityKinds,
  kSeekOrigins,
  kMountFlags,
  kPipeFlags,
  kRandomFlags,
  kSeals,
  kStatMasks,
  kStatFlags,
  kUnlinkFlags,
  kRenameFlags,
  kAttributeFlags,
  kNotifyEvents,
  kFanotifyFlags,
  kFanotifyMarks,
  kFanotifyEvents,
  kAllocationFlags,
  kSpliceFlags,
  kUnmountFlags,
  kTreeFlags,
  kMoveFlags,
  kFileSystemFlags,
  kMountDescriptorFlags,
  kConfigCommands,
  kMountAttributes,
  kResolveFlags,
  kFileTypes,
  kDescriptorFlags,
  kLockTypes,
  kTransferFlags,
  kCloseFlags,
  kPollEvents,
  kPollFlags,
  kEventFlags,
  kSocketFlags,
  kTcpOptions,
  kInternetOptions,
  kInternet6Options,
  kLockAllFlags,
  kPinFlags,
  kSyncFlags,
  kSegmentFlags,
  kSegmentUses,
  kFaultFlags,
  kSchedulers,
  kSchedulingFlags,
  kTimerFlags,
  kIntervalTimers,
  kUsages,
  kNotifications,
  kSignalCodes,
  kActionFlags,
  kSignalStackFlags,
  kSignalDescriptorFlags,
  kComparisons,
  kRingFlags,
  kCounterTypes,
  kCounterFlags,
  kFilterFlags,
  kClockModes,
  kRebootCommands,
  kIdKinds,
  kCapabilities,
  kKeyrings,
  kProcessDescriptorFlags,
  kIoPriorityKinds,
};

// In no order; for flags, those of several bits before those of one.
std::span<const NamedValue> NamesOf(NameSet set);

// "AF_INET", or "99".
std::string ValueName(NameSet set, uint64_t value);

// "O_WRONLY|O_CREAT|0x80000000", or "0". Bits without a name are written in
// hexadecimal.
std::string FlagNames(NameSet set, uint64_t value);

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_ARGUMENT_NAMES_H_
