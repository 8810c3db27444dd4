// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/argument_decoder.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <string_view>

#include "jail/syscall_table.h"
#include "tools/jailrun/argument_names.h"

namespace cellblock {
namespace {

constexpr size_t kMostText = 96;     // bytes of one string
constexpr size_t kMostWords = 6;     // of an argument vector
constexpr size_t kMostParts = 1024;  // of a scattered buffer: the kernel's own

// What an argument means beyond its register.
enum class Meaning : uint8_t {
  kPlain,  // as the table of calls formats it; paths are read
  kText,   // a NUL-terminated string
  kWords,  // a vector of strings
  kOpenFlags,
  kSocketType,
  kProtocol,  // of the domain in the first argument
  kMappingFlags,
  kCloneFlags,
  kFutexCommand,
  kSocketOption,     // of the level in the second argument
  kFileCommandWord,  // what the command in the second argument takes
  kControlWord,      // what the prctl option in the first argument takes
  kSocketAddress,    // its length is the next argument
  kMessage,          // a msghdr
  kParts,            // iovecs; their count is the next argument
  kTimeSpan,
  kLimits,
  kNamedValue,  // from here on with a NameSet
  kNamedFlags,
};

struct Argument {
  Meaning meaning = Meaning::kPlain;
  NameSet names = NameSet::kOpenFlags;
};

using enum Meaning;

consteval Argument Value(NameSet names) { return {kNamedValue, names}; }
consteval Argument Flags(NameSet names) { return {kNamedFlags, names}; }
constexpr Argument kAsIs{kPlain};

struct Signature {
  std::string_view name;
  std::array<Argument, 6> arguments;
};

// Calls whose arguments are more than the table of calls says.
constexpr Signature kSignatures[] = {
    {"access", {kAsIs, Flags(NameSet::kAccessModes)}},
    {"add_key", {Argument{kText}, Argument{kText}}},
    {"arch_prctl", {Value(NameSet::kArchControls)}},
    {"bind", {kAsIs, Argument{kSocketAddress}}},
    {"bpf", {Value(NameSet::kBpfCommands)}},
    {"clock_getres", {Value(NameSet::kClocks)}},
    {"clock_gettime", {Value(NameSet::kClocks)}},
    {"clock_nanosleep", {Value(NameSet::kClocks), kAsIs, Argument{kTimeSpan}}},
    {"clock_settime", {Value(NameSet::kClocks), Argument{kTimeSpan}}},
    {"clone", {Argument{kCloneFlags}}},
    {"connect", {kAsIs, Argument{kSocketAddress}}},
    {"epoll_ctl", {kAsIs, Value(NameSet::kPollCommands)}},
    {"execve", {Argument{kText}, Argument{kWords}}},
    {"execveat",
     {kAsIs, Argument{kText}, Argument{kWords}, kAsIs,
      Flags(NameSet::kAtFlags)}},
    {"faccessat", {kAsIs, kAsIs, Flags(NameSet::kAccessModes)}},
    {"faccessat2",
     {kAsIs, kAsIs, Flags(NameSet::kAccessModes), Flags(NameSet::kAtFlags)}},
    {"fchownat", {kAsIs, kAsIs, kAsIs, kAsIs, Flags(NameSet::kAtFlags)}},
    {"fcntl",
     {kAsIs, Value(NameSet::kFileCommands), Argument{kFileCommandWord}}},
    {"flock", {kAsIs, Flags(NameSet::kLockActions)}},
    {"futex", {kAsIs, Argument{kFutexCommand}}},
    {"getpriority", {Value(NameSet::kPriorityKinds)}},
    {"getrandom", {kAsIs, kAsIs, Flags(NameSet::kRandomFlags)}},
    {"getrlimit", {Value(NameSet::kResources)}},
    {"getsockopt",
     {kAsIs, Value(NameSet::kSocketLevels), Argument{kSocketOption}}},
    {"ioctl", {kAsIs, Value(NameSet::kIoControls)}},
    {"keyctl", {Value(NameSet::kKeyCommands)}},
    {"kill", {kAsIs, Value(NameSet::kSignals)}},
    {"linkat", {kAsIs, kAsIs, kAsIs, kAsIs, Flags(NameSet::kAtFlags)}},
    {"lseek", {kAsIs, kAsIs, Value(NameSet::kSeekOrigins)}},
    {"madvise", {kAsIs, kAsIs, Value(NameSet::kMemoryAdvice)}},
    {"memfd_create", {Argument{kText}, Flags(NameSet::kMemfdFlags)}},
    {"mmap",
     {kAsIs, kAsIs, Flags(NameSet::kProtections), Argument{kMappingFlags}}},
    {"mount",
     {Argument{kText}, Argument{kText}, Argument{kText},
      Flags(NameSet::kMountFlags)}},
    {"mprotect", {kAsIs, kAsIs, Flags(NameSet::kProtections)}},
    {"mremap", {kAsIs, kAsIs, kAsIs, Flags(NameSet::kRemapFlags)}},
    {"nanosleep", {Argument{kTimeSpan}}},
    {"newfstatat", {kAsIs, kAsIs, kAsIs, Flags(NameSet::kAtFlags)}},
    {"open", {kAsIs, Argument{kOpenFlags}}},
    {"openat", {kAsIs, kAsIs, Argument{kOpenFlags}}},
    {"pidfd_send_signal", {kAsIs, Value(NameSet::kSignals)}},
    {"pipe2", {kAsIs, Flags(NameSet::kPipeFlags)}},
    {"pkey_mprotect", {kAsIs, kAsIs, Flags(NameSet::kProtections)}},
    {"prctl", {Value(NameSet::kProcessControls), Argument{kControlWord}}},
    {"preadv", {kAsIs, Argument{kParts}}},
    {"prlimit64", {kAsIs, Value(NameSet::kResources), Argument{kLimits}}},
    {"process_vm_readv", {kAsIs, Argument{kParts}, kAsIs, Argument{kParts}}},
    {"process_vm_writev", {kAsIs, Argument{kParts}, kAsIs, Argument{kParts}}},
    {"ptrace", {Value(NameSet::kTraceRequests)}},
    {"pwritev", {kAsIs, Argument{kParts}}},
    {"readv", {kAsIs, Argument{kParts}}},
    {"recvfrom", {kAsIs, kAsIs, kAsIs, Flags(NameSet::kMessageFlags)}},
    {"recvmsg", {kAsIs, kAsIs, Flags(NameSet::kMessageFlags)}},
    {"request_key", {Argument{kText}, Argument{kText}, Argument{kText}}},
    {"rt_sigaction", {Value(NameSet::kSignals)}},
    {"rt_sigprocmask", {Value(NameSet::kMaskActions)}},
    {"rt_sigqueueinfo", {kAsIs, Value(NameSet::kSignals)}},
    {"rt_tgsigqueueinfo", {kAsIs, kAsIs, Value(NameSet::kSignals)}},
    {"seccomp", {Value(NameSet::kSeccompCommands)}},
    {"sendmsg", {kAsIs, Argument{kMessage}, Flags(NameSet::kMessageFlags)}},
    {"sendto",
     {kAsIs, kAsIs, kAsIs, Flags(NameSet::kMessageFlags),
      Argument{kSocketAddress}}},
    {"sethostname", {Argument{kText}}},
    {"setpriority", {Value(NameSet::kPriorityKinds)}},
    {"setrlimit", {Value(NameSet::kResources), Argument{kLimits}}},
    {"setsockopt",
     {kAsIs, Value(NameSet::kSocketLevels), Argument{kSocketOption}}},
    {"shutdown", {kAsIs, Value(NameSet::kShutdownModes)}},
    {"socket",
     {Value(NameSet::kDomains), Argument{kSocketType}, Argument{kProtocol}}},
    {"socketpair",
     {Value(NameSet::kDomains), Argument{kSocketType}, Argument{kProtocol}}},
    {"tgkill", {kAsIs, kAsIs, Value(NameSet::kSignals)}},
    {"timer_create", {Value(NameSet::kClocks)}},
    {"timerfd_create", {Value(NameSet::kClocks), Flags(NameSet::kPipeFlags)}},
    {"tkill", {kAsIs, Value(NameSet::kSignals)}},
    {"unlinkat", {kAsIs, kAsIs, Flags(NameSet::kAtFlags)}},
    {"unshare", {Flags(NameSet::kCloneFlags)}},
    {"setns", {kAsIs, Flags(NameSet::kCloneFlags)}},
    {"vmsplice", {kAsIs, Argument{kParts}}},
    {"wait4", {kAsIs, kAsIs, Flags(NameSet::kWaitFlags)}},
    {"waitid", {kAsIs, kAsIs, kAsIs, Flags(NameSet::kWaitFlags)}},
    {"writev", {kAsIs, Argument{kParts}}},
};

std::string Hex(uint64_t value) {
  char text[24];
  snprintf(text, sizeof(text), "0x%" PRIx64, value);
  return text;
}

std::string Decimal(int64_t value) { return std::to_string(value); }

// A value and the flags beside it: "SOCK_STREAM|SOCK_CLOEXEC".
std::string With(std::string value, NameSet names, uint64_t flags) {
  if (flags != 0) value += "|" + FlagNames(names, flags);
  return value;
}

// Printable ASCII in double quotes, all else as \xNN; "..." if there is more.
std::string Shown(std::string_view text, bool ended) {
  std::string shown = "\"";
  for (const char c : text) {
    if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
      shown += c;
      continue;
    }
    char escaped[8];
    snprintf(escaped, sizeof(escaped), "\\x%02x",
             static_cast<unsigned char>(c));
    shown += escaped;
  }
  return shown + (ended ? "\"" : "\"...");
}

class Decoder {
 public:
  Decoder(const Violation& call, const MemoryReader& memory)
      : call_(call),
        memory_(memory),
        info_(FindSyscall(call.number)),
        signature_(FindSignature()) {}

