// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Two proofs that share nothing, of the same filters: both accept those of the
// presets, both catch every kind of mistake, and what ProveFilter accepts of
// mutants at random Z3 cannot tell from the policy.

#include "tests/jail/z3_proof.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "jail/compiled_presets.h"
#include "jail/evaluator.h"
#include "jail/filter.h"
#include "jail/filter_proof.h"
#include "jail/presets.h"
#include "tests/jail/probes.h"
#include "tests/seed.h"

namespace cellblock {
namespace {

using Program = std::vector<sock_filter>;
using Sites = std::vector<size_t>;

constexpr uint32_t kNumber = offsetof(seccomp_data, nr);
constexpr uint32_t kArch = offsetof(seccomp_data, arch);
constexpr uint32_t kFirstArg = offsetof(seccomp_data, args);

constexpr uint32_t kAnswers[] = {
    SECCOMP_RET_KILL_PROCESS,  SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP,
    SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_USER_NOTIF,  SECCOMP_RET_ALLOW};

constexpr uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
constexpr uint16_t kAnd = BPF_ALU | BPF_AND | BPF_K;
constexpr uint16_t kEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr uint16_t kAtLeast = BPF_JMP | BPF_JGE | BPF_K;
constexpr uint16_t kReturn = BPF_RET | BPF_K;

bool IsJump(const sock_filter& insn) {
  return BPF_CLASS(insn.code) == BPF_JMP && BPF_OP(insn.code) != BPF_JA;
}

// --- Changes of programs ---------------------------------------------------

// The jumps of `program` kept on what they jump to when `by` instructions (1 or
// -1) come in at `at`. False iff one becomes too long.
bool MoveJumps(Program& program, size_t at, int by) {
  for (size_t from = 0; from < at; ++from) {
    for (uint8_t* jump : {&program[from].jt, &program[from].jf}) {
      if (!IsJump(program[from]) || from + 1 + *jump <= at) continue;
      if (by > 0 && *jump == UINT8_MAX) return false;
      *jump = static_cast<uint8_t>(*jump + by);
    }
  }
  return true;
}

// Without instruction `at`; what jumped to it goes on behind it.
Program Without(Program program, size_t at) {
  MoveJumps(program, at, -1);
  program.erase(program.begin() + static_cast<ptrdiff_t>(at));
  return program;
}

// With `insn` in front of instruction `at`, on every way to it; as it is if
// that makes a jump too long.
Program With(const Program& program, size_t at, const sock_filter& insn) {
  Program longer = program;
  if (!MoveJumps(longer, at, 1)) return program;
  longer.insert(longer.begin() + static_cast<ptrdiff_t>(at), insn);
  return longer;
}

// The offset of the word that A holds in front of each instruction, masked or
// not; empty where paths differ or no path comes.
std::vector<std::optional<uint32_t>> WordsInA(const Program& program) {
  constexpr uint32_t kUnreached = UINT32_MAX;
  constexpr uint32_t kMixed = UINT32_MAX - 1;
  std::vector<uint32_t> words(program.size() + 1, kUnreached);
  const auto arrive = [&](size_t at, uint32_t word) {
    words[at] = words[at] == kUnreached || words[at] == word ? word : kMixed;
  };
  words[0] = kMixed;
  for (size_t at = 0; at < program.size(); ++at) {
    const sock_filter& insn = program[at];
    if (IsJump(insn)) {
      arrive(at + 1 + insn.jt, words[at]);
      arrive(at + 1 + insn.jf, words[at]);
    } else if (insn.code != kReturn) {
      arrive(at + 1, insn.code == kLoad ? insn.k : words[at]);
    }
  }
  std::vector<std::optional<uint32_t>> known(program.size());
  for (size_t at = 0; at < program.size(); ++at) {
    if (words[at] < kMixed) known[at] = words[at];
  }
  return known;
}

// Whether any call gets to this instruction. libseccomp puts an answer nearer
// to where it is too far for a jump, and leaves the one behind it.
bool IsReached(const Program& program, size_t at) {
  std::vector<bool> reached(program.size() + 1, false);
  reached[0] = true;
  for (size_t from = 0; from < at; ++from) {
    if (!reached[from]) continue;
    const sock_filter& insn = program[from];
    if (IsJump(insn)) {
      reached[from + 1 + insn.jt] = true;
      reached[from + 1 + insn.jf] = true;
    } else if (insn.code == (BPF_JMP | BPF_JA)) {
      reached[from + 1 + insn.k] = true;
    } else if (insn.code != kReturn) {
      reached[from + 1] = true;
    }
  }
  return reached[at];
}

bool IsHighHalf(uint32_t word) { return word >= kFirstArg && word % 8 == 4; }

// Up to eight of `sites`, evenly spaced: the solver needs a while for each.
Sites Sample(const Sites& sites) {
  constexpr size_t kMost = 8;
  if (sites.size() <= kMost) return sites;
  Sites sample;
  for (size_t i = 0; i < kMost; ++i) {
    sample.push_back(sites[i * sites.size() / kMost]);
  }
  return sample;
}

// --- Each kind of mistake --------------------------------------------------

class Z3ProofTest : public testing::TestWithParam<size_t> {
 protected:
  // Requires that both proofs refuse `mutant`, and that the call that Z3 names
  // is answered as Z3 says.
  void ExpectCaught(const Program& mutant, size_t at) {
    ExpectCaught(mutant, at, FindDifference(preset_, binding_, mutant));
  }

