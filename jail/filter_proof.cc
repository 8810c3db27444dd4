// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/filter_proof.h"

#include <linux/audit.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace cellblock {
namespace {

constexpr uint32_t kX32Bit = 0x40000000;
constexpr uint32_t kNoNumber = 0xffffffff;
constexpr size_t kWords = 12;
constexpr size_t kMaxUnequal = 32;
constexpr size_t kMaxPaths = 1 << 20;
// No policy has rows from here on: no kernel numbers a call so high.
constexpr uint32_t kIndexed = 1024;

struct Interval {
  uint32_t low = 0;
  uint32_t high = 0xffffffff;

  bool Has(uint32_t value) const { return low <= value && value <= high; }
  bool Is(uint32_t value) const { return low == value && high == value; }
};

// What a register holds.
enum class Holds : uint8_t { kConstant, kArch, kNumber, kArgument };

struct Register {
  Holds holds = Holds::kConstant;
  uint8_t word = 0;    // of the arguments, low half first
  uint32_t mask = 0;   // and-ed to the word so far
  uint32_t value = 0;  // of a constant
};

enum class Truth : uint8_t { kFalse, kTrue, kUnknown };

// What the branches taken so far say about the argument words.
class Knowledge {
 public:
  struct Known {
    uint32_t mask = 0;
    uint32_t value = 0;
  };

  Truth Equal(uint8_t word, uint32_t mask, uint32_t value) const {
    if ((value & ~mask) != 0) return Truth::kFalse;
    const Known& known = known_[word];
    if (((known.value ^ value) & known.mask & mask) != 0) return Truth::kFalse;
    if ((known.mask & mask) == mask) return Truth::kTrue;
    for (size_t i = 0; i < unequal_count_; ++i) {
      const Unequal& unequal = unequal_[i];
      // The value first: it is what differs.
      if (unequal.value == value && unequal.mask == mask &&
          unequal.word == word) {
        return Truth::kFalse;
      }
    }
    return Truth::kUnknown;
  }

  // Returns what was known of the word, for Restore.
  Known LearnEqual(uint8_t word, uint32_t mask, uint32_t value) {
    const Known before = known_[word];
    known_[word] = {before.mask | mask, (before.value & ~mask) | value};
    return before;
  }
  void Restore(uint8_t word, Known before) { known_[word] = before; }

  // False iff there is no more room.
  bool LearnUnequal(uint8_t word, uint32_t mask, uint32_t value) {
    if (unequal_count_ == kMaxUnequal) return false;
    unequal_[unequal_count_++] = {word, mask, value};
    return true;
  }
  void ForgetUnequal() { --unequal_count_; }

 private:
  struct Unequal {
    uint8_t word;
    uint32_t mask;
    uint32_t value;
  };
  std::array<Known, kWords> known_;
  std::array<Unequal, kMaxUnequal> unequal_;
  size_t unequal_count_ = 0;
};

Truth And(Truth a, Truth b) {
  if (a == Truth::kFalse || b == Truth::kFalse) return Truth::kFalse;
  if (a == Truth::kTrue && b == Truth::kTrue) return Truth::kTrue;
  return Truth::kUnknown;
}

// The answer to a call that the policy refuses or calls a violation.
uint32_t DeniedAnswer(Notify notify) {
  switch (notify) {
    case Notify::kNobody:
      return SECCOMP_RET_KILL_PROCESS;
    case Notify::kHandler:
      return SECCOMP_RET_TRAP;
    case Notify::kSupervisor:
      return SECCOMP_RET_USER_NOTIF;
    case Notify::kOuter:
      return SECCOMP_RET_TRACE;
  }
  return SECCOMP_RET_KILL_PROCESS;
}

uint32_t KernelAnswer(Action action, int error, uint32_t denied) {
  switch (action) {
    case Action::kAllow:
      return SECCOMP_RET_ALLOW;
    case Action::kErrno:
      return SECCOMP_RET_ERRNO | static_cast<uint32_t>(error);
    case Action::kTrap:
      return SECCOMP_RET_TRAP;
    case Action::kKill:
      return SECCOMP_RET_KILL_PROCESS;
    case Action::kRefuse:
    case Action::kViolation:
      return denied;
  }
  return SECCOMP_RET_KILL_PROCESS;
}

class Prover {
 public:
  Prover(const Policy& policy, const Binding& binding, FilterProgram program)
      : policy_(policy),
        own_pid_(static_cast<uint32_t>(binding.own_pid)),
        denied_(DeniedAnswer(binding.notify)),
        thread_start_(binding.thread_start),
        program_(program) {}

  std::optional<ProofFailure> Prove() {
    IndexRules();
    if (!failure_) Follow(0, Register{}, {}, {});
    return failure_;
  }