  std::vector<std::string> All() const {
    const size_t count = info_ != nullptr ? info_->arg_count : 6;
    std::vector<std::string> texts;
    for (size_t i = 0; i < count; ++i) {
      texts.push_back(One(i).substr(0, kArgumentTextBytes));
    }
    return texts;
  }

 private:
  const Signature* FindSignature() const {
    if (info_ == nullptr) return nullptr;
    for (const Signature& signature : kSignatures) {
      if (signature.name == info_->name) return &signature;
    }
    return nullptr;
  }

  // The half that the kernel looks at where the type is an int.
  uint32_t Low(size_t i) const { return static_cast<uint32_t>(call_.args[i]); }

  std::string One(size_t i) const {
    if (signature_ == nullptr) return Plain(i);
    const Argument argument = signature_->arguments[i];
    switch (argument.meaning) {
      case kPlain:
        return Plain(i);
      case kText:
        return Text(call_.args[i]);
      case kWords:
        return Words(call_.args[i]);
      case kOpenFlags:
        return OpenFlags(Low(i));
      case kSocketType:
        return SocketType(Low(i));
      case kProtocol:
        return Protocol(Low(0), Low(i));
      case kMappingFlags:
        return With(ValueName(NameSet::kMappingTypes, Low(i) & MAP_TYPE),
                    NameSet::kMappingFlags,
                    call_.args[i] & ~uint64_t{MAP_TYPE});
      case kCloneFlags:
        return CloneFlags(call_.args[i]);
      case kFutexCommand:
        return FutexCommand(Low(i));
      case kSocketOption:
        return Low(1) == SOL_SOCKET ? ValueName(NameSet::kSocketOptions, Low(i))
                                    : std::to_string(Low(i));
      case kFileCommandWord:
        return FileCommandWord(i);
      case kControlWord:
        return ControlWord(i);
      case kSocketAddress:
        return SocketAddress(call_.args[i], Low(i + 1));
      case kMessage:
        return Message(call_.args[i]);
      case kParts:
        return Parts(call_.args[i], call_.args[i + 1]);
      case kTimeSpan:
        return TimeSpan(call_.args[i]);
      case kLimits:
        return Limits(call_.args[i]);
      case kNamedValue:
        return ValueName(argument.names, Low(i));
      case kNamedFlags:
        return FlagNames(argument.names, Low(i));
    }
    return Plain(i);
  }

