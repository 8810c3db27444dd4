// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Strings, and what calls on sockets take.

#include "tools/jailrun/argument_structures.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <algorithm>
#include <cinttypes>
#include <cstddef>
#include <cstdio>

#include "tools/jailrun/argument_list.h"
#include "tools/jailrun/argument_names.h"

namespace cellblock {
namespace {

constexpr uint64_t kMostParts = 1024;  // of a scattered buffer: the kernel's

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

// A path, or a name in the abstract space, which begins with NUL.
std::string LocalName(const char* path, size_t bytes) {
  if (bytes == 0) return {};
  if (path[0] == '\0' && bytes > 1) {
    return "@" + Shown(std::string_view(path + 1, bytes - 1), true);
  }
  const size_t length = strnlen(path, bytes);
  return Shown(std::string_view(path, length), true);
}

std::string Endpoint(const sockaddr_in& address) {
  char text[INET_ADDRSTRLEN] = {};
  inet_ntop(AF_INET, &address.sin_addr, text, sizeof(text));
  return std::string(text) + ":" + std::to_string(ntohs(address.sin_port));
}

std::string Endpoint(const sockaddr_in6& address) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof(text));
  return "[" + std::string(text) +
         "]:" + std::to_string(ntohs(address.sin6_port));
}

}  // namespace

std::string OpenFlagsText(uint64_t flags) {
  if ((flags & O_ACCMODE) != O_RDONLY) {
    return FlagNames(NameSet::kOpenFlags, flags);
  }
  return flags == 0 ? "O_RDONLY"
                    : "O_RDONLY|" + FlagNames(NameSet::kOpenFlags, flags);
}

std::string CloneFlagsText(uint64_t flags) {
  constexpr uint64_t kSignal = 0xff;
  std::string text;
  if ((flags & ~kSignal) != 0) {
    text = FlagNames(NameSet::kCloneFlags, flags & ~kSignal);
  }
  if ((flags & kSignal) != 0) {
    text += text.empty() ? "" : "|";
    text += ValueName(NameSet::kSignals, flags & kSignal);
  }
  return text.empty() ? "0" : text;
}

std::string StructureText::Text(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto found = ReadText(memory_, address, kMostText);
  return found ? Shown(found->text, found->ended) : HexText(address);
}

std::string StructureText::Words(uint64_t address) const {
  if (address == 0) return "NULL";
  std::string text = "[";
  for (uint64_t i = 0; i <= kMostListed; ++i) {
    const auto word = memory_.Get<uint64_t>(address + 8 * i);
    if (!word) return i == 0 ? HexText(address) : text + ", ?]";
    if (*word == 0) break;
    if (i != 0) text += ", ";
    if (i == kMostListed) {
      text += "...";
      break;
    }
    text += Text(*word);
  }
  return text + "]";
}

std::string StructureText::SocketAddress(uint64_t address,
                                         uint32_t length) const {
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
  if (got < sizeof(sa_family_t)) return HexText(address);
  const std::string family = ValueName(NameSet::kDomains, copy.any.sa_family);
  std::string rest;
  switch (copy.any.sa_family) {
    case AF_UNIX:
      rest =
          LocalName(copy.local.sun_path, got - offsetof(sockaddr_un, sun_path));
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
             HexText(copy.netlink.nl_groups);
      break;
    default:
      break;
  }
  return "{" + family + (rest.empty() ? "" : ", " + rest) + "}";
}

std::string StructureText::Message(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto header = memory_.Get<msghdr>(address);
  if (!header) return HexText(address);
  return "{name=" +
         SocketAddress(reinterpret_cast<uint64_t>(header->msg_name),
                       header->msg_namelen) +
         ", parts=" +
         Parts(reinterpret_cast<uint64_t>(header->msg_iov),
               header->msg_iovlen) +
         ", control=" + std::to_string(header->msg_controllen) + " bytes}";
}

std::string StructureText::Messages(uint64_t address, uint64_t count) const {
  return ListText<mmsghdr>(
      memory_, address, count,
      [this](uint64_t at, const mmsghdr&) { return Message(at); });
}

std::string StructureText::Parts(uint64_t address, uint64_t count) const {
  if (address == 0) return "NULL";
  if (count > kMostParts) return HexText(address);
  uint64_t bytes = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const auto part = memory_.Get<iovec>(address + i * sizeof(iovec));
    if (!part) return HexText(address);
    bytes += part->iov_len;
  }
  return "{" + std::to_string(count) + (count == 1 ? " part, " : " parts, ") +
         std::to_string(bytes) + " bytes}";
}

std::string StructureText::SocketOptionValue(uint64_t address, uint32_t length,
                                             uint32_t level,
                                             uint32_t option) const {
  if (address == 0) return "NULL";
  const bool of_socket = level == SOL_SOCKET;
  if (of_socket && (option == SO_RCVTIMEO || option == SO_SNDTIMEO)) {
    return TimeValue(address);
  }
  if (of_socket && option == SO_LINGER) {
    const auto wait = memory_.Get<linger>(address);
    if (!wait) return HexText(address);
    return "{on=" + std::to_string(wait->l_onoff) +
           ", seconds=" + std::to_string(wait->l_linger) + "}";
  }
  if (of_socket && option == SO_BINDTODEVICE) return Text(address);
  if (level == IPPROTO_TCP && (option == 13 || option == 31)) {
    return Text(address);  // TCP_CONGESTION, TCP_ULP
  }
  if (length != sizeof(int32_t)) return HexText(address);
  const auto value = memory_.Get<int32_t>(address);
  return value ? "[" + std::to_string(*value) + "]" : HexText(address);
}

}  // namespace cellblock