 private:
  void IndexRules() {
    const std::span<const Rule> rules = policy_.rules();
    for (size_t i = rules.size(); i-- > 0;) {
      const uint32_t number = rules[i].syscall;
      if (number >= kIndexed) {
        return Fail("is held against a row past the table", 0, {},
                    {number, number});
      }
      first_rule_[number] = static_cast<uint16_t>(i + 1);
    }
  }

  void Fail(const char* what, size_t pc, Interval arch, Interval number,
            uint32_t expected = 0, uint32_t found = 0) {
    if (!failure_) {
      failure_ = {what, arch.low, number.low, expected, found, pc};
    }
  }

  // Follows every path from `pc` on that `arch` and `number` can take.
  void Follow(size_t pc, Register a, Interval arch, Interval number) {
    for (; pc < program_.size(); ++pc) {
      const sock_filter& insn = program_[pc];
      switch (insn.code) {
        case BPF_LD | BPF_W | BPF_ABS:
          if (!Load(insn.k, &a)) {
            return Fail("loads what it may not use", pc, arch, number);
          }
          break;
        case BPF_ALU | BPF_AND | BPF_K:
          if (a.holds == Holds::kConstant) {
            a.value &= insn.k;
          } else if (a.holds == Holds::kArgument) {
            a.mask &= insn.k;
          } else {
            return Fail("computes with the number", pc, arch, number);
          }
          break;
        case BPF_JMP | BPF_JA:
          pc += insn.k;
          break;
        case BPF_JMP | BPF_JEQ | BPF_K:
        case BPF_JMP | BPF_JGT | BPF_K:
        case BPF_JMP | BPF_JGE | BPF_K:
        case BPF_JMP | BPF_JSET | BPF_K:
          if (++paths_ > kMaxPaths) {
            return Fail("has too many paths", pc, arch, number);
          }
          if (a.holds == Holds::kArgument) {
            return SplitArgument(pc, a, arch, number);
          }
          return SplitNumber(pc, a, arch, number);
        case BPF_RET | BPF_K:
          return Return(pc, insn.k, arch, number);
        default:
          return Fail("has an instruction that no filter here needs", pc, arch,
                      number);
      }
    }
    Fail("runs past its end", pc, arch, number);
  }

  static bool Load(uint32_t offset, Register* a) {
    constexpr uint32_t kArgs = offsetof(seccomp_data, args);
    if (offset == offsetof(seccomp_data, nr)) {
      *a = {.holds = Holds::kNumber};
    } else if (offset == offsetof(seccomp_data, arch)) {
      *a = {.holds = Holds::kArch};
    } else if (offset >= kArgs && offset < sizeof(seccomp_data) &&
               offset % 4 == 0) {
      *a = {.holds = Holds::kArgument,
            .word = static_cast<uint8_t>((offset - kArgs) / 4),
            .mask = 0xffffffff};
    } else {
      return false;
    }
    return true;
  }

  // Both sides of a comparison of the number or the architecture.
  void SplitNumber(size_t pc, const Register& a, Interval arch,
                   Interval number) {
    const sock_filter& insn = program_[pc];
    if (a.holds == Holds::kConstant || BPF_OP(insn.code) == BPF_JSET) {
      return Fail("tests what it need not", pc, arch, number);
    }
    const bool on_arch = a.holds == Holds::kArch;
    const Interval all = on_arch ? arch : number;
    // Up to three parts: below, at and above the constant.
    const uint32_t k = insn.k;
    const auto take = [&](uint64_t low, uint64_t high, bool taken) {
      low = std::max<uint64_t>(low, all.low);
      high = std::min<uint64_t>(high, all.high);
      if (low > high || failure_) return;
      const Interval part = {static_cast<uint32_t>(low),
                             static_cast<uint32_t>(high)};
      Follow(pc + 1 + (taken ? insn.jt : insn.jf), a, on_arch ? part : arch,
             on_arch ? number : part);
    };
    const uint64_t above = uint64_t{k} + 1;
    switch (BPF_OP(insn.code)) {
      case BPF_JEQ:
        if (k > 0) take(0, k - 1, false);
        take(k, k, true);
        take(above, UINT32_MAX, false);
        return;
      case BPF_JGT:
        take(0, k, false);
        take(above, UINT32_MAX, true);
        return;
      default:  // BPF_JGE
        if (k > 0) take(0, k - 1, false);
        take(k, UINT32_MAX, true);
        return;
    }
  }