  std::string Plain(size_t i) const {
    const ArgFormat format =
        info_ != nullptr ? info_->args[i] : ArgFormat::kHex;
    if (format == ArgFormat::kPath) return Text(call_.args[i]);
    char text[32];
    FormatArgument(format, call_.args[i], text, sizeof(text));
    return text;
  }

  std::string Text(uint64_t address) const {
    if (address == 0) return "NULL";
    const auto found = ReadText(memory_, address, kMostText);
    return found ? Shown(found->text, found->ended) : Hex(address);
  }

  std::string Words(uint64_t address) const {
    if (address == 0) return "NULL";
    std::string text = "[";
    for (size_t i = 0; i <= kMostWords; ++i) {
      const auto word = memory_.Get<uint64_t>(address + 8 * i);
      if (!word) return i == 0 ? Hex(address) : text + ", ?]";
      if (*word == 0) break;
      if (i != 0) text += ", ";
      if (i == kMostWords) {
        text += "...";
        break;
      }
      text += Text(*word);
    }
    return text + "]";
  }

  static std::string OpenFlags(uint32_t value) {
    const bool read_only = (value & O_ACCMODE) == O_RDONLY;
    return read_only ? With("O_RDONLY", NameSet::kOpenFlags, value)
                     : FlagNames(NameSet::kOpenFlags, value);
  }

