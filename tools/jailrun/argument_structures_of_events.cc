// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Times, signals and events.

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>

#include <algorithm>
#include <bit>

#include "tools/jailrun/argument_list.h"
#include "tools/jailrun/argument_names.h"
#include "tools/jailrun/argument_structures.h"

namespace cellblock {
namespace {

// As the kernel has them, and libc not.
struct KernelSigaction {
  uint64_t handler;
  uint64_t flags;
  uint64_t restorer;
  uint64_t mask;
};

struct KernelEpollEvent {
  uint32_t events;
  uint32_t data[2];
};

struct KernelSigevent {
  uint64_t value;
  int32_t signal;
  int32_t notification;
};

struct KernelSiginfo {
  int32_t signal;
  int32_t error;
  int32_t code;
};

std::string Show(const timespec& span) {
  return "{" + std::to_string(span.tv_sec) + " s, " +
         std::to_string(span.tv_nsec) + " ns}";
}

std::string Show(const timeval& value) {
  return "{" + std::to_string(value.tv_sec) + " s, " +
         std::to_string(value.tv_usec) + " us}";
}

std::string ShowOfFile(const timespec& time) {
  if (time.tv_nsec == UTIME_NOW) return "UTIME_NOW";
  if (time.tv_nsec == UTIME_OMIT) return "UTIME_OMIT";
  return Show(time);
}

std::string ShowSignals(uint64_t mask) {
  std::string text = "[";
  for (uint64_t signal = 1; signal <= 64; ++signal) {
    if ((mask >> (signal - 1) & 1) == 0) continue;
    if (text.size() > 1) text += ", ";
    text += ValueName(NameSet::kSignals, signal);
  }
  return text + "]";
}

std::string ShowSignalSet(uint64_t mask) {
  if (mask == ~uint64_t{0}) return "all";
  return std::popcount(mask) <= 32 ? ShowSignals(mask)
                                   : "all but " + ShowSignals(~mask);
}

}  // namespace

std::string StructureText::TimeSpan(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto span = memory_.Get<timespec>(address);
  return span ? Show(*span) : HexText(address);
}

std::string StructureText::TimeValue(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto value = memory_.Get<timeval>(address);
  return value ? Show(*value) : HexText(address);
}

std::string StructureText::FileTimes(uint64_t address) const {
  return ListText<timespec>(
      memory_, address, 2,
      [](uint64_t, const timespec& time) { return ShowOfFile(time); });
}

std::string StructureText::FileTimeValues(uint64_t address) const {
  return ListText<timeval>(
      memory_, address, 2,
      [](uint64_t, const timeval& time) { return Show(time); });
}

std::string StructureText::TimerSpans(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto timer = memory_.Get<itimerspec>(address);
  if (!timer) return HexText(address);
  return "{value=" + Show(timer->it_value) +
         ", interval=" + Show(timer->it_interval) + "}";
}

std::string StructureText::TimerValues(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto timer = memory_.Get<itimerval>(address);
  if (!timer) return HexText(address);
  return "{value=" + Show(timer->it_value) +
         ", interval=" + Show(timer->it_interval) + "}";
}

std::string StructureText::ClockAdjustment(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto modes = memory_.Get<decltype(timex::modes)>(address);
  if (!modes) return HexText(address);
  return "{modes=" + FlagNames(NameSet::kClockModes, *modes) + "}";
}

std::string StructureText::SignalSet(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto mask = memory_.Get<uint64_t>(address);
  return mask ? ShowSignalSet(*mask) : HexText(address);
}

std::string StructureText::SignalAction(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto action = memory_.Get<KernelSigaction>(address);
  if (!action) return HexText(address);
  std::string handler = HexText(action->handler);
  if (action->handler == 0) handler = "SIG_DFL";
  if (action->handler == 1) handler = "SIG_IGN";
  return "{handler=" + handler + ", mask=" + ShowSignalSet(action->mask) +
         ", flags=" + FlagNames(NameSet::kActionFlags, action->flags) + "}";
}

std::string StructureText::SignalEvent(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto event = memory_.Get<KernelSigevent>(address);
  if (!event) return HexText(address);
  return "{" +
         ValueName(NameSet::kNotifications,
                   static_cast<uint32_t>(event->notification)) +
         ", " +
         ValueName(NameSet::kSignals, static_cast<uint32_t>(event->signal)) +
         ", value=" + HexText(event->value) + "}";
}

std::string StructureText::SignalInfo(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto info = memory_.Get<KernelSiginfo>(address);
  if (!info) return HexText(address);
  return "{" +
         ValueName(NameSet::kSignals, static_cast<uint32_t>(info->signal)) +
         ", code=" +
         ValueName(NameSet::kSignalCodes, static_cast<uint32_t>(info->code)) +
         "}";
}

std::string StructureText::SignalStack(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto stack = memory_.Get<stack_t>(address);
  if (!stack) return HexText(address);
  return "{at=" + HexText(reinterpret_cast<uint64_t>(stack->ss_sp)) +
         ", size=" + std::to_string(stack->ss_size) + ", flags=" +
         FlagNames(NameSet::kSignalStackFlags,
                   static_cast<uint32_t>(stack->ss_flags)) +
         "}";
}

std::string StructureText::PollEvent(uint64_t address) const {
  if (address == 0) return "NULL";
  const auto event = memory_.Get<KernelEpollEvent>(address);
  if (!event) return HexText(address);
  return "{events=" + FlagNames(NameSet::kPollEvents, event->events) +
         ", data=" + HexText(uint64_t{event->data[1]} << 32 | event->data[0]) +
         "}";
}

std::string StructureText::PollList(uint64_t address, uint64_t count) const {
  return ListText<pollfd>(
      memory_, address, count, [](uint64_t, const pollfd& poll) {
        return "{" + std::to_string(poll.fd) + ", " +
               FlagNames(NameSet::kPollFlags,
                         static_cast<uint16_t>(poll.events)) +
               "}";
      });
}

std::string StructureText::BitSet(uint64_t address, uint64_t bits) const {
  constexpr uint64_t kMostBits = 1024;
  if (address == 0) return "NULL";
  uint8_t bytes[kMostBits / 8] = {};
  bits = std::min(bits, kMostBits);
  const uint64_t wanted = (bits + 7) / 8;
  if (memory_.Read(address, bytes, wanted) != wanted) return HexText(address);
  std::string text = "[";
  uint64_t listed = 0;
  for (uint64_t bit = 0; bit < bits; ++bit) {
    if ((bytes[bit / 8] >> bit % 8 & 1) == 0) continue;
    if (listed != 0) text += ", ";
    if (listed++ == kMostListed) return text + "...]";
    text += std::to_string(bit);
  }
  return text + "]";
}

}  // namespace cellblock