  void ExpectCaught(const Program& mutant, size_t at,
                    const std::optional<Counterexample>& difference) {
    SCOPED_TRACE("instruction " + std::to_string(at));
    ++caught_;
    EXPECT_TRUE(ProveFilter(preset_, binding_, mutant).has_value());
    ASSERT_TRUE(difference.has_value());
    ASSERT_STREQ(difference->not_loaded, nullptr);
    ExpectConfirmed(mutant, *difference);
  }

  void ExpectConfirmed(const Program& mutant, const Counterexample& example) {
    EXPECT_NE(example.expected, example.found);
    EXPECT_EQ(Evaluate(program_, example.call), example.expected);
    EXPECT_EQ(ExpectedAnswer(preset_, example.call, kPid), example.expected);
    // Where the kernel returns 0 for a division by zero, this returns nothing.
    EXPECT_EQ(Evaluate(mutant, example.call)
                  .value_or(uint32_t{SECCOMP_RET_KILL_THREAD}),
              example.found);
  }

  bool SameOnAll(const std::vector<seccomp_data>& calls,
                 const Program& mutant) const {
    return std::all_of(
        calls.begin(), calls.end(), [&](const seccomp_data& call) {
          return Evaluate(mutant, call) == Evaluate(program_, call);
        });
  }

  // The instructions for which `wanted(instruction, word in A)` holds.
  template <typename Wanted>
  Sites Find(Wanted wanted) const {
    Sites sites;
    for (size_t at = 0; at < program_.size(); ++at) {
      if (wanted(program_[at], words_[at].value_or(UINT32_MAX))) {
        sites.push_back(at);
      }
    }
    return sites;
  }

  Sites NumberComparisons() const {
    return Find([](const sock_filter& insn, uint32_t word) {
      return IsJump(insn) && word == kNumber;
    });
  }

  // Comparisons of a high half of which not all bits are masked away.
  Sites HighHalfComparisons() const {
    Sites sites = Find([](const sock_filter& insn, uint32_t word) {
      return IsJump(insn) && IsHighHalf(word);
    });
    std::erase_if(sites, [&](size_t at) {
      return program_[at - 1].code == kAnd && program_[at - 1].k == 0;
    });
    return sites;
  }

  template <typename Wanted>
  bool AnyCondition(Wanted wanted) const {
    for (const Rule& rule : preset_.rules()) {
      if (rule.action == Action::kRefuse || rule.action == Action::kViolation) {
        continue;
      }
      for (size_t i = 0; i < rule.condition_count; ++i) {
        if (wanted(rule.conditions[i])) return true;
      }
    }
    return false;
  }

  std::vector<Rule> RulesWithout(size_t row) const {
    std::vector<Rule> rules(preset_.rules().begin(), preset_.rules().end());
    rules.erase(rules.begin() + static_cast<ptrdiff_t>(row));
    return rules;
  }

  // The rows with `action` without which the policy is still well formed.
  Sites RowsOf(Action action) const {
    Sites rows;
    for (size_t row = 0; row < preset_.rules().size(); ++row) {
      if (preset_.rules()[row].action == action &&
          !Policy("fewer", RulesWithout(row), preset_.traits()).Validate()) {
        rows.push_back(row);
      }
    }
    return rows;
  }

  Program CompileWithout(size_t row) const {
    const std::vector<Rule> rules = RulesWithout(row);
    CompiledFilter fewer =
        CompileFilter(Policy("fewer", rules, preset_.traits()));
    EXPECT_EQ(fewer.error, "");
    BindFilter(fewer.program, binding_);
    return fewer.program;
  }

  void TearDown() override {
    if (caught_ > 0) printf("%s: %zu mutants\n", preset_.name(), caught_);
  }