  static std::string SocketType(uint32_t value) {
    std::string text = ValueName(NameSet::kSocketTypes, value & 0xf);
    if ((value & SOCK_CLOEXEC) != 0) text += "|SOCK_CLOEXEC";
    if ((value & SOCK_NONBLOCK) != 0) text += "|SOCK_NONBLOCK";
    const uint32_t rest = value & ~(0xfu | SOCK_CLOEXEC | SOCK_NONBLOCK);
    return rest == 0 ? text : text + "|" + Hex(rest);
  }

  static std::string Protocol(uint32_t domain, uint32_t value) {
    if (domain == AF_NETLINK) {
      return ValueName(NameSet::kNetlinkProtocols, value);
    }
    if (value != 0 && (domain == AF_INET || domain == AF_INET6)) {
      return ValueName(NameSet::kInternetProtocols, value);
    }
    return std::to_string(value);
  }

  // The low byte is the signal of the child's end.
  static std::string CloneFlags(uint64_t value) {
    constexpr uint64_t kSignal = 0xff;
    std::string text;
    if ((value & ~kSignal) != 0) {
      text = FlagNames(NameSet::kCloneFlags, value & ~kSignal);
    }
    if ((value & kSignal) != 0) {
      text += text.empty() ? "" : "|";
      text += ValueName(NameSet::kSignals, value & kSignal);
    }
    return text.empty() ? "0" : text;
  }

  static std::string FutexCommand(uint32_t value) {
    std::string text =
        ValueName(NameSet::kFutexCommands,
                  value & ~uint32_t{FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME});
    if ((value & FUTEX_PRIVATE_FLAG) != 0) text += "|FUTEX_PRIVATE_FLAG";
    if ((value & FUTEX_CLOCK_REALTIME) != 0) text += "|FUTEX_CLOCK_REALTIME";
    return text;
  }

  std::string FileCommandWord(size_t i) const {
    switch (Low(1)) {
      case F_SETFL:
        return FlagNames(NameSet::kOpenFlags, Low(i));
      case F_ADD_SEALS:
        return FlagNames(NameSet::kSeals, Low(i));
      default:
        return Plain(i);
    }
  }

  std::string ControlWord(size_t i) const {
    switch (Low(0)) {
      case PR_SET_NAME:
        return Text(call_.args[i]);
      case PR_SET_PDEATHSIG:
        return ValueName(NameSet::kSignals, Low(i));
      default:
        return Plain(i);
    }
  }

