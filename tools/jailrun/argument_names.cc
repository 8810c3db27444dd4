// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/argument_names.h"

#include <cinttypes>
#include <cstdio>

#include "tools/jailrun/names_of_files.h"
#include "tools/jailrun/names_of_memory.h"
#include "tools/jailrun/names_of_network.h"
#include "tools/jailrun/names_of_processes.h"

namespace cellblock {
namespace {

using namespace names;

std::string Number(const char* format, uint64_t value) {
  char text[24];
  snprintf(text, sizeof(text), format, value);
  return text;
}

}  // namespace

std::span<const NamedValue> NamesOf(NameSet set) {
  switch (set) {
    case NameSet::kOpenFlags:
      return kOpenFlagNames;
    case NameSet::kAtFlags:
      return kAtFlagNames;
    case NameSet::kAccessModes:
      return kAccessModeNames;
    case NameSet::kDomains:
      return kDomainNames;
    case NameSet::kSocketTypes:
      return kSocketTypeNames;
    case NameSet::kInternetProtocols:
      return kInternetProtocolNames;
    case NameSet::kNetlinkProtocols:
      return kNetlinkProtocolNames;
    case NameSet::kMessageFlags:
      return kMessageFlagNames;
    case NameSet::kShutdownModes:
      return kShutdownModeNames;
    case NameSet::kSocketLevels:
      return kSocketLevelNames;
    case NameSet::kSocketOptions:
      return kSocketOptionNames;
    case NameSet::kProtections:
      return kProtectionNames;
    case NameSet::kMappingTypes:
      return kMappingTypeNames;
    case NameSet::kMappingFlags:
      return kMappingFlagNames;
    case NameSet::kMemoryAdvice:
      return kMemoryAdviceNames;
    case NameSet::kRemapFlags:
      return kRemapFlagNames;
    case NameSet::kMemfdFlags:
      return kMemfdFlagNames;
    case NameSet::kCloneFlags:
      return kCloneFlagNames;
    case NameSet::kProcessControls:
      return kProcessControlNames;
    case NameSet::kArchControls:
      return kArchControlNames;
    case NameSet::kIoControls:
      return kIoControlNames;
    case NameSet::kSignals:
      return kSignalNames;
    case NameSet::kMaskActions:
      return kMaskActionNames;
    case NameSet::kFutexCommands:
      return kFutexCommandNames;
    case NameSet::kFileCommands:
      return kFileCommandNames;
    case NameSet::kLockActions:
      return kLockActionNames;
    case NameSet::kTraceRequests:
      return kTraceRequestNames;
    case NameSet::kKeyCommands:
      return kKeyCommandNames;
    case NameSet::kResources:
      return kResourceNames;
    case NameSet::kClocks:
      return kClockNames;
    case NameSet::kPollCommands:
      return kPollCommandNames;
    case NameSet::kSeccompCommands:
      return kSeccompCommandNames;
    case NameSet::kBpfCommands:
      return kBpfCommandNames;
    case NameSet::kWaitFlags:
      return kWaitFlagNames;
    case NameSet::kPriorityKinds:
      return kPriorityKindNames;
    case NameSet::kSeekOrigins:
      return kSeekOriginNames;
    case NameSet::kMountFlags:
      return kMountFlagNames;
    case NameSet::kPipeFlags:
      return kPipeFlagNames;
    case NameSet::kRandomFlags:
      return kRandomFlagNames;
    case NameSet::kSeals:
      return kSealNames;
    case NameSet::kStatMasks:
      return kStatMaskNames;
    case NameSet::kStatFlags:
      return kStatFlagNames;
    case NameSet::kUnlinkFlags:
      return kUnlinkFlagNames;
    case NameSet::kRenameFlags:
      return kRenameFlagNames;
    case NameSet::kAttributeFlags:
      return kAttributeFlagNames;
    case NameSet::kNotifyEvents:
      return kNotifyEventNames;
    case NameSet::kFanotifyFlags:
      return kFanotifyFlagNames;
    case NameSet::kFanotifyMarks:
      return kFanotifyMarkNames;
    case NameSet::kFanotifyEvents:
      return kFanotifyEventNames;
    case NameSet::kAllocationFlags:
      return kAllocationFlagNames;
    case NameSet::kSpliceFlags:
      return kSpliceFlagNames;
    case NameSet::kUnmountFlags:
      return kUnmountFlagNames;
    case NameSet::kTreeFlags:
      return kTreeFlagNames;
    case NameSet::kMoveFlags:
      return kMoveFlagNames;
    case NameSet::kFileSystemFlags:
      return kFileSystemFlagNames;
    case NameSet::kMountDescriptorFlags:
      return kMountDescriptorFlagNames;
    case NameSet::kConfigCommands:
      return kConfigCommandNames;
    case NameSet::kMountAttributes:
      return kMountAttributeNames;
    case NameSet::kResolveFlags:
      return kResolveFlagNames;
    case NameSet::kFileTypes:
      return kFileTypeNames;
    case NameSet::kDescriptorFlags:
      return kDescriptorFlagNames;
    case NameSet::kLockTypes:
      return kLockTypeNames;
    case NameSet::kTransferFlags:
      return kTransferFlagNames;
    case NameSet::kCloseFlags:
      return kCloseFlagNames;
    case NameSet::kPollEvents:
      return kPollEventNames;
    case NameSet::kPollFlags:
      return kPollFlagNames;
    case NameSet::kEventFlags:
      return kEventFlagNames;
    case NameSet::kSocketFlags:
      return kSocketFlagNames;
    case NameSet::kTcpOptions:
      return kTcpOptionNames;
    case NameSet::kInternetOptions:
      return kInternetOptionNames;
    case NameSet::kInternet6Options:
      return kInternet6OptionNames;
    case NameSet::kLockAllFlags:
      return kLockAllFlagNames;
    case NameSet::kPinFlags:
      return kPinFlagNames;
    case NameSet::kSyncFlags:
      return kSyncFlagNames;
    case NameSet::kSegmentFlags:
      return kSegmentFlagNames;
    case NameSet::kSegmentUses:
      return kSegmentUseNames;
    case NameSet::kFaultFlags:
      return kFaultFlagNames;
    case NameSet::kSchedulers:
      return kSchedulerNames;
    case NameSet::kSchedulingFlags:
      return kSchedulingFlagNames;
    case NameSet::kTimerFlags:
      return kTimerFlagNames;
    case NameSet::kIntervalTimers:
      return kIntervalTimerNames;
    case NameSet::kUsages:
      return kUsageNames;
    case NameSet::kNotifications:
      return kNotificationNames;
    case NameSet::kSignalCodes:
      return kSignalCodeNames;
    case NameSet::kActionFlags:
      return kActionFlagNames;
    case NameSet::kSignalStackFlags:
      return kSignalStackFlagNames;
    case NameSet::kSignalDescriptorFlags:
      return kSignalDescriptorFlagNames;
    case NameSet::kComparisons:
      return kComparisonNames;
    case NameSet::kRingFlags:
      return kRingFlagNames;
    case NameSet::kCounterTypes:
      return kCounterTypeNames;
    case NameSet::kCounterFlags:
      return kCounterFlagNames;
    case NameSet::kFilterFlags:
      return kFilterFlagNames;
    case NameSet::kClockModes:
      return kClockModeNames;
    case NameSet::kRebootCommands:
      return kRebootCommandNames;
    case NameSet::kIdKinds:
      return kIdKindNames;
    case NameSet::kCapabilities:
      return kCapabilityNames;
    case NameSet::kKeyrings:
      return kKeyringNames;
    case NameSet::kProcessDescriptorFlags:
      return kProcessDescriptorFlagNames;
    case NameSet::kIoPriorityKinds:
      return kIoPriorityKindNames;
  }
  return {};
}

std::string ValueName(NameSet set, uint64_t value) {
  for (const NamedValue& named : NamesOf(set)) {
    if (named.value == value) return named.name;
  }
  return Number(value < 4096 ? "%" PRIu64 : "0x%" PRIx64, value);
}

std::string FlagNames(NameSet set, uint64_t value) {
  std::string text;
  for (const NamedValue& named : NamesOf(set)) {
    if (named.value == 0 || (value & named.value) != named.value) continue;
    text += text.empty() ? "" : "|";
    text += named.name;
    value &= ~named.value;
  }
  if (value != 0)
    text += (text.empty() ? "" : "|") + Number("0x%" PRIx64, value);
  return text.empty() ? "0" : text;
}

}  // namespace cellblock
