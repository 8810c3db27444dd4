// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile/frame_walker.h"

#include <link.h>
#include <ucontext.h>

#include <algorithm>
#include <cstring>

#include "tools/jailrun/profile/frame_rules.h"

namespace cellblock {
namespace {

constexpr int kStackPointer = 7;
constexpr int kReturn = 16;

// One function's activation, as far as callers are concerned.
struct Activation {
  uint64_t registers[kFrameRegisters] = {};
  bool interrupted = true;  // not in a call, but anywhere

  uint64_t at() const { return registers[kReturn]; }
};

class StackReader {
 public:
  StackReader(uintptr_t begin, uintptr_t end) : begin_(begin), end_(end) {}

  template <typename T>
  bool Get(uintptr_t address, T* value) const {
    if (address < begin_ || address >= end_ || end_ - address < sizeof(T)) {
      return false;
    }
    memcpy(value, reinterpret_cast<const void*>(address), sizeof(T));
    return true;
  }

 private:
  const uintptr_t begin_;
  const uintptr_t end_;
};

// mov $SYS_rt_sigreturn, %rax; syscall: where a handler returns to.
bool IsSignalReturn(uint64_t address) {
  constexpr uint8_t kCode[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};
  return memcmp(reinterpret_cast<const void*>(address), kCode, sizeof(kCode)) ==
         0;
}

// What a signal interrupted: the kernel left it where the stack pointer is.
bool ToInterrupted(const StackReader& stack, Activation* activation) {
  const uint64_t context = activation->registers[kStackPointer];
  constexpr int kOrder[kFrameRegisters] = {
      REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
      REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
      REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
  for (int i = 0; i < kFrameRegisters; ++i) {
    const uintptr_t at = context + offsetof(ucontext_t, uc_mcontext.gregs) +
                         sizeof(greg_t) * static_cast<size_t>(kOrder[i]);
    if (!stack.Get(at, &activation->registers[i])) return false;
  }
  activation->interrupted = true;
  return true;
}

bool ToCaller(const StackReader& stack, const FrameRules& rules,
              Activation* activation) {
  const Activation callee = *activation;
  const uint64_t cfa =
      callee.registers[rules.base] + static_cast<uint64_t>(rules.offset);
  // Stacks grow downwards: no loop in memory is one here.
  if (cfa <= callee.registers[kStackPointer]) return false;
  for (int i = 0; i < kFrameRegisters; ++i) {
    const FrameRules::Rule& rule = rules.rules[i];
    if (rule.kind != FrameRules::Kind::kSaved) continue;
    if (!stack.Get(cfa + static_cast<uint64_t>(rule.offset),
                   &activation->registers[i])) {
      return false;
    }
  }
  if (rules.rules[kReturn].kind != FrameRules::Kind::kSaved) return false;
  activation->registers[kStackPointer] = cfa;
  activation->interrupted = false;
  return activation->at() != 0;
}

// The registers that a call keeps, as they are in the function that this is
// inlined into.
[[gnu::always_inline]] inline Activation Here() {
  Activation here;
  __asm__ volatile(
      "movq %%rbx, 24(%0)\n\t"
      "movq %%rbp, 48(%0)\n\t"
      "movq %%rsp, 56(%0)\n\t"
      "movq %%r12, 96(%0)\n\t"
      "movq %%r13, 104(%0)\n\t"
      "movq %%r14, 112(%0)\n\t"
      "movq %%r15, 120(%0)\n\t"
      "leaq 0(%%rip), %%rax\n\t"
      "movq %%rax, 128(%0)\n\t"
      :
      : "r"(here.registers)
      : "rax", "memory");
  return here;
}

// False iff it has no code, or nothing leads into its frame information.
bool ReadModule(const dl_phdr_info& info, FrameWalker::Module* module) {
  *module = {};
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info.dlpi_phdr[i];
    const uintptr_t begin = info.dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_GNU_EH_FRAME) module->index = begin;
    if (header.p_type != PT_LOAD || (header.p_flags & PF_X) == 0) continue;
    if (module->end == 0) module->begin = begin;
    module->end = begin + header.p_memsz;
  }
  return module->end != 0 && module->index != 0;
}

}  // namespace

void FrameWalker::Collect() {
  count_ = 0;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* argument) {
        auto* const walker = static_cast<FrameWalker*>(argument);
        Module module;
        if (walker->count_ < kMostModules && ReadModule(*info, &module)) {
          walker->modules_[walker->count_++] = module;
        }
        return 0;
      },
      this);
  std::sort(modules_, modules_ + count_,
            [](const Module& a, const Module& b) { return a.begin < b.begin; });
  const Module* const own = Find(Here().at());
  own_ = own != nullptr ? *own : Module();
}

const FrameWalker::Module* FrameWalker::Find(uintptr_t address) const {
  const Module* const end = modules_ + count_;
  const Module* const above = std::upper_bound(
      modules_, end, address,
      [](uintptr_t value, const Module& each) { return value < each.begin; });
  if (above == modules_) return nullptr;
  return address < above[-1].end ? above - 1 : nullptr;
}

[[gnu::noinline]] uint32_t FrameWalker::Walk(uintptr_t stack_end,
                                             uint64_t* frames,
                                             uint32_t most) const {
  if (count_ == 0) return 0;
  Activation now = Here();
  const StackReader reader(now.registers[kStackPointer], stack_end);
  uint32_t count = 0;
  bool in_own = true;
  while (count < most) {
    const uint64_t inside = now.at() - (now.interrupted ? 0 : 1);
    const Module* const module = Find(inside);
    if (IsOwn(inside)) {
      if (!in_own) break;
    } else {
      // A handler of ours returns to what it interrupted by code of libc.
      const bool returns = module != nullptr && IsSignalReturn(now.at());
      if (!returns) {
        in_own = false;
        frames[count++] = now.at();
      }
      if (returns) {
        if (!ToInterrupted(reader, &now)) break;
        continue;
      }
    }
    FrameRules rules;
    if (module == nullptr || !FindFrameRules(module->index, inside, &rules) ||
        !ToCaller(reader, rules, &now)) {
      break;
    }
  }
  return count;
}

}  // namespace cellblock