  std::string SocketAddress(uint64_t address, uint32_t length) const {
    if (address == 0) return "NULL";
    union {
      sockaddr any;
      sockaddr_un local;
      sockaddr_in internet;
      sockaddr_in6 internet6;
      sockaddr_nl netlink;
      char bytes[sizeof(sockaddr_un) + 1];
    } copy = {};
    const size_t wanted = std::min<size_t>(length, sizeof(sockaddr_un));
    const size_t got = memory_.Read(address, copy.bytes, wanted);
    if (got < sizeof(sa_family_t)) return Hex(address);
    const std::string family = ValueName(NameSet::kDomains, copy.any.sa_family);
    std::string rest;
    switch (copy.any.sa_family) {
      case AF_UNIX:
        rest = LocalName(copy.local.sun_path,
                         got - offsetof(sockaddr_un, sun_path));
        break;
      case AF_INET:
        if (got >= sizeof(sockaddr_in)) rest = Endpoint(copy.internet);
        break;
      case AF_INET6:
        if (got >= sizeof(sockaddr_in6)) rest = Endpoint(copy.internet6);
        break;
      case AF_NETLINK:
        if (got < sizeof(sockaddr_nl)) break;
        rest = "pid " + std::to_string(copy.netlink.nl_pid) + ", groups " +
               Hex(copy.netlink.nl_groups);
        break;
      default:
        break;
    }
    return "{" + family + (rest.empty() ? "" : ", " + rest) + "}";
  }

  // A path, or a name in the abstract space, which begins with NUL.
  static std::string LocalName(const char* path, size_t bytes) {
    if (bytes == 0) return {};
    if (path[0] == '\0' && bytes > 1) {
      return "@" + Shown(std::string_view(path + 1, bytes - 1), true);
    }
    const size_t length = strnlen(path, bytes);
    return Shown(std::string_view(path, length), true);
  }

  static std::string Endpoint(const sockaddr_in& address) {
    char text[INET_ADDRSTRLEN] = {};
    inet_ntop(AF_INET, &address.sin_addr, text, sizeof(text));
    return std::string(text) + ":" + std::to_string(ntohs(address.sin_port));
  }

  static std::string Endpoint(const sockaddr_in6& address) {
    char text[INET6_ADDRSTRLEN] = {};
    inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof(text));
    return "[" + std::string(text) +
           "]:" + std::to_string(ntohs(address.sin6_port));
  }

  std::string Message(uint64_t address) const {
    if (address == 0) return "NULL";
    const auto header = memory_.Get<msghdr>(address);
    if (!header) return Hex(address);
    return "{name=" +
           SocketAddress(reinterpret_cast<uint64_t>(header->msg_name),
                         header->msg_namelen) +
           ", parts=" +
           Parts(reinterpret_cast<uint64_t>(header->msg_iov),
                 header->msg_iovlen) +
           ", control=" + std::to_string(header->msg_controllen) + " bytes}";
  }

  std::string Parts(uint64_t address, uint64_t count) const {
    if (address == 0) return "NULL";
    if (count > kMostParts) return Hex(address);
    uint64_t bytes = 0;
    for (uint64_t i = 0; i < count; ++i) {
      const auto part = memory_.Get<iovec>(address + i * sizeof(iovec));
      if (!part) return Hex(address);
      bytes += part->iov_len;
    }
    return "{" + std::to_string(count) + (count == 1 ? " part, " : " parts, ") +
           std::to_string(bytes) + " bytes}";
  }

  std::string TimeSpan(uint64_t address) const {
    if (address == 0) return "NULL";
    const auto span = memory_.Get<timespec>(address);
    if (!span) return Hex(address);
    return "{" + Decimal(span->tv_sec) + " s, " + Decimal(span->tv_nsec) +
           " ns}";
  }

  std::string Limits(uint64_t address) const {
    if (address == 0) return "NULL";
    const auto limits = memory_.Get<rlimit>(address);
    if (!limits) return Hex(address);
    const auto text = [](rlim_t limit) {
      return limit == RLIM_INFINITY ? "unlimited" : std::to_string(limit);
    };
    return "{soft " + text(limits->rlim_cur) + ", hard " +
           text(limits->rlim_max) + "}";
  }

  const Violation& call_;
  const MemoryReader& memory_;
  const SyscallInfo* info_;
  const Signature* signature_;
};

}  // namespace

std::vector<std::string> DecodeArguments(const Violation& call,
                                         const MemoryReader& memory) {
  return Decoder(call, memory).All();
}

}  // namespace cellblock
