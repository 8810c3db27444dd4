// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/argument_decoder.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cinttypes>
#include <cstdio>

#include "jail/syscall_table.h"
#include "tools/jailrun/argument_names.h"
#include "tools/jailrun/argument_signatures.h"
#include "tools/jailrun/argument_structures.h"

namespace cellblock {
namespace {

bool MakesFile(uint32_t open_flags) {
  constexpr uint32_t kTemporary = O_TMPFILE & ~O_DIRECTORY;
  return (open_flags & (O_CREAT | kTemporary)) != 0;
}

// A value and the flags beside it: "SOCK_STREAM|SOCK_CLOEXEC".
std::string With(std::string value, NameSet names, uint64_t flags) {
  if (flags != 0) value += "|" + FlagNames(names, flags);
  return value;
}

std::string SocketType(uint32_t value) {
  constexpr uint32_t kType = 0xf;
  return With(ValueName(NameSet::kSocketTypes, value & kType),
              NameSet::kSocketFlags, value & ~kType);
}

std::string Protocol(uint32_t domain, uint32_t value) {
  if (domain == AF_NETLINK) {
    return ValueName(NameSet::kNetlinkProtocols, value);
  }
  if (value != 0 && (domain == AF_INET || domain == AF_INET6)) {
    return ValueName(NameSet::kInternetProtocols, value);
  }
  return std::to_string(value);
}

std::string FutexCommand(uint32_t value) {
  std::string text =
      ValueName(NameSet::kFutexCommands,
                value & ~uint32_t{FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME});
  if ((value & FUTEX_PRIVATE_FLAG) != 0) text += "|FUTEX_PRIVATE_FLAG";
  if ((value & FUTEX_CLOCK_REALTIME) != 0) text += "|FUTEX_CLOCK_REALTIME";
  return text;
}

std::string SocketOption(uint32_t level, uint32_t option) {
  switch (level) {
    case SOL_SOCKET:
      return ValueName(NameSet::kSocketOptions, option);
    case IPPROTO_TCP:
      return ValueName(NameSet::kTcpOptions, option);
    case IPPROTO_IP:
      return ValueName(NameSet::kInternetOptions, option);
    case IPPROTO_IPV6:
      return ValueName(NameSet::kInternet6Options, option);
    default:
      return std::to_string(option);
  }
}

class Decoder {
 public:
  Decoder(const Violation& call, const MemoryReader& memory)
      : call_(call),
        structures_(memory),
        info_(FindSyscall(call.number)),
        signature_(info_ != nullptr ? FindSignature(info_->name) : nullptr) {}

  std::vector<std::string> All() const {
    size_t count = info_ != nullptr ? info_->arg_count : 6;
    if (count > 0 && IsUnused(count - 1)) --count;
    std::vector<std::string> texts;
    for (size_t i = 0; i < count; ++i) {
      texts.push_back(One(i).substr(0, kArgumentTextBytes));
    }
    return texts;
  }

 private:
  ArgFormat Format(size_t i) const {
    return info_ != nullptr ? info_->args[i] : ArgFormat::kHex;
  }

  // The bits that the kernel looks at.
  uint64_t Bits(size_t i) const { return call_.args[i] & ArgBits(Format(i)); }
  uint32_t Low(size_t i) const { return static_cast<uint32_t>(call_.args[i]); }
  uint64_t Word(size_t i) const { return call_.args[i]; }

  // True iff the arguments before it keep the kernel from looking at it.
  bool IsUnused(size_t i) const {
    if (signature_ == nullptr) return false;
    switch (signature_->arguments[i].meaning) {
      case Meaning::kOpenMode:
        return !MakesFile(Low(i - 1));
      case Meaning::kFileCommandWord:
        switch (Low(1)) {
          case F_GETFD:
          case F_GETFL:
          case F_GETOWN:
          case F_GETSIG:
          case F_GETLEASE:
          case F_GETPIPE_SZ:
          case F_GET_SEALS:
            return true;
          default:
            return false;
        }
      default:
        return false;
    }
  }

  std::string One(size_t i) const {
    if (signature_ == nullptr) return Plain(i);
    const Argument argument = signature_->arguments[i];
    switch (argument.meaning) {
      case Meaning::kNamedValue:
        return Named(argument.names, i);
      case Meaning::kNamedFlags:
        return FlagNames(argument.names, Bits(i));
      default:
        return IsStructure(argument.meaning) ? Structure(argument.meaning, i)
                                             : Scalar(argument.meaning, i);
    }
  }

