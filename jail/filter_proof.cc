// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/filter_proof.h"

#include <linux/audit.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "jail/syscall_table.h"

namespace cellblock {
namespace {

constexpr uint32_t kX32Bit = 0x40000000;
constexpr uint32_t kNoNumber = 0xffffffff;
constexpr size_t kWords = 12;
constexpr size_t kMaxUnequal = 24;
constexpr size_t kMaxPaths = 1 << 20;

// What a register holds.
enum class Holds : uint8_t { kConstant, kArch, kNumber, kArgument };

struct Register {
  Holds holds = Holds::kConstant;
  uint8_t word = 0;   // of the arguments, low half first
  uint32_t mask = 0;  // and-ed to the word so far
  uint32_t value = 0;
};

enum class Truth : uint8_t { kFalse, kTrue, kUnknown };

// What the branches taken so far say about the argument words.
class Knowledge {
 public:
  Truth Equal(uint8_t word, uint32_t mask, uint32_t value) const {
    if ((value & ~mask) != 0) return Truth::kFalse;
    const Known& known = known_[word];
    if (((known.value ^ value) & known.mask & mask) != 0) return Truth::kFalse;
    if ((known.mask & mask) == mask) return Truth::kTrue;
    for (size_t i = 0; i < unequal_count_; ++i) {
      const Unequal& unequal = unequal_[i];
      if (unequal.word == word && unequal.mask == mask &&
          unequal.value == value) {
        return Truth::kFalse;
      }
    }
    return Truth::kUnknown;
  }

  void LearnEqual(uint8_t word, uint32_t mask, uint32_t value) {
    Known& known = known_[word];
    known.mask |= mask;
    known.value = (known.value & ~mask) | value;
  }

  // False iff there is no more room.
  bool LearnUnequal(uint8_t word, uint32_t mask, uint32_t value) {
    if (unequal_count_ == kMaxUnequal) return false;
    unequal_[unequal_count_++] = {word, mask, value};
    return true;
  }

 private:
  struct Known {
    uint32_t mask = 0;
    uint32_t value = 0;
  };
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

uint32_t KernelAnswer(Action action, int error) {
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
      return SECCOMP_RET_USER_NOTIF;
  }
  return SECCOMP_RET_KILL_PROCESS;
}

class Prover {
 public:
  Prover(const Policy& policy, pid_t own_pid, FilterProgram program)
      : policy_(policy),
        own_pid_(static_cast<uint32_t>(own_pid)),
        program_(program) {}

  std::optional<ProofFailure> Prove() {
    CollectNumbers();
    IndexRules();
    // Every architecture that a path compares with joins the list, so the list
    // grows while it is walked.
    arches_ = {AUDIT_ARCH_X86_64, 0, 0xffffffff};
    for (size_t i = 0; i < arches_.size() && !failure_; ++i) {
      arch_ = arches_[i];
      for (const uint32_t number : numbers_) {
        number_ = number;
        paths_ = 0;
        Follow(0, Register{}, Knowledge{});
        if (failure_) break;
      }
    }
    return failure_;
  }

 private:
  // One number on each side of every constant that a number can be compared
  // with, by the program or by the policy.
  void CollectNumbers() {
    const auto add = [this](uint32_t k) {
      numbers_.push_back(k - 1);
      numbers_.push_back(k);
      numbers_.push_back(k + 1);
    };
    for (const sock_filter& insn : program_) {
      if (BPF_CLASS(insn.code) == BPF_JMP) add(insn.k);
    }
    for (const Rule& rule : policy_.rules()) add(rule.syscall);
    for (const SyscallInfo& info : AllSyscalls()) add(info.number);
    add(0);
    add(kX32Bit);
    add(kNoNumber);
    std::sort(numbers_.begin(), numbers_.end());
    numbers_.erase(std::unique(numbers_.begin(), numbers_.end()),
                   numbers_.end());
  }

  void IndexRules() {
    const std::span<const Rule> rules = policy_.rules();
    for (size_t i = 0; i < rules.size(); ++i) {
      const uint32_t number = rules[i].syscall;
      if (number < by_number_.size() && by_number_[number] == 0) {
        by_number_[number] = static_cast<uint16_t>(i + 1);
      }
    }
  }

  std::span<const Rule> RulesFor(uint32_t number) const {
    if (number >= by_number_.size()) return policy_.RulesFor(number);
    if (by_number_[number] == 0) return {};
    const std::span<const Rule> rules = policy_.rules();
    const size_t begin = by_number_[number] - 1u;
    size_t end = begin;
    while (end < rules.size() && rules[end].syscall == number) ++end;
    return rules.subspan(begin, end - begin);
  }

  void Fail(const char* what, size_t pc, uint32_t expected = 0,
            uint32_t found = 0) {
    if (!failure_) failure_ = {what, arch_, number_, expected, found, pc};
  }

  void NoteArch(uint32_t k) {
    for (const uint32_t arch : {k - 1, k, k + 1}) {
      if (std::find(arches_.begin(), arches_.end(), arch) == arches_.end()) {
        arches_.push_back(arch);
      }
    }
  }

