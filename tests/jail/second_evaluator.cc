// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tests/jail/second_evaluator.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <vector>

#include "tests/allocator/fuzz_check.h"

namespace cellblock {
namespace {

// What the translation returns, whether complemented or not, where the program
// returns nothing. libpcap itself returns 0 for a load that it cannot make.
constexpr uint32_t kRefusedMark = 0;
constexpr uint32_t kUnspecifiedMark = 1;

// The longest conditional jump.
constexpr size_t kLongestBranch = 255;

// seccomp_check_filter() of the kernel, without those for the other operand.
constexpr uint16_t kCodes[] = {
    BPF_LD | BPF_W | BPF_ABS,
    BPF_LD | BPF_W | BPF_LEN,
    BPF_LDX | BPF_W | BPF_LEN,
    BPF_LD | BPF_IMM,
    BPF_LDX | BPF_IMM,
    BPF_LD | BPF_MEM,
    BPF_LDX | BPF_MEM,
    BPF_ST,
    BPF_STX,
    BPF_MISC | BPF_TAX,
    BPF_MISC | BPF_TXA,
    BPF_RET | BPF_K,
    BPF_RET | BPF_A,
    BPF_JMP | BPF_JA,
    BPF_ALU | BPF_NEG,
};
constexpr uint16_t kCodesWithKOrX[] = {
    BPF_ALU | BPF_ADD, BPF_ALU | BPF_SUB, BPF_ALU | BPF_MUL, BPF_ALU | BPF_DIV,
    BPF_ALU | BPF_AND, BPF_ALU | BPF_OR,  BPF_ALU | BPF_XOR, BPF_ALU | BPF_LSH,
    BPF_ALU | BPF_RSH, BPF_JMP | BPF_JEQ, BPF_JMP | BPF_JGE, BPF_JMP | BPF_JGT,
    BPF_JMP | BPF_JSET};

template <size_t kCount>
bool IsOneOf(const uint16_t (&codes)[kCount], uint16_t code) {
  return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

bool IsKnown(uint16_t code) {
  return IsOneOf(kCodes, code) ||
         IsOneOf(kCodesWithKOrX, static_cast<uint16_t>(code & ~BPF_X));
}

bool IsBranch(uint16_t code) {
  return BPF_CLASS(code) == BPF_JMP && BPF_OP(code) != BPF_JA;
}

bool IsStore(uint16_t code) { return code == BPF_ST || code == BPF_STX; }

bool IsScratchLoad(uint16_t code) {
  return code == (BPF_LD | BPF_MEM) || code == (BPF_LDX | BPF_MEM);
}

bool IsShift(uint16_t code, uint16_t source) {
  return code == (BPF_ALU | BPF_LSH | source) ||
         code == (BPF_ALU | BPF_RSH | source);
}

// Whether the kernel takes the instruction, with `after` more that follow it.
// Conditional jumps may lead anywhere: something lies there in the translation.
bool IsAcceptable(const BpfInstruction& insn, size_t after) {
  if (!IsKnown(insn.code)) return false;
  if (IsStore(insn.code) || IsScratchLoad(insn.code)) {
    return insn.k < BPF_MEMWORDS;
  }
  if (IsShift(insn.code, BPF_K)) return insn.k < 32;
  switch (insn.code) {
    case BPF_LD | BPF_W | BPF_ABS:
      return insn.k % 4 == 0;
    case BPF_ALU | BPF_DIV | BPF_K:
      return insn.k != 0;
    case BPF_JMP | BPF_JA:
      return insn.k < after;
    default:
      return true;
  }
}

// Scratch words that have been written when an instruction is reached.
struct Written {
  uint32_t on_every_way = ~0u;
  uint32_t on_some_way = 0;

  void Meet(const Written& way) {
    on_every_way &= way.on_every_way;
    on_some_way |= way.on_some_way;
  }
};

class Translation {
 public:
  // `flip` is 0, or all ones to have the complement of what is returned.
  Translation(std::span<const BpfInstruction> program, uint32_t flip)
      : program_(program), flip_(flip), written_(program.size() + 1) {
    FUZZ_CHECK(program.size() <= kMaxSecondInstructions);
    // Where every way past the program's end leads to, and then what the
    // program itself cannot jump to: the routines and the last return.
    insns_.resize(program.size() + 1 + kLongestBranch, Return(kRefusedMark));
    FindSpareWords();
    written_[0].on_every_way = 0;
    for (size_t at = 0; at < program.size(); ++at) {
      insns_[at] = Translate(at);
      Follow(at);
    }
    const size_t end = insns_.size();
    Append(BPF_ALU | BPF_XOR | BPF_K, flip_);
    Append(BPF_RET | BPF_A);
    for (size_t at : returns_of_a_) insns_[at] = JumpTo(at, end);
  }

  uint32_t Run(const unsigned char* call, uint32_t bytes) const {
    FUZZ_CHECK(bpf_validate(insns_.data(), static_cast<int>(insns_.size())));
    return bpf_filter(insns_.data(), call, bytes, bytes);
  }

 private:
  static bpf_insn Do(uint16_t code, uint32_t k = 0) { return {code, 0, 0, k}; }
  static bpf_insn Return(uint32_t k) { return Do(BPF_RET | BPF_K, k); }

  // For a jump back libpcap takes the distance as a signed one.
  static bpf_insn JumpTo(size_t from, size_t to) {
    return Do(BPF_JMP | BPF_JA, static_cast<uint32_t>(to - from - 1));
  }

  void Append(uint16_t code, uint32_t k = 0) { insns_.push_back(Do(code, k)); }

  void FindSpareWords() {
    spare_words_ = (1u << BPF_MEMWORDS) - 1;
    for (const BpfInstruction& insn : program_) {
      const bool names_word = IsStore(insn.code) || IsScratchLoad(insn.code);
      if (names_word && insn.k < BPF_MEMWORDS) {
        spare_words_ &= ~(1u << insn.k);
      }
    }
  }

  bpf_insn Translate(size_t at) {
    const BpfInstruction& insn = program_[at];
    if (!IsAcceptable(insn, program_.size() - 1 - at)) {
      return Return(kRefusedMark);
    }
    if (IsScratchLoad(insn.code)) {
      const uint32_t word = 1u << insn.k;
      if ((written_[at].on_some_way & word) == 0) return Return(kRefusedMark);
      if ((written_[at].on_every_way & word) == 0) {
        return Return(kUnspecifiedMark);
      }
    }
    if (IsShift(insn.code, BPF_X)) return CallShift(at);
    if (insn.code == (BPF_RET | BPF_K)) return Return(insn.k ^ flip_);
    if (insn.code == (BPF_RET | BPF_A)) returns_of_a_.push_back(at);
    return {insn.code, insn.jt, insn.jf, insn.k};
  }

  // The jump to a new routine that shifts A by the lower five bits of X.
  bpf_insn CallShift(size_t at) {
    if (std::popcount(spare_words_) < 2) return Return(kUnspecifiedMark);
    const auto a = static_cast<uint32_t>(std::countr_zero(spare_words_));
    const auto x =
        static_cast<uint32_t>(std::countr_zero(spare_words_ & ~(1u << a)));
    const bpf_insn call = JumpTo(at, insns_.size());
    Append(BPF_ST, a);
    Append(BPF_STX, x);
    Append(BPF_MISC | BPF_TXA);
    Append(BPF_ALU | BPF_AND | BPF_K, 31);
    Append(BPF_MISC | BPF_TAX);
    Append(BPF_LD | BPF_MEM, a);
    Append(program_[at].code);
    Append(BPF_LDX | BPF_MEM, x);
    insns_.push_back(JumpTo(insns_.size(), at + 1));
    return call;
  }

  // Tells those that may come after an instruction what has been written. All
  // jumps are forward, so that what comes before it is known already.
  void Follow(size_t at) {
    const BpfInstruction& insn = program_[at];
    Written written = written_[at];
    if (IsStore(insn.code) && insn.k < BPF_MEMWORDS) {
      written.on_every_way |= 1u << insn.k;
      written.on_some_way |= 1u << insn.k;
    }
    const auto reach = [&](size_t distance) {
      const size_t last = program_.size();
      written_[std::min(at + 1 + distance, last)].Meet(written);
    };
    if (BPF_CLASS(insn.code) == BPF_RET) return;
    if (insn.code == (BPF_JMP | BPF_JA)) return reach(insn.k);
    if (!IsBranch(insn.code)) return reach(0);
    reach(insn.jt);
    reach(insn.jf);
  }

  const std::span<const BpfInstruction> program_;
  const uint32_t flip_;
  uint32_t spare_words_ = 0;
  std::vector<Written> written_;
  std::vector<bpf_insn> insns_;
  std::vector<size_t> returns_of_a_;
};

}  // namespace

SecondAnswer EvaluateSecond(std::span<const BpfInstruction> program,
                            std::span<const uint32_t, 16> words) {
  unsigned char call[16 * 4];
  for (size_t i = 0; i < words.size(); ++i) {
    const uint32_t word = __builtin_bswap32(words[i]);
    memcpy(call + 4 * i, &word, sizeof(word));
  }
  const uint32_t value = Translation(program, 0).Run(call, sizeof(call));
  const uint32_t other = Translation(program, ~0u).Run(call, sizeof(call));
  if (other == ~value) return {SecondAnswer::kReturned, value};
  FUZZ_CHECK_EQ(other, value);
  if (value == kUnspecifiedMark) return {SecondAnswer::kUnspecified};
  FUZZ_CHECK_EQ(value, kRefusedMark);
  return {SecondAnswer::kRefused};
}

}  // namespace cellblock