  std::string Plain(size_t i) const {
    const ArgFormat format = Format(i);
    if (format == ArgFormat::kPath) return structures_.Text(Word(i));
    if (format == ArgFormat::kPointer && Word(i) == 0) return "NULL";
    char text[32];
    FormatArgument(format, Word(i), text, sizeof(text));
    return text;
  }

  // A number without a name is what the table says: -1, not 4294967295.
  std::string Named(NameSet names, size_t i) const {
    const uint64_t value = Bits(i);
    const bool negative =
        Format(i) == ArgFormat::kInt && static_cast<int32_t>(value) < 0;
    if (!negative) return ValueName(names, value);
    for (const NamedValue& named : NamesOf(names)) {
      if (named.value == value) return named.name;
    }
    return Plain(i);
  }

  std::string Scalar(Meaning meaning, size_t i) const {
    switch (meaning) {
      case Meaning::kOpenFlags:
        return OpenFlagsText(Bits(i));
      case Meaning::kNodeMode:
        return NodeMode(Low(i));
      case Meaning::kSocketType:
        return SocketType(Low(i));
      case Meaning::kProtocol:
        return Protocol(Low(0), Low(i));
      case Meaning::kMappingFlags:
        return With(ValueName(NameSet::kMappingTypes, Word(i) & MAP_TYPE),
                    NameSet::kMappingFlags, Word(i) & ~uint64_t{MAP_TYPE});
      case Meaning::kCloneFlags:
        return CloneFlagsText(Word(i));
      case Meaning::kFutexCommand:
        return FutexCommand(Low(i));
      case Meaning::kFutexTime:
        return FutexTime(i);
      case Meaning::kSocketOption:
        return SocketOption(Low(1), Low(i));
      case Meaning::kFileCommandWord:
        return FileCommandWord(i);
      case Meaning::kControlWord:
        return ControlWord(i);
      default:
        return Plain(i);
    }
  }

  static bool IsStructure(Meaning meaning) {
    return meaning >= Meaning::kText && meaning < Meaning::kNamedValue;
  }

  std::string Structure(Meaning meaning, size_t i) const;

  std::string NodeMode(uint32_t mode) const {
    char rights[24];
    snprintf(rights, sizeof(rights), "0o%o", mode & ~uint32_t{S_IFMT});
    const uint32_t type = mode & S_IFMT;
    return type == 0 ? rights
                     : ValueName(NameSet::kFileTypes, type) + "|" + rights;
  }

  // A time only to commands that wait; to others a number.
  std::string FutexTime(size_t i) const {
    switch (Low(1) & ~uint32_t{FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME}) {
      case FUTEX_WAIT:
      case FUTEX_WAIT_BITSET:
      case FUTEX_LOCK_PI:
      case FUTEX_LOCK_PI2:
      case FUTEX_WAIT_REQUEUE_PI:
        return structures_.TimeSpan(Word(i));
      default:
        return Plain(i);
    }
  }

  std::string FileCommandWord(size_t i) const {
    switch (Low(1)) {
      case F_SETFL:
        return FlagNames(NameSet::kOpenFlags, Low(i));
      case F_SETFD:
        return FlagNames(NameSet::kDescriptorFlags, Low(i));
      case F_ADD_SEALS:
        return FlagNames(NameSet::kSeals, Low(i));
      case F_GETLK:
      case F_SETLK:
      case F_SETLKW:
      case F_OFD_GETLK:
      case F_OFD_SETLK:
      case F_OFD_SETLKW:
        return structures_.FileLock(Word(i));
      case F_SETLEASE:
        return ValueName(NameSet::kLockTypes, Low(i));
      case F_SETSIG:
        return ValueName(NameSet::kSignals, Low(i));
      case F_DUPFD:
      case F_DUPFD_CLOEXEC:
      case F_SETOWN:
      case F_SETPIPE_SZ:
        return std::to_string(static_cast<int32_t>(Low(i)));
      default:
        return Plain(i);
    }
  }