  const Policy& preset_ = AllPresets()[GetParam()];
  const Binding binding_ = Supervised(kPid);
  const Program program_ = PresetFilter(preset_, kPid);
  const std::vector<std::optional<uint32_t>> words_ = WordsInA(program_);
  size_t caught_ = 0;
};

TEST_P(Z3ProofTest, TheFilterEqualsItsPolicyWhoeverIsTold) {
  for (Notify notify : {Notify::kNobody, Notify::kHandler, Notify::kSupervisor,
                        Notify::kOuter}) {
    const FilterProgram compiled = CompiledPreset(preset_.name());
    Program program(compiled.begin(), compiled.end());
    BindFilter(program, {kPid, notify});
    EXPECT_FALSE(FindDifference(preset_, {kPid, notify}, program));
    EXPECT_FALSE(ProveFilter(preset_, {kPid, notify}, program));
  }
}

TEST_P(Z3ProofTest, SwappedBranchesAreCaught) {
  const Sites sites = NumberComparisons();
  EXPECT_FALSE(sites.empty());
  for (size_t at : Sample(sites)) {
    Program mutant = program_;
    std::swap(mutant[at].jt, mutant[at].jf);
    ExpectCaught(mutant, at);
  }
}

// A comparison that all its numbers pass, or a load that nothing depends on,
// may be jumped over.
TEST_P(Z3ProofTest, AJumpOffByOneIsCaughtIfItChangesAnything) {
  const std::vector<seccomp_data> calls = ProbeCalls(preset_, kPid);
  size_t unchanged = 0;
  for (size_t at : Sample(NumberComparisons())) {
    for (uint8_t sock_filter::*branch : {&sock_filter::jt, &sock_filter::jf}) {
      Program mutant = program_;
      mutant[at].*branch = static_cast<uint8_t>(mutant[at].*branch + 1);
      if (at + 1 + mutant[at].*branch == mutant.size()) continue;
      const auto difference = FindDifference(preset_, binding_, mutant);
      if (difference) {
        ExpectCaught(mutant, at, difference);
      } else {
        ++unchanged;
        EXPECT_TRUE(SameOnAll(calls, mutant)) << at;
      }
    }
  }
  EXPECT_GT(caught_, unchanged);
}

TEST_P(Z3ProofTest, AMissingComparisonOfAHighHalfIsCaught) {
  const Sites sites = HighHalfComparisons();
  EXPECT_EQ(!sites.empty(), AnyCondition([](const ArgCondition& condition) {
    return condition.mask >> 32 != 0;
  }));
  for (size_t at : sites) {
    ASSERT_EQ(program_[at].jt, 0);
    ExpectCaught(Without(program_, at), at);
  }
}

TEST_P(Z3ProofTest, ALowHalfComparedInPlaceOfTheHighIsCaught) {
  for (size_t at : HighHalfComparisons()) {
    ASSERT_EQ(program_[at - 1].code, kLoad);
    Program mutant = program_;
    mutant[at - 1].k -= 4;
    ExpectCaught(mutant, at);
  }
}

TEST_P(Z3ProofTest, ADroppedRowIsCaught) {
  for (Action action : {Action::kAllow, Action::kErrno, Action::kTrap}) {
    const Sites rows = RowsOf(action);
    EXPECT_EQ(
        !rows.empty(),
        std::any_of(preset_.rules().begin(), preset_.rules().end(),
                    [&](const Rule& rule) { return rule.action == action; }));
    for (size_t row : Sample(rows)) ExpectCaught(CompileWithout(row), row);
  }
}

// No preset has a row that kills, so the preset is what lacks one.
TEST_P(Z3ProofTest, ADroppedRowThatKillsIsCaught) {
  std::vector<Rule> rules(preset_.rules().begin(), preset_.rules().end());
  rules.push_back({SYS_reboot, Action::kKill, 0, {}, 0, "stops the machine"});
  const Policy more("more", rules, preset_.traits());
  CompiledFilter compiled = CompileFilter(more);
  BindFilter(compiled.program, binding_);
  EXPECT_FALSE(FindDifference(more, binding_, compiled.program));
  EXPECT_FALSE(ProveFilter(more, binding_, compiled.program));
  EXPECT_TRUE(ProveFilter(more, binding_, program_).has_value());
  const auto difference = FindDifference(more, binding_, program_);
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->call.nr, SYS_reboot);
  EXPECT_EQ(difference->expected, SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(Evaluate(compiled.program, difference->call), difference->expected);
  EXPECT_EQ(Evaluate(program_, difference->call), difference->found);
}

TEST_P(Z3ProofTest, AnotherAnswerIsCaught) {
  const Sites returns = Find(
      [](const sock_filter& insn, uint32_t) { return insn.code == kReturn; });
  EXPECT_GE(returns.size(), 3u);
  size_t left_behind = 0;
  for (size_t at : returns) {
    if (!IsReached(program_, at)) {
      ++left_behind;
      continue;
    }
    for (uint32_t answer :
         {SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS,
          SECCOMP_RET_ERRNO | uint32_t{EPERM}, SECCOMP_RET_USER_NOTIF}) {
      if (answer == program_[at].k) continue;
      Program mutant = program_;
      mutant[at].k = answer;
      ExpectCaught(mutant, at);
    }
  }
  EXPECT_LE(left_behind, 1u);
}

TEST_P(Z3ProofTest, AMissingCheckOfTheArchitectureIsCaught) {
  const Sites sites = Find([](const sock_filter& insn, uint32_t word) {
    return IsJump(insn) && word == kArch;
  });
  ASSERT_EQ(sites.size(), 1u);
  ASSERT_EQ(program_[sites[0]].jt, 0);
  ExpectCaught(Without(program_, sites[0]), sites[0]);
}

TEST_P(Z3ProofTest, AMissingCheckForX32IsCaught) {
  const Sites sites = Find([](const sock_filter& insn, uint32_t word) {
    return IsJump(insn) && word == kNumber && insn.k >= kX32Bit;
  });
  // The second lets the number through that a tracer has skipped.
  ASSERT_EQ(sites.size(), 2u);
  ASSERT_EQ(sites[1], sites[0] + 1);
  const Program with_second = Without(program_, sites[0]);
  ExpectCaught(with_second, sites[0]);
  ExpectCaught(Without(program_, sites[1]), sites[1]);
  ExpectCaught(Without(with_second, sites[0]), sites[0]);
}

TEST_P(Z3ProofTest, AClearedBitOfAMaskIsCaught) {
  const Sites sites = Find([](const sock_filter& insn, uint32_t) {
    return insn.code == kAnd && insn.k != 0;
  });
  EXPECT_EQ(!sites.empty(), AnyCondition([](const ArgCondition& condition) {
    const auto partial = [](uint32_t half) {
      return half != 0 && half != UINT32_MAX;
    };
    return partial(static_cast<uint32_t>(condition.mask)) ||
           partial(static_cast<uint32_t>(condition.mask >> 32));
  }));
  for (size_t at : Sample(sites)) {
    Program mutant = program_;
    mutant[at].k &= mutant[at].k - 1;  // the lowest
    ExpectCaught(mutant, at);
    mutant[at].k =
        program_[at].k & ~(1u << (31 - __builtin_clz(program_[at].k)));
    ExpectCaught(mutant, at);
  }
}

TEST_P(Z3ProofTest, AValueOffByOneIsCaught) {
  const Sites sites = Find([](const sock_filter& insn, uint32_t word) {
    return insn.code == kEqual && (word == kNumber || word >= kFirstArg);
  });
  EXPECT_FALSE(sites.empty());
  for (size_t at : Sample(sites)) {
    Program mutant = program_;
    ++mutant[at].k;
    ExpectCaught(mutant, at);
  }
}

TEST_P(Z3ProofTest, AnUnboundPidIsCaught) {
  const Program unbound = PresetFilter(preset_, kOwnPid);
  if (AnyCondition([](const ArgCondition& condition) {
        return condition.value == kOwnPid;
      })) {
    ExpectCaught(unbound, 0);
  } else {
    EXPECT_FALSE(FindDifference(preset_, binding_, unbound));
    EXPECT_FALSE(ProveFilter(preset_, binding_, unbound));
  }
}

// --- Changes at random -----------------------------------------------------

constexpr uint16_t kOperations[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV,
                                    BPF_OR,  BPF_AND, BPF_XOR, BPF_LSH,
                                    BPF_RSH, BPF_NEG};

// One of all that seccomp takes, and now and then one that it does not.
sock_filter AnyInstruction(std::mt19937_64& random) {
  const auto k = static_cast<uint32_t>(random());
  const auto operation = kOperations[random() % std::size(kOperations)];
  switch (random() % 9) {
    case 0:
      return BPF_STMT(kLoad, k % 17 * 4);
    case 1:
      return BPF_STMT(kReturn, kAnswers[k % std::size(kAnswers)]);
    case 2:
      return BPF_STMT(static_cast<uint16_t>(k % 2 != 0 ? BPF_ST : BPF_STX),
                      k / 2 % BPF_MEMWORDS);
    case 3:
      return BPF_STMT(
          static_cast<uint16_t>((k % 2 != 0 ? BPF_LD : BPF_LDX) | BPF_MEM),
          k / 2 % BPF_MEMWORDS);
    case 4:
      return BPF_STMT(
          static_cast<uint16_t>(BPF_MISC | (k % 2 != 0 ? BPF_TAX : BPF_TXA)),
          0);
    case 5:
      return BPF_STMT(static_cast<uint16_t>(BPF_ALU | operation | BPF_X), 0);
    case 6:
      return BPF_STMT(static_cast<uint16_t>(BPF_ALU | operation), k % 33);
    case 7:
      return BPF_STMT(BPF_RET | BPF_A, 0);
    default:
      return BPF_JUMP(static_cast<uint16_t>(BPF_JMP | BPF_JEQ | BPF_X), 0,
                      static_cast<uint8_t>(k % 4),
                      static_cast<uint8_t>(k / 4 % 4));
  }
}

// What does nothing in a program that uses neither X nor scratch memory.
sock_filter Harmless(std::mt19937_64& random) {
  constexpr sock_filter kHarmless[] = {
      BPF_STMT(BPF_MISC | BPF_TAX, 0),
      BPF_STMT(BPF_LDX | BPF_IMM, 7),
      BPF_STMT(BPF_LDX | BPF_W | BPF_LEN, 0),
      BPF_STMT(BPF_ST, 3),
      BPF_STMT(BPF_STX, 15),
      BPF_STMT(BPF_ALU | BPF_OR | BPF_K, 0),
      BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 0),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, UINT32_MAX),
      BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 1),
      BPF_STMT(BPF_JMP | BPF_JA, 0),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_X, 0, 0, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 42, 0, 0)};
  return kHarmless[random() % std::size(kHarmless)];
}