  // Both sides of a comparison of an argument word.
  void SplitArgument(size_t pc, const Register& a, Interval arch,
                     Interval number) {
    const sock_filter& insn = program_[pc];
    const bool equality = BPF_OP(insn.code) == BPF_JEQ;
    if (!equality && BPF_OP(insn.code) != BPF_JSET) {
      return Fail("orders an argument", pc, arch, number);
    }
    // JSET k: the bits of k are not all zero, the inverse of an equality.
    const uint32_t mask = equality ? a.mask : a.mask & insn.k;
    const uint32_t value = equality ? insn.k : 0;
    const size_t if_equal = pc + 1 + (equality ? insn.jt : insn.jf);
    const size_t if_unequal = pc + 1 + (equality ? insn.jf : insn.jt);
    const Truth truth = knowledge_.Equal(a.word, mask, value);
    if (truth != Truth::kFalse) {
      const Knowledge::Known before =
          knowledge_.LearnEqual(a.word, mask, value);
      Follow(if_equal, a, arch, number);
      knowledge_.Restore(a.word, before);
    }
    if (truth != Truth::kTrue && !failure_) {
      if (!knowledge_.LearnUnequal(a.word, mask, value)) {
        return Fail("compares one call's arguments too often", pc, arch,
                    number);
      }
      Follow(if_unequal, a, arch, number);
      knowledge_.ForgetUnequal();
    }
  }

  Truth Matches(const Rule& rule) const {
    Truth truth = Truth::kTrue;
    for (size_t i = 0; i < rule.condition_count; ++i) {
      const ArgCondition& condition = rule.conditions[i];
      const uint64_t value =
          condition.value == kOwnPid ? own_pid_ : condition.value;
      for (const int half : {0, 1}) {
        const auto mask = static_cast<uint32_t>(condition.mask >> (32 * half));
        if (mask == 0) continue;
        truth =
            And(truth, knowledge_.Equal(
                           static_cast<uint8_t>(condition.arg * 2 + half), mask,
                           static_cast<uint32_t>(value >> (32 * half))));
        if (truth == Truth::kFalse) return truth;
      }
    }
    return truth;
  }

  // The program answers `found` for all of `arch` and `number`.
  void Return(size_t pc, uint32_t found, Interval arch, Interval number) {
    const auto check = [&](uint32_t expected, uint32_t at) {
      if (found != expected) {
        Fail("gives another answer than the policy", pc, arch, {at, at},
             expected, found);
      }
    };
    if (!arch.Is(AUDIT_ARCH_X86_64)) {
      check(SECCOMP_RET_KILL_PROCESS, number.low);
      if (!arch.Has(AUDIT_ARCH_X86_64)) return;
    }
    if (number.high >= kX32Bit && !number.Is(kNoNumber)) {
      check(SECCOMP_RET_KILL_PROCESS, std::max(number.low, kX32Bit));
    }
    if (number.Has(kNoNumber)) check(denied_, kNoNumber);
    if (number.low >= kX32Bit) return;
    const uint32_t last = std::min(number.high, kX32Bit - 1);
    // Most numbers have no row, and all of those one answer.
    uint32_t without_row = last;
    bool any_without_row = last >= kIndexed;
    const uint32_t end = std::min(last + 1, kIndexed);
    for (uint32_t n = number.low; n < end; ++n) {
      if (first_rule_[n] == 0) {
        without_row = n;
        any_without_row = true;
      } else {
        CheckRows(n, first_rule_[n], check);
      }
    }
    if (any_without_row) check(denied_, without_row);
  }

  // All that a jail's policy can allow of clone(2) is a thread (IsPinned).
  uint32_t AnswerOf(const Rule& rule) const {
    const bool starts_thread =
        rule.syscall == SYS_clone && rule.action == Action::kAllow;
    if (starts_thread && thread_start_ == ThreadStart::kAsked) {
      return SECCOMP_RET_USER_NOTIF;
    }
    return KernelAnswer(rule.action, rule.error, denied_);
  }

  // Every row of call `number` that may decide here must give the answer
  // found; with none that is sure to, so must what becomes of calls without a
  // row. `first` counts from 1.
  template <typename Check>
  void CheckRows(uint32_t number, size_t first, const Check& check) const {
    const std::span<const Rule> rules = policy_.rules();
    for (size_t i = first; i <= rules.size(); ++i) {
      const Rule& rule = rules[i - 1];
      if (rule.syscall != number) break;
      const Truth truth = Matches(rule);
      if (truth != Truth::kFalse) {
        check(AnswerOf(rule), number);
      }
      if (truth == Truth::kTrue) return;
    }
    check(denied_, number);
  }

  const Policy& policy_;
  const uint32_t own_pid_;
  const uint32_t denied_;
  const ThreadStart thread_start_;
  const FilterProgram program_;
  std::array<uint16_t, kIndexed> first_rule_ = {};
  Knowledge knowledge_;
  size_t paths_ = 0;
  std::optional<ProofFailure> failure_;
};

}  // namespace

std::optional<ProofFailure> ProveFilter(const Policy& policy,
                                        const Binding& binding,
                                        FilterProgram program) {
  return Prover(policy, binding, program).Prove();
}

}  // namespace cellblock
