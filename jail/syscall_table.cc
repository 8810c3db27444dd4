// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/syscall_table.h"

#include <fcntl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>

namespace cellblock {
namespace {

// The argument count is the number of formats, so that the two cannot differ.
template <typename... Formats>
consteval SyscallInfo Row(uint16_t number, const char* name, SyscallGroup group,
                          Formats... formats) {
  static_assert(sizeof...(formats) <= 6);
  return {number, name, sizeof...(formats), group, {formats...}};
}

using enum SyscallGroup;
using enum ArgFormat;

constexpr SyscallInfo kSyscalls[] = {
#include "jail/syscall_table.inc"
};

consteval bool NumbersRise() {
  for (size_t i = 1; i < std::size(kSyscalls); ++i) {
    if (kSyscalls[i - 1].number >= kSyscalls[i].number) return false;
  }
  return true;
}
static_assert(NumbersRise(), "FindSyscall searches by halving");

struct GroupText {
  SyscallGroup group;
  const char* name;
  const char* reason;
};

constexpr GroupText kGroups[] = {
    {kDescriptorIo, "descriptor-io", "uses or changes an open descriptor"},
    {kFileOpen, "file-open", "opens a file or enters a directory"},
    {kFileMetadata, "file-metadata", "looks up or watches files"},
    {kFileChange, "file-change", "creates, removes or changes files"},
    {kMemory, "memory", "asks the kernel for memory or changes a mapping"},
    {kExecute, "execute", "loads or runs another program"},
    {kProcess, "process", "starts, ends or waits for a process or thread"},
    {kProcessState, "process-state", "changes how the kernel treats it"},
    {kThread, "thread", "synchronises threads"},
    {kSignal, "signal", "sends, awaits or handles signals"},
    {kTime, "time", "reads a clock, sets a timer or sleeps"},
    {kInformation, "information",
     "asks the kernel for an identity, a measurement or random bytes"},
    {kCredentials, "credentials", "changes its identity, rights or session"},
    {kNetwork, "network",
     "opens or uses a channel to other processes or hosts"},
    {kIpc, "ipc", "shares memory, messages or pipes with other processes"},
    {kEvents, "events", "waits for events on descriptors"},
    {kScheduling, "scheduling", "reads or changes how threads are scheduled"},
    {kResourceLimits, "resource-limits", "reads or changes resource limits"},
    {kTracing, "tracing", "reaches into a process or watches it"},
    {kKernelAdmin, "kernel-admin", "administers the kernel or the machine"},
    {kNamespaces, "namespaces", "changes the mounts, root or namespaces"},
    {kAsyncIo, "async-io", "queues input or output past the filter"},
    {kKeys, "keys", "uses the kernel's key rings"},
    {kConfinement, "confinement", "changes its own confinement"},
    {kObsolete, "obsolete", "is a number without code in today's kernels"},
};
static_assert(std::size(kGroups) == kSyscallGroupCount);

consteval bool GroupsAreInOrder() {
  for (size_t i = 0; i < std::size(kGroups); ++i) {
    if (static_cast<size_t>(kGroups[i].group) != i) return false;
  }
  return true;
}
static_assert(GroupsAreInOrder(), "kGroups is indexed by the group's value");

// Text in a buffer of fixed size; what does not fit is dropped.
class BoundedText {
 public:
  BoundedText(char* buffer, size_t size) : buffer_(buffer), size_(size) {}

  void Put(char c) {
    if (length_ + 1 < size_) buffer_[length_++] = c;
  }

  void Put(const char* text) {
    while (*text != '\0') Put(*text++);
  }

  void PutNumber(uint64_t value, unsigned base) {
    char digits[22];  // 2^64 - 1 in base 8
    size_t count = 0;
    do {
      digits[count++] = "0123456789abcdef"[value % base];
      value /= base;
    } while (value != 0);
    while (count != 0) Put(digits[--count]);
  }

  void PutSigned(int64_t value) {
    uint64_t magnitude = static_cast<uint64_t>(value);
    if (value < 0) {
      Put('-');
      magnitude = 0 - magnitude;
    }
    PutNumber(magnitude, 10);
  }

  void PutHex(uint64_t value) {
    Put("0x");
    PutNumber(value, 16);
  }

  size_t Finish() {
    if (size_ != 0) buffer_[length_] = '\0';
    return length_;
  }

 private:
  char* buffer_;
  size_t size_;
  size_t length_ = 0;
};

void PutArg(ArgFormat format, uint64_t value, BoundedText& text) {
  const uint32_t low = static_cast<uint32_t>(value);
  const int32_t low_signed = static_cast<int32_t>(low);
  switch (format) {
    case kNone:
      return;
    case kInt:
      return text.PutSigned(low_signed);
    case kUnsigned:
      return text.PutNumber(low, 10);
    case kFlags:
      return text.PutHex(low);
    case kDescriptor:
      if (low_signed == AT_FDCWD) return text.Put("AT_FDCWD");
      return text.PutSigned(low_signed);
    case kOctalMode:
      text.Put("0o");
      return text.PutNumber(low, 8);
    case kLong:
      return text.PutSigned(static_cast<int64_t>(value));
    case kSize:
      return text.PutNumber(value, 10);
    case kHex:
    case kPointer:
    case kPath:
      return text.PutHex(value);
  }
}

const GroupText* FindGroup(SyscallGroup group) {
  const size_t index = static_cast<size_t>(group);
  return index < std::size(kGroups) ? &kGroups[index] : nullptr;
}

}  // namespace

const SyscallInfo* FindSyscall(uint32_t number) {
  const SyscallInfo* row = std::lower_bound(
      std::begin(kSyscalls), std::end(kSyscalls), number,
      [](const SyscallInfo& info, uint32_t n) { return info.number < n; });
  if (row == std::end(kSyscalls) || row->number != number) return nullptr;
  return row;
}

const SyscallInfo* FindSyscallByName(const char* name, size_t length) {
  const std::string_view wanted(name, length);
  for (const SyscallInfo& info : kSyscalls) {
    if (wanted == info.name) return &info;
  }
  return nullptr;
}

std::span<const SyscallInfo> AllSyscalls() { return kSyscalls; }

const char* GroupName(SyscallGroup group) {
  const GroupText* text = FindGroup(group);
  return text != nullptr ? text->name : "unknown";
}

const char* GroupReason(SyscallGroup group) {
  const GroupText* text = FindGroup(group);
  return text != nullptr ? text->reason : "is unknown";
}

size_t FormatSyscall(uint32_t number, const uint64_t args[6], char* buffer,
                     size_t size) {
  const SyscallInfo* info = FindSyscall(number);
  BoundedText text(buffer, size);
  if (info != nullptr) {
    text.Put(info->name);
  } else {
    text.Put("syscall_");
    text.PutNumber(number, 10);
  }
  text.Put('(');
  const size_t count = info != nullptr ? info->arg_count : 6;
  for (size_t i = 0; i < count; ++i) {
    if (i != 0) text.Put(", ");
    PutArg(info != nullptr ? info->args[i] : kHex, args[i], text);
  }
  text.Put(')');
  return text.Finish();
}

size_t FormatArgument(ArgFormat format, uint64_t value, char* buffer,
                      size_t size) {
  BoundedText text(buffer, size);
  PutArg(format, value, text);
  return text.Finish();
}

}  // namespace cellblock