// Changes the comparison or jump `insn` in place.
void ChangeJump(sock_filter& insn, std::mt19937_64& random) {
  constexpr uint16_t kComparisons[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
  switch (random() % 4) {
    case 0:
      std::swap(insn.jt, insn.jf);
      return;
    case 1:
      insn.jt = static_cast<uint8_t>(insn.jt + 1 - 2 * (random() % 2));
      return;
    case 2:
      insn.jf = static_cast<uint8_t>(insn.jf + 1 - 2 * (random() % 2));
      return;
    default:
      insn.code = static_cast<uint16_t>(BPF_JMP | kComparisons[random() % 4]);
  }
}

Program Changed(Program program, std::mt19937_64& random) {
  const size_t at = random() % program.size();
  sock_filter& insn = program[at];
  switch (random() % 8) {
    case 0:
      insn.k ^= 1u << random() % 32;
      return program;
    case 1:
      insn.k += random() % 2 != 0 ? 1 : UINT32_MAX;
      return program;
    case 2:
      insn = AnyInstruction(random);
      return program;
    case 3:
      return With(program, at, AnyInstruction(random));
    case 4:
      return With(program, at, Harmless(random));
    case 5:
      return With(program, at, insn);
    case 6:
      return program.size() > 1 ? Without(program, at) : program;
    default:
      ChangeJump(insn, random);
      return program;
  }
}

TEST_P(Z3ProofTest, OfChangesAtRandomOnlyThoseAreProvedThatChangeNothing) {
  std::mt19937_64 random = std::mt19937_64(TestSeed());
  const std::vector<seccomp_data> calls = ProbeCalls(preset_, kPid);
  // The solver's time grows with the program.
  const size_t tries = program_.size() < 100 ? 200 : 50;
  size_t not_loaded = 0, different = 0, proved = 0, only_by_z3 = 0;
  for (size_t i = 0; i < tries; ++i) {
    SCOPED_TRACE("try " + std::to_string(i));
    Program mutant = Changed(program_, random);
    if (random() % 3 == 0) mutant = Changed(mutant, random);
    const bool accepted = !ProveFilter(preset_, binding_, mutant);
    const auto difference = FindDifference(preset_, binding_, mutant);
    if (difference) {
      EXPECT_FALSE(accepted) << "not sound: call " << difference->call.nr;
      ++(difference->not_loaded != nullptr ? not_loaded : different);
      if (!difference->not_loaded) ExpectConfirmed(mutant, *difference);
      continue;
    }
    ++(accepted ? proved : only_by_z3);
    EXPECT_TRUE(SameOnAll(calls, mutant));
  }
  printf(
      "%s: %zu mutants; different %zu, not loaded %zu; the same by both %zu, "
      "by Z3 only %zu\n",
      preset_.name(), tries, different, not_loaded, proved, only_by_z3);
  EXPECT_GT(different, 0u);
  EXPECT_GT(not_loaded, 0u);
  EXPECT_GT(proved + only_by_z3, 0u);
}

INSTANTIATE_TEST_SUITE_P(Presets, Z3ProofTest,
                         testing::Range(size_t{0}, AllPresets().size()),
                         [](const testing::TestParamInfo<size_t>& tested) {
                           return TestNameOf(AllPresets()[tested.param]);
                         });

// --- Cases made by hand ----------------------------------------------------

constexpr uint32_t kDenied = SECCOMP_RET_USER_NOTIF;

constexpr uint32_t Low(int arg) {
  return kFirstArg + 8 * static_cast<uint32_t>(arg);
}

constexpr uint32_t High(int arg) { return Low(arg) + 4; }

// A program that answers read(2) as `body` does and denies all other calls.
Program ForRead(const Program& body) {
  Program program = {
      BPF_STMT(kLoad, kArch),
      BPF_JUMP(kEqual, AUDIT_ARCH_X86_64, 1, 0),
      BPF_STMT(kReturn, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(kLoad, kNumber),
      BPF_JUMP(kEqual, 0xffffffff, 2, 0),
      BPF_JUMP(kAtLeast, kX32Bit, 0, 2),
      BPF_STMT(kReturn, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(kReturn, kDenied),
      BPF_JUMP(kEqual, SYS_read, 1, 0),
      BPF_STMT(kReturn, kDenied),
  };
  program.insert(program.end(), body.begin(), body.end());
  return program;
}

std::optional<Counterexample> Differ(const std::vector<Rule>& rules,
                                     const Program& program) {
  return FindDifference(Policy("made by hand", rules), Supervised(kPid),
                        program);
}

const Rule kAllowRead = {SYS_read, Action::kAllow, 0, {}, 0, "reads"};

TEST(Z3ProofByHandTest, TheOrderOfRowsDecides) {
  const Rule odd = {SYS_read, Action::kAllow, 0, {{0, 1, 1}}, 1, "odd"};
  const Rule second = {SYS_read, Action::kErrno, EPERM, {{0, 2, 2}}, 1, "bit"};
  const Program odd_first = ForRead({
      BPF_STMT(kLoad, Low(0)),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1),
      BPF_STMT(kReturn, SECCOMP_RET_ALLOW),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 2, 0, 1),
      BPF_STMT(kReturn, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(kReturn, kDenied),
  });
  EXPECT_FALSE(Differ({odd, second}, odd_first));
  const auto difference = Differ({second, odd}, odd_first);
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->call.args[0] & 3, 3u);
  EXPECT_EQ(difference->expected, uint32_t{SECCOMP_RET_ERRNO | EPERM});
  EXPECT_EQ(difference->found, SECCOMP_RET_ALLOW);
}

TEST(Z3ProofByHandTest, BothHalvesOfAValueCount) {
  constexpr uint64_t kValue = 0x1234'5678'0000'0002;
  const std::vector<Rule> rules = {
      {SYS_read, Action::kAllow, 0, {{5, ~uint64_t{0}, kValue}}, 1, "one"}};
  const auto program = [](uint32_t first, uint32_t second) {
    return ForRead({
        BPF_STMT(kLoad, first),
        BPF_JUMP(kEqual, 0x12345678, 0, 3),
        BPF_STMT(kLoad, second),
        BPF_JUMP(kEqual, 2, 0, 1),
        BPF_STMT(kReturn, SECCOMP_RET_ALLOW),
        BPF_STMT(kReturn, kDenied),
    });
  };
  EXPECT_FALSE(Differ(rules, program(High(5), Low(5))));
  EXPECT_TRUE(Differ(rules, program(Low(5), High(5))));
  EXPECT_TRUE(Differ(rules, program(High(5), Low(4))));
  const auto low_only = Differ(rules, ForRead({
                                          BPF_STMT(kLoad, Low(5)),
                                          BPF_JUMP(kEqual, 2, 0, 1),
                                          BPF_STMT(kReturn, SECCOMP_RET_ALLOW),
                                          BPF_STMT(kReturn, kDenied),
                                      }));
  ASSERT_TRUE(low_only.has_value());
  EXPECT_EQ(static_cast<uint32_t>(low_only->call.args[5]), 2u);
  EXPECT_NE(low_only->call.args[5], kValue);
}

TEST(Z3ProofByHandTest, OneCallOfAllIsFound) {
  const Program one = ForRead({
      BPF_STMT(kLoad, High(3)),
      BPF_JUMP(kEqual, 0x9abcdef0, 0, 3),
      BPF_STMT(kLoad, Low(3)),
      BPF_JUMP(kEqual, 0x12345678, 0, 1),
      BPF_STMT(kReturn, SECCOMP_RET_ALLOW),
      BPF_STMT(kReturn, kDenied),
  });
  const auto difference = Differ({}, one);
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->call.nr, SYS_read);
  EXPECT_EQ(difference->call.args[3], 0x9abc'def0'1234'5678u);
}

TEST(Z3ProofByHandTest, TheInstructionPointerIsUnknownToo) {
  const auto difference =
      Differ({kAllowRead}, ForRead({
                               BPF_STMT(kLoad, 12),
                               BPF_JUMP(kEqual, 0x7fff, 0, 1),
                               BPF_STMT(kReturn, kDenied),
                               BPF_STMT(kReturn, SECCOMP_RET_ALLOW),
                           }));
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->call.instruction_pointer >> 32, 0x7fffu);
}

