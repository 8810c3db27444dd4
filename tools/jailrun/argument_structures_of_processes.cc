// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Files, limits and what else calls on processes and the kernel take.

#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <sys/resource.h>

#include <bit>
#include <cinttypes>
#include <cstdio>

#include "tools/jailrun/argument_list.h"
#include "tools/jailrun/argument_names.h"
#include "tools/jailrun/argument_structures.h"

namespace cellblock {
namespace {

// As the kernel has them; its headers do not go with libc's.
struct KernelOpenHow {
  uint64_t flags, mode, resolve;
};

struct KernelCloneArguments {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size,
      tls;
};

struct KernelMountAttributes {
  uint64_t set, clear, propagation, user_namespace;
};

struct KernelScheduling {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};

struct KernelCapabilityHeader {
  uint32_t version;
  int32_t pid;
};

struct KernelCapabilities {
  uint32_t effective, permitted, inheritable;
};

struct KernelQueueAttributes {
  int64_t flags, most_messages, message_size, messages;
};

struct KernelRingParameters {
  uint32_t entries[2], flags;
};

struct KernelCounterAttributes {
  uint32_t type, size;
  uint64_t config;
};

struct KernelFileHandle {
  uint32_t bytes;
  int32_t type;
};

struct KernelSemaphoreStep {
  uint16_t number;
  int16_t operation, flags;
};

std::string Octal(uint64_t value) {
  char text[32];
  snprintf(text, sizeof(text), "0o%" PRIo64, value);
  return text;
}

std::string Capabilities(uint64_t set) {
  constexpr int kMostNamed = 8;
  if (set == 0) return "0";
  if (std::popcount(set) > kMostNamed) return HexText(set);
  std::string text;
  for (uint64_t bit = 0; bit < 64; ++bit) {
    if ((set >> bit & 1) == 0) continue;
    text += text.empty() ? "" : "|";
    text += ValueName(NameSet::kCapabilities, bit);
  }
  return text;
}

}  // namespace

std::string StructureText::OpenHow(uint64_t address, uint64_t length) const {
  if (address == 0) return "NULL";
  const auto how = GetPart<KernelOpenHow>(address, length, 24);
  if (!how) return HexText(address);
  return "{flags=" + OpenFlagsText(how->flags) + ", mode=" + Octal(how->mode) +
         ", resolve=" + FlagNames(NameSet::kResolveFlags, how->resolve) + "}";
}

std::string StructureText::CloneArguments(uint64_t address,
                                          uint64_t length) const {
  if (address == 0) return "NULL";
  const auto arguments = GetPart<KernelCloneArguments>(address, length, 64);
  if (!arguments) return HexText(address);
  return "{flags=" + FlagNames(NameSet::kCloneFlags, arguments->flags) +
         ", exit_signal=" +
         ValueName(NameSet::kSignals, arguments->exit_signal) +
         ", stack=" + HexText(arguments->stack) +
         ", stack_size=" + std::to_string(arguments->stack_size) + "}";
}

std::string StructureText::MountAttributes(uint64_t address,
                                           uint64_t length) const {
  if (address == 0) return "NULL";
  const auto attributes = GetPart<KernelMountAttributes>(address, length, 32);
  if (!attributes) return HexText(address);
  return "{set=" + FlagNames(NameSet::kMountAttributes, attributes->set) +
         ", clear=" + FlagNames(NameSet::kMountAttributes, attributes->clear) +
         ", propagation=" +
         FlagNames(NameSet::kMountFlags, attributes->propagation) + "}";
}

std::string StructureText::FileLock(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto lock = memory_.Get<struct flock>(address);
  if (!lock) return HexText(address);
  return "{" +
         ValueName(NameSet::kLockTypes, static_cast<uint16_t>(lock->l_type)) +
         ", " +
         ValueName(NameSet::kSeekOrigins,
                   static_cast<uint16_t>(lock->l_whence)) +
         ", start=" + std::to_string(lock->l_start) +
         ", length=" + std::to_string(lock->l_len) + "}";
}

std::string StructureText::FileHandle(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto handle = memory_.Get<KernelFileHandle>(address);
  if (!handle) return HexText(address);
  return "{type=" + std::to_string(handle->type) + ", " +
         std::to_string(handle->bytes) + " bytes}";
}

std::string StructureText::Limits(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto limits = memory_.Get<rlimit>(address);
  if (!limits) return HexText(address);
  const auto text = [](rlim_t limit) {
    return limit == RLIM_INFINITY ? "unlimited" : std::to_string(limit);
  };
  return "{soft=" + text(limits->rlim_cur) +
         ", hard=" + text(limits->rlim_max) + "}";
}

std::string StructureText::Priority(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto priority = memory_.Get<int32_t>(address);
  return priority ? "{priority=" + std::to_string(*priority) + "}"
                  : HexText(address);
}

std::string StructureText::Scheduling(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto scheduling = memory_.Get<KernelScheduling>(address);
  if (!scheduling) return HexText(address);
  return "{" + ValueName(NameSet::kSchedulers, scheduling->policy) +
         ", flags=" + FlagNames(NameSet::kSchedulingFlags, scheduling->flags) +
         ", nice=" + std::to_string(scheduling->nice) +
         ", priority=" + std::to_string(scheduling->priority) +
         ", runtime=" + std::to_string(scheduling->runtime) +
         ", deadline=" + std::to_string(scheduling->deadline) +
         ", period=" + std::to_string(scheduling->period) + "}";
}

std::string StructureText::CapabilityHeader(uint64_t address) const {
  constexpr uint32_t kThird = 0x20080522;
  if (address == 0) return "NULL";
  const auto header = memory_.Get<KernelCapabilityHeader>(address);
  if (!header) return HexText(address);
  return "{version=" +
         (header->version == kThird ? "3" : HexText(header->version)) +
         ", pid=" + std::to_string(header->pid) + "}";
}

// Of version 3, which has two halves.
std::string StructureText::Capabilities(uint64_t address) const {
  if (address == 0) return "NULL";
  struct Halves {
    KernelCapabilities low, high;
  };
  const auto sets = memory_.Get<Halves>(address);
  if (!sets) return HexText(address);
  const auto show = [&](uint32_t KernelCapabilities::*set) {
    return cellblock::Capabilities(uint64_t{sets->high.*set} << 32 |
                                   sets->low.*set);
  };
  return "{effective=" + show(&KernelCapabilities::effective) +
         ", permitted=" + show(&KernelCapabilities::permitted) +
         ", inheritable=" + show(&KernelCapabilities::inheritable) + "}";
}

std::string StructureText::QueueAttributes(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto attributes = memory_.Get<KernelQueueAttributes>(address);
  if (!attributes) return HexText(address);
  return "{messages=" + std::to_string(attributes->most_messages) +
         ", message_size=" + std::to_string(attributes->message_size) + "}";
}

std::string StructureText::RingParameters(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto parameters = memory_.Get<KernelRingParameters>(address);
  if (!parameters) return HexText(address);
  return "{flags=" + FlagNames(NameSet::kRingFlags, parameters->flags) + "}";
}

std::string StructureText::CounterAttributes(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto attributes = memory_.Get<KernelCounterAttributes>(address);
  if (!attributes) return HexText(address);
  return "{" + ValueName(NameSet::kCounterTypes, attributes->type) +
         ", config=" + HexText(attributes->config) + "}";
}

std::string StructureText::FilterCode(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto program = memory_.Get<sock_fprog>(address);
  if (!program) return HexText(address);
  return "{" + std::to_string(program->len) +
         (program->len == 1 ? " instruction}" : " instructions}");
}

std::string StructureText::SemaphoreSteps(uint64_t address,
                                          uint64_t count) const {
  return ListText<KernelSemaphoreStep>(
      memory_, address, count, [](uint64_t, const KernelSemaphoreStep& step) {
        return "{" + std::to_string(step.number) + ", " +
               std::to_string(step.operation) +
               ", flags=" + HexText(static_cast<uint16_t>(step.flags)) + "}";
      });
}

std::string StructureText::Ids(uint64_t address, uint64_t count) const {
  return ListText<uint32_t>(memory_, address, count, [](uint64_t, uint32_t id) {
    return std::to_string(id);
  });
}

}  // namespace cellblock