  std::string ControlWord(size_t i) const {
    const uint32_t option = Low(0);
    if (i == 2) {
      const bool filter =
          option == PR_SET_SECCOMP && Word(1) == SECCOMP_MODE_FILTER;
      return filter ? structures_.FilterCode(Word(i)) : Plain(i);
    }
    switch (option) {
      case PR_SET_NAME:
        return structures_.Text(Word(i));
      case PR_SET_PDEATHSIG:
        return ValueName(NameSet::kSignals, Low(i));
      case PR_CAPBSET_READ:
      case PR_CAPBSET_DROP:
        return ValueName(NameSet::kCapabilities, Word(i));
      default:
        return Plain(i);
    }
  }

  const Violation& call_;
  const StructureText structures_;
  const SyscallInfo* info_;
  const Signature* signature_;
};

std::string Decoder::Structure(Meaning meaning, size_t i) const {
  const uint64_t address = Word(i);
  const uint64_t before = i > 0 ? Word(i - 1) : 0;
  const uint64_t after = i < 5 ? Bits(i + 1) : 0;
  switch (meaning) {
    case Meaning::kText:
      return structures_.Text(address);
    case Meaning::kWords:
      return structures_.Words(address);
    case Meaning::kSocketAddress:
      return structures_.SocketAddress(address, Low(i + 1));
    case Meaning::kSocketOptionValue:
      return structures_.SocketOptionValue(address, Low(i + 1), Low(1), Low(2));
    case Meaning::kMessage:
      return structures_.Message(address);
    case Meaning::kMessages:
      return structures_.Messages(address, after);
    case Meaning::kParts:
      return structures_.Parts(address, after);
    case Meaning::kTimeSpan:
      return structures_.TimeSpan(address);
    case Meaning::kFileTimes:
      return structures_.FileTimes(address);
    case Meaning::kTimerSpans:
      return structures_.TimerSpans(address);
    case Meaning::kTimeValue:
      return structures_.TimeValue(address);
    case Meaning::kFileTimeValues:
      return structures_.FileTimeValues(address);
    case Meaning::kTimerValues:
      return structures_.TimerValues(address);
    case Meaning::kClockAdjustment:
      return structures_.ClockAdjustment(address);
    case Meaning::kLimits:
      return structures_.Limits(address);
    case Meaning::kSignalSet:
      return structures_.SignalSet(address);
    case Meaning::kSignalAction:
      return structures_.SignalAction(address);
    case Meaning::kSignalEvent:
      return structures_.SignalEvent(address);
    case Meaning::kSignalInfo:
      return structures_.SignalInfo(address);
    case Meaning::kSignalStack:
      return structures_.SignalStack(address);
    case Meaning::kPollEvent:
      return structures_.PollEvent(address);
    case Meaning::kPollList:
      return structures_.PollList(address, after);
    case Meaning::kDescriptorSet:
      return structures_.BitSet(address, Low(0));
    case Meaning::kOpenHow:
      return structures_.OpenHow(address, after);
    case Meaning::kCloneArguments:
      return structures_.CloneArguments(address, after);
    case Meaning::kMountAttributes:
      return structures_.MountAttributes(address, after);
    case Meaning::kPriority:
      return structures_.Priority(address);
    case Meaning::kScheduling:
      return structures_.Scheduling(address);
    case Meaning::kProcessors:
      return structures_.BitSet(address, 8 * (before & 0xffffffff));
    case Meaning::kCapabilityHeader:
      return structures_.CapabilityHeader(address);
    case Meaning::kCapabilities:
      return structures_.Capabilities(address);
    case Meaning::kQueueAttributes:
      return structures_.QueueAttributes(address);
    case Meaning::kRingParameters:
      return structures_.RingParameters(address);
    case Meaning::kCounterAttributes:
      return structures_.CounterAttributes(address);
    case Meaning::kFilterCode:
      return Low(0) == SECCOMP_SET_MODE_FILTER ? structures_.FilterCode(address)
                                               : Plain(i);
    case Meaning::kFileHandle:
      return structures_.FileHandle(address);
    case Meaning::kSemaphoreSteps:
      return structures_.SemaphoreSteps(address, after);
    case Meaning::kIds:
      return structures_.Ids(address, before & 0xffffffff);
    default:
      return Plain(i);
  }
}

}  // namespace

std::vector<std::string> DecodeArguments(const Violation& call,
                                         const MemoryReader& memory) {
  return Decoder(call, memory).All();
}

}  // namespace cellblock