TEST(Z3ProofByHandTest, ASkippedNumberIsNotX32) {
  Program program = ForRead({BPF_STMT(kReturn, SECCOMP_RET_ALLOW)});
  ASSERT_EQ(program[4].k, 0xffffffff);
  program[4].jt = 1;
  const auto difference = Differ({kAllowRead}, program);
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->call.nr, -1);
  EXPECT_EQ(difference->expected, kDenied);
  EXPECT_EQ(difference->found, SECCOMP_RET_KILL_PROCESS);
}

TEST(Z3ProofByHandTest, EveryBitOfAnAnswerCounts) {
  EXPECT_FALSE(
      Differ({kAllowRead}, ForRead({BPF_STMT(kReturn, SECCOMP_RET_ALLOW)})));
  EXPECT_TRUE(Differ({kAllowRead},
                     ForRead({BPF_STMT(kReturn, SECCOMP_RET_ALLOW | 1)})));
}

// Of which ProveFilter can tell nothing.
TEST(Z3ProofByHandTest, ArithmeticIsFollowed) {
  const std::vector<Rule> rules = {
      {SYS_read, Action::kAllow, 0, {{0, kLow32, 24}}, 1, "one"}};
  const auto program = [](uint32_t factor) {
    return ForRead({
        BPF_STMT(kLoad, Low(0)),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_STX, 9),
        BPF_STMT(BPF_LD | BPF_IMM, 8),
        BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, factor),
        BPF_STMT(BPF_LDX | BPF_MEM, 9),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
        BPF_STMT(kReturn, SECCOMP_RET_ALLOW),
        BPF_STMT(kReturn, kDenied),
    });
  };
  EXPECT_FALSE(Differ(rules, program(3)));
  EXPECT_TRUE(ProveFilter(Policy("one", rules), Supervised(kPid), program(3)));
  EXPECT_TRUE(Differ(rules, program(4)));
}