  // Follows every path from `pc` on.
  void Follow(size_t pc, Register a, Knowledge knowledge) {
    for (; pc < program_.size(); ++pc) {
      const sock_filter& insn = program_[pc];
      switch (insn.code) {
        case BPF_LD | BPF_W | BPF_ABS:
          if (!Load(insn.k, &a)) return Fail("loads what it may not use", pc);
          break;
        case BPF_ALU | BPF_AND | BPF_K:
          if (a.holds == Holds::kConstant) {
            a.value &= insn.k;
          } else if (a.holds == Holds::kArgument) {
            a.mask &= insn.k;
          } else {
            return Fail("computes with the number", pc);
          }
          break;
        case BPF_JMP | BPF_JA:
          pc += insn.k;
          break;
        case BPF_JMP | BPF_JEQ | BPF_K:
        case BPF_JMP | BPF_JGT | BPF_K:
        case BPF_JMP | BPF_JGE | BPF_K:
        case BPF_JMP | BPF_JSET | BPF_K:
          if (a.holds == Holds::kArgument) {
            return Split(pc, a, knowledge);
          }
          pc += Compare(a, insn) ? insn.jt : insn.jf;
          break;
        case BPF_RET | BPF_K:
          return Return(pc, insn.k, knowledge);
        default:
          return Fail("has an instruction that no filter here needs", pc);
      }
    }
    Fail("runs past its end", pc);
  }

  bool Load(uint32_t offset, Register* a) {
    constexpr uint32_t kArgs = offsetof(seccomp_data, args);
    if (offset == offsetof(seccomp_data, nr)) {
      *a = {Holds::kNumber, 0, 0, number_};
    } else if (offset == offsetof(seccomp_data, arch)) {
      *a = {Holds::kArch, 0, 0, arch_};
    } else if (offset >= kArgs && offset < sizeof(seccomp_data) &&
               offset % 4 == 0) {
      *a = {Holds::kArgument, static_cast<uint8_t>((offset - kArgs) / 4),
            0xffffffff, 0};
    } else {
      return false;
    }
    return true;
  }

  bool Compare(const Register& a, const sock_filter& insn) {
    if (a.holds == Holds::kArch) NoteArch(insn.k);
    switch (BPF_OP(insn.code)) {
      case BPF_JEQ:
        return a.value == insn.k;
      case BPF_JGT:
        return a.value > insn.k;
      case BPF_JGE:
        return a.value >= insn.k;
      default:
        // Bits of a number or an architecture partition it otherwise than the
        // constants collected above; only constants may be tested so.
        if (a.holds != Holds::kConstant) Fail("tests bits of the number", 0);
        return (a.value & insn.k) != 0;
    }
  }

  // Both sides of a comparison of an argument word.
  void Split(size_t pc, const Register& a, const Knowledge& knowledge) {
    const sock_filter& insn = program_[pc];
    const bool equality = BPF_OP(insn.code) == BPF_JEQ;
    if (!equality && BPF_OP(insn.code) != BPF_JSET) {
      return Fail("orders an argument", pc);
    }
    if (++paths_ > kMaxPaths) return Fail("has too many paths", pc);
    // JSET k: the bits of k are not all zero, the inverse of an equality.
    const uint32_t mask = equality ? a.mask : a.mask & insn.k;
    const uint32_t value = equality ? insn.k : 0;
    const size_t if_equal = pc + 1 + (equality ? insn.jt : insn.jf);
    const size_t if_unequal = pc + 1 + (equality ? insn.jf : insn.jt);
    const Truth truth = knowledge.Equal(a.word, mask, value);
    if (truth != Truth::kFalse) {
      Knowledge equal = knowledge;
      equal.LearnEqual(a.word, mask, value);
      Follow(if_equal, a, equal);
    }
    if (truth != Truth::kTrue && !failure_) {
      Knowledge unequal = knowledge;
      if (!unequal.LearnUnequal(a.word, mask, value)) {
        return Fail("compares one call's arguments too often", pc);
      }
      Follow(if_unequal, a, unequal);
    }
  }

  Truth Matches(const Rule& rule, const Knowledge& knowledge) const {
    Truth truth = Truth::kTrue;
    for (size_t i = 0; i < rule.condition_count; ++i) {
      const ArgCondition& condition = rule.conditions[i];
      const uint64_t value =
          condition.value == kOwnPid ? own_pid_ : condition.value;
      for (const int half : {0, 1}) {
        const auto mask = static_cast<uint32_t>(condition.mask >> (32 * half));
        if (mask == 0) continue;
        truth =
            And(truth, knowledge.Equal(
                           static_cast<uint8_t>(condition.arg * 2 + half), mask,
                           static_cast<uint32_t>(value >> (32 * half))));
      }
    }
    return truth;
  }

  void Return(size_t pc, uint32_t found, const Knowledge& knowledge) {
    const auto check = [&](uint32_t expected) {
      if (found != expected) {
        Fail("gives another answer than the policy", pc, expected, found);
      }
    };
    if (arch_ != AUDIT_ARCH_X86_64 ||
        (number_ >= kX32Bit && number_ != kNoNumber)) {
      return check(SECCOMP_RET_KILL_PROCESS);
    }
    for (const Rule& rule : RulesFor(number_)) {
      const Truth truth = Matches(rule, knowledge);
      if (truth != Truth::kFalse) check(KernelAnswer(rule.action, rule.error));
      if (truth == Truth::kTrue) return;
    }
    // No row decides: refused or a violation, told apart by the supervisor.
    check(SECCOMP_RET_USER_NOTIF);
  }

  const Policy& policy_;
  const uint32_t own_pid_;
  const FilterProgram program_;
  std::vector<uint32_t> numbers_;
  std::vector<uint32_t> arches_;
  std::array<uint16_t, 1024> by_number_ = {};
  uint32_t arch_ = 0;
  uint32_t number_ = 0;
  size_t paths_ = 0;
  std::optional<ProofFailure> failure_;
};

}  // namespace

std::optional<ProofFailure> ProveFilter(const Policy& policy, pid_t own_pid,
                                        FilterProgram program) {
  return Prover(policy, own_pid, program).Prove();
}

}  // namespace cellblock
