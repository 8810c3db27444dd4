// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_TESTS_JAIL_SECOND_EVALUATOR_H_
#define CELLBLOCK_TESTS_JAIL_SECOND_EVALUATOR_H_

// What libpcap's interpreter makes of a seccomp program: a second opinion on
// jail/evaluator.h, by other authors.
//
// libpcap's instructions are for packets, and it trusts a program that it runs.
// So it is given a translation, which differs only where the two languages do:
//
//   seccomp                                 the translation
//   ------------------------------------    ---------------------------------
//   words of the call in host order         words in network order
//   refuses an unknown code, BPF_MOD and    returns "refused" when it gets
//     loads of bytes among them, a load       there
//     that is not aligned, a scratch word
//     past the last, a division by the
//     constant 0, a constant shift by 32
//     or more, a jump or fall past the end
//   refuses a load past the end, and a      as it is: libpcap returns 0, which
//     division by an X of 0                   is also how "refused" is returned
//   shifts by the lower five bits of X      calls a routine that does, since
//                                             libpcap shifts by all of X
//   refuses to load a scratch word that     "refused" if no way there writes
//     has not been written                    it, "unspecified" if only some do
//
// BPF_XOR, BPF_LEN and all else are as they are. A program can return any
// number, so each is run twice, the second time to return the complement: only
// what it returns by itself then changes.
//
// Neither <pcap/bpf.h> nor <linux/filter.h> is included here: they define the
// same names.

#include <cstddef>
#include <cstdint>
#include <span>

namespace cellblock {

// A sock_filter.
struct BpfInstruction {
  uint16_t code;
  uint8_t jt;
  uint8_t jf;
  uint32_t k;
};

struct SecondAnswer {
  enum Kind {
    kReturned,
    kRefused,      // Cannot run on, or the kernel would not have loaded it.
    kUnspecified,  // Not comparable: see above and EvaluateSecond.
  };
  Kind kind;
  uint32_t value = 0;  // If returned.

  bool operator==(const SecondAnswer&) const = default;
};

// libpcap allows 64 jumps back, and a return from a routine is one.
inline constexpr size_t kMaxSecondInstructions = 64;

// Runs `program`, of at most kMaxSecondInstructions, on the words of a
// seccomp_data. Unspecified also where it shifts by X and names all scratch
// words but one anywhere: the routine for that needs two.
SecondAnswer EvaluateSecond(std::span<const BpfInstruction> program,
                            std::span<const uint32_t, 16> words);

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_JAIL_SECOND_EVALUATOR_H_