// Two paths that meet leave different words in X and in scratch memory.
TEST(Z3ProofByHandTest, PathsThatMeetKeepTheirRegisters) {
  const std::vector<Rule> rules = {
      {SYS_read, Action::kAllow, 0, {{0, 1, 1}, {1, kLow32, 7}}, 2, "odd"},
      {SYS_read, Action::kAllow, 0, {{0, 1, 0}, {1, kLow32, 9}}, 2, "even"}};
  const auto program = [](uint32_t odd, uint32_t even, const Program& recall) {
    Program body = {
        BPF_STMT(kLoad, Low(0)),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, 0, 3),
        BPF_STMT(BPF_LDX | BPF_IMM, odd),
        BPF_STMT(BPF_STX, 2),
        BPF_STMT(BPF_JMP | BPF_JA, 2),
        BPF_STMT(BPF_LDX | BPF_IMM, even),
        BPF_STMT(BPF_STX, 2),
    };
    body.insert(body.end(), recall.begin(), recall.end());
    body.insert(body.end(), {
                                BPF_STMT(kLoad, Low(1)),
                                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
                                BPF_STMT(kReturn, SECCOMP_RET_ALLOW),
                                BPF_STMT(kReturn, kDenied),
                            });
    return ForRead(body);
  };
  const Program from_scratch = {
      BPF_STMT(BPF_LD | BPF_MEM, 2), BPF_STMT(BPF_ST, 7),
      BPF_STMT(BPF_LD | BPF_IMM, 8), BPF_STMT(BPF_ST, 0),
      BPF_STMT(BPF_LDX | BPF_MEM, 7)};
  for (const Program& recall : {Program(), from_scratch}) {
    EXPECT_FALSE(Differ(rules, program(7, 9, recall)));
    EXPECT_TRUE(Differ(rules, program(9, 7, recall)));
    EXPECT_TRUE(Differ(rules, program(7, 7, recall)));
  }
}

TEST(Z3ProofByHandTest, ADivisionByZeroKillsTheThread) {
  const auto difference =
      Differ({kAllowRead}, ForRead({
                               BPF_STMT(kLoad, Low(1)),
                               BPF_STMT(BPF_MISC | BPF_TAX, 0),
                               BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0),
                               BPF_STMT(kReturn, SECCOMP_RET_ALLOW),
                           }));
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(static_cast<uint32_t>(difference->call.args[1]), 0u);
  EXPECT_EQ(difference->found, SECCOMP_RET_KILL_THREAD);
}

TEST(Z3ProofByHandTest, TheLengthIsThatOfSeccompData) {
  for (const Program& program : {Program{BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
                                         BPF_STMT(BPF_RET | BPF_A, 0)},
                                 Program{BPF_STMT(BPF_LDX | BPF_W | BPF_LEN, 0),
                                         BPF_STMT(BPF_MISC | BPF_TXA, 0),
                                         BPF_STMT(BPF_RET | BPF_A, 0)}}) {
    const auto difference = Differ({}, program);
    ASSERT_TRUE(difference.has_value());
    EXPECT_EQ(difference->found, sizeof(seccomp_data));
    EXPECT_EQ(Evaluate(program, difference->call), difference->found);
  }
}

// Each operation on constants, where all is folded before the solver starts,
// and on arguments, where it is not.
TEST(Z3ProofByHandTest, EveryOperationIsTheEvaluators) {
  std::mt19937_64 random = std::mt19937_64(TestSeed());
  for (uint16_t operation : kOperations) {
    for (uint16_t source : {BPF_K, BPF_X}) {
      if (operation == BPF_NEG && source == BPF_X) continue;
      const auto code = static_cast<uint16_t>(BPF_ALU | operation | source);
      for (int i = 0; i < 20; ++i) {
        const auto a = static_cast<uint32_t>(random());
        // Small ones too, and none that would not load or is not defined.
        const bool shift = operation == BPF_LSH || operation == BPF_RSH;
        const auto x = static_cast<uint32_t>(
            1 + random() % (shift || i % 2 == 0 ? 31 : UINT32_MAX));
        const Program constants = {
            BPF_STMT(BPF_LD | BPF_IMM, a), BPF_STMT(BPF_LDX | BPF_IMM, x),
            BPF_STMT(code, x), BPF_STMT(BPF_RET | BPF_A, 0)};
        const auto difference = Differ({}, constants);
        ASSERT_TRUE(difference.has_value());
        ASSERT_STREQ(difference->not_loaded, nullptr);
        EXPECT_EQ(Evaluate(constants, difference->call), difference->found)
            << std::hex << code << " " << a << " " << x;
      }
      const Program unknown = {BPF_STMT(kLoad, High(0)),
                               BPF_STMT(BPF_MISC | BPF_TAX, 0),
                               BPF_STMT(kLoad, Low(2)), BPF_STMT(code, 5),
                               BPF_STMT(BPF_RET | BPF_A, 0)};
      const auto difference = Differ({}, unknown);
      ASSERT_TRUE(difference.has_value());
      EXPECT_EQ(Evaluate(unknown, difference->call).value_or(0),
                difference->found)
          << std::hex << code;
    }
  }
}

TEST(Z3ProofByHandTest, AProgramThatTheKernelDoesNotLoadIsADifference) {
  const sock_filter allow = BPF_STMT(kReturn, SECCOMP_RET_ALLOW);
  const sock_filter read_scratch = BPF_STMT(BPF_LD | BPF_MEM, 4);
  const struct {
    Program program;
    const char* why;
  } cases[] = {
      {{}, "no instruction"},
      {Program(BPF_MAXINSNS + 1, allow), "too many instructions"},
      {{BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 3), allow},
       "an instruction that seccomp does not take"},
      {{BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), allow},
       "an instruction that seccomp does not take"},
      {{BPF_STMT(kLoad, sizeof(seccomp_data)), allow},
       "a load outside of seccomp_data or across its words"},
      {{BPF_STMT(kLoad, 2), allow},
       "a load outside of seccomp_data or across its words"},
      {{BPF_STMT(BPF_JMP | BPF_JA, 1), allow}, "a jump past the end"},
      {{BPF_STMT(BPF_JMP | BPF_JA, UINT32_MAX), allow}, "a jump past the end"},
      {{BPF_JUMP(kEqual, 0, 0, 1), allow}, "a jump past the end"},
      {{BPF_JUMP(kEqual, 0, 1, 0), allow}, "a jump past the end"},
      {{allow, BPF_STMT(kLoad, 0)}, "no return at the end"},
      {{read_scratch, allow}, "a read of an unwritten word"},
      {{BPF_JUMP(kEqual, 0, 0, 1), BPF_STMT(BPF_ST, 4), read_scratch, allow},
       "a read of an unwritten word"},
      {{BPF_STMT(BPF_ST, BPF_MEMWORDS), allow},
       "a scratch word that there is not"},
      {{BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32), allow},
       "a shift by more than a word"},
      {{BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), allow}, "a division by zero"},
      // Where no call comes, too.
      {{allow, BPF_STMT(kLoad, 2), allow},
       "a load outside of seccomp_data or across its words"},
  };
  for (const auto& [program, why] : cases) {
    const auto difference = Differ({kAllowRead}, program);
    ASSERT_TRUE(difference.has_value()) << why;
    EXPECT_STREQ(difference->not_loaded, why);
    EXPECT_EQ(difference->expected, SECCOMP_RET_KILL_PROCESS);
  }
}

TEST(Z3ProofByHandTest, GivingUpIsNotAProof) {
  Program body = {BPF_STMT(kLoad, Low(0))};
  for (int round = 0; round < 6; ++round) {
    body.push_back(BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 0x9e3779b1));
    body.push_back(BPF_STMT(BPF_MISC | BPF_TAX, 0));
    body.push_back(BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 15));
    body.push_back(BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0));
    body.push_back(BPF_STMT(BPF_ALU | BPF_MUL | BPF_X, 0));
  }
  body.push_back(BPF_JUMP(kEqual, 0xdeadbeef, 0, 1));
  body.push_back(BPF_STMT(kReturn, kDenied));
  body.push_back(BPF_STMT(kReturn, SECCOMP_RET_ALLOW));
  const std::vector<Rule> rules = {kAllowRead};
  EXPECT_THROW((void)FindDifference(Policy("hard", rules), Supervised(kPid),
                                    ForRead(body), 20),
               std::runtime_error);
}

}  // namespace
}  // namespace cellblock
