// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/policy_command/disassembly.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include <string>
#include <vector>

#include "jail/presets.h"
#include "tests/jail/probes.h"

namespace cellblock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

sock_filter Insn(int code, uint32_t k = 0, uint8_t jt = 0, uint8_t jf = 0) {
  return {static_cast<uint16_t>(code), jt, jf, k};
}

struct Row {
  sock_filter insn;
  const char* text;
  const char* comment;
};

// Every instruction that the kernel accepts of a seccomp filter.
const Row kInstructions[] = {
    {Insn(BPF_LD | BPF_W | BPF_ABS, 0), "ld [0]", "the number"},
    {Insn(BPF_LD | BPF_W | BPF_ABS, 4), "ld [4]", "the architecture"},
    {Insn(BPF_LD | BPF_W | BPF_ABS, 8), "ld [8]",
     "the instruction pointer, low half"},
    {Insn(BPF_LD | BPF_W | BPF_ABS, 12), "ld [12]",
     "the instruction pointer, high half"},
    {Insn(BPF_LD | BPF_W | BPF_ABS, 16), "ld [16]", "argument 0, low half"},
    {Insn(BPF_LD | BPF_W | BPF_ABS, 60), "ld [60]", "argument 5, high half"},
    {Insn(BPF_LD | BPF_W | BPF_ABS, 64), "ld [64]", ""},
    {Insn(BPF_LD | BPF_W | BPF_LEN), "ld len", "the size of seccomp_data"},
    {Insn(BPF_LDX | BPF_W | BPF_LEN), "ldx len", "the size of seccomp_data"},
    {Insn(BPF_LD | BPF_IMM, 0x10), "ld #0x10", ""},
    {Insn(BPF_LDX | BPF_IMM, 0x10), "ldx #0x10", ""},
    {Insn(BPF_LD | BPF_MEM, 3), "ld M[3]", ""},
    {Insn(BPF_LDX | BPF_MEM, 3), "ldx M[3]", ""},
    {Insn(BPF_ST, 15), "st M[15]", ""},
    {Insn(BPF_STX, 15), "stx M[15]", ""},
    {Insn(BPF_ALU | BPF_ADD | BPF_K, 1), "add #0x1", ""},
    {Insn(BPF_ALU | BPF_SUB | BPF_K, 1), "sub #0x1", ""},
    {Insn(BPF_ALU | BPF_MUL | BPF_K, 1), "mul #0x1", ""},
    {Insn(BPF_ALU | BPF_DIV | BPF_K, 1), "div #0x1", ""},
    {Insn(BPF_ALU | BPF_OR | BPF_K, 1), "or #0x1", ""},
    {Insn(BPF_ALU | BPF_AND | BPF_K, 1), "and #0x1", ""},
    {Insn(BPF_ALU | BPF_XOR | BPF_K, 1), "xor #0x1", ""},
    {Insn(BPF_ALU | BPF_LSH | BPF_K, 1), "lsh #0x1", ""},
    {Insn(BPF_ALU | BPF_RSH | BPF_K, 1), "rsh #0x1", ""},
    {Insn(BPF_ALU | BPF_ADD | BPF_X), "add x", ""},
    {Insn(BPF_ALU | BPF_RSH | BPF_X), "rsh x", ""},
    {Insn(BPF_ALU | BPF_NEG), "neg", ""},
    {Insn(BPF_JMP | BPF_JA, 7), "ja 8", ""},
    {Insn(BPF_JMP | BPF_JEQ | BPF_K, 5, 1, 2), "jeq #0x5 to 2 else 3", ""},
    {Insn(BPF_JMP | BPF_JGT | BPF_K, 5, 1, 2), "jgt #0x5 to 2 else 3", ""},
    {Insn(BPF_JMP | BPF_JGE | BPF_K, 5, 1, 2), "jge #0x5 to 2 else 3", ""},
    {Insn(BPF_JMP | BPF_JSET | BPF_K, 5, 1, 2), "jset #0x5 to 2 else 3", ""},
    {Insn(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 2), "jeq x to 2 else 3", ""},
    {Insn(BPF_JMP | BPF_JGT | BPF_X, 0, 1, 2), "jgt x to 2 else 3", ""},
    {Insn(BPF_JMP | BPF_JGE | BPF_X, 0, 1, 2), "jge x to 2 else 3", ""},
    {Insn(BPF_JMP | BPF_JSET | BPF_X, 0, 1, 2), "jset x to 2 else 3", ""},
    {Insn(BPF_RET | BPF_K, SECCOMP_RET_ALLOW), "ret #0x7fff0000", "allow"},
    {Insn(BPF_RET | BPF_K, SECCOMP_RET_LOG), "ret #0x7ffc0000",
     "allow, and log"},
    {Insn(BPF_RET | BPF_K, SECCOMP_RET_TRACE), "ret #0x7ff00000",
     "ask a tracer"},
    {Insn(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF), "ret #0x7fc00000",
     "the supervisor refuses or ends it"},
    {Insn(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 13), "ret #0x5000d",
     "errno EACCES"},
    {Insn(BPF_RET | BPF_K, SECCOMP_RET_TRAP), "ret #0x30000",
     "trap: the pool answers"},
    {Insn(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS), "ret #0x80000000",
     "kill the process"},
    {Insn(BPF_RET | BPF_K, SECCOMP_RET_KILL_THREAD), "ret #0x0",
     "kill the thread"},
    {Insn(BPF_RET | BPF_A), "ret a", ""},
    {Insn(BPF_MISC | BPF_TAX), "tax", ""},
    {Insn(BPF_MISC | BPF_TXA), "txa", ""},
    // And some that it does not.
    {Insn(BPF_LD | BPF_B | BPF_ABS, 0), "unknown", ""},
    {Insn(BPF_LD | BPF_W | BPF_IND, 0), "unknown", ""},
    {Insn(BPF_ALU | BPF_MOD | BPF_K, 1), "unknown", ""},
    {Insn(BPF_JMP | 0x50, 1), "unknown", ""},
    {Insn(BPF_RET | BPF_X), "unknown", ""},
    {Insn(BPF_MISC | 0x40), "unknown", ""},
};

TEST(Disassembly, EveryInstruction) {
  for (const Row& row : kInstructions) {
    const auto lines = Disassemble({&row.insn, 1});
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].text, row.text);
    EXPECT_EQ(lines[0].comment, row.comment) << row.text;
  }
}

std::vector<std::string> Comments(const std::vector<sock_filter>& program) {
  std::vector<std::string> comments;
  for (const auto& line : Disassemble(program)) {
    comments.push_back(line.comment);
  }
  return comments;
}

TEST(Disassembly, ExplainsConstantsByWhatIsHeld) {
  EXPECT_EQ(Comments({Insn(BPF_LD | BPF_W | BPF_ABS, 4),
                      Insn(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 4),
                      Insn(BPF_LD | BPF_W | BPF_ABS, 0),
                      Insn(BPF_JMP | BPF_JEQ | BPF_K, SYS_kill, 0, 2),
                      Insn(BPF_LD | BPF_W | BPF_ABS, 16),
                      Insn(BPF_JMP | BPF_JEQ | BPF_K, kOwnPid, 0, 0),
                      Insn(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)}),
            (std::vector<std::string>{
                "the architecture", "x86-64", "the number", "kill",
                "argument 0, low half", "the own pid", "allow"}));
}

// Where two ways meet with different words, or the word was changed, nothing is
// claimed.
TEST(Disassembly, ClaimsNothingThatAPathContradicts) {
  const auto met = Comments({Insn(BPF_LD | BPF_W | BPF_ABS, 0),
                             Insn(BPF_JMP | BPF_JEQ | BPF_K, SYS_read, 0, 1),
                             Insn(BPF_LD | BPF_W | BPF_ABS, 16),
                             Insn(BPF_JMP | BPF_JEQ | BPF_K, SYS_read, 0, 0),
                             Insn(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)});
  EXPECT_EQ(met[1], "read");
  EXPECT_EQ(met[3], "");
  for (const sock_filter& change :
       {Insn(BPF_ALU | BPF_ADD | BPF_K, 1), Insn(BPF_MISC | BPF_TXA),
        Insn(BPF_LD | BPF_IMM, 1), Insn(BPF_LD | BPF_MEM, 1)}) {
    const auto changed =
        Comments({Insn(BPF_LD | BPF_W | BPF_ABS, 0), change,
                  Insn(BPF_JMP | BPF_JEQ | BPF_K, SYS_read, 0, 0),
                  Insn(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)});
    EXPECT_EQ(changed[2], "");
  }
}

// A jump past the end is the kernel's to refuse, and not ours to follow.
TEST(Disassembly, FollowsNoJumpPastTheEnd) {
  EXPECT_EQ(
      Disassemble(std::vector{Insn(BPF_JMP | BPF_JA, 0xffffffff)})[0].text,
      "ja 4294967296");
}

TEST(Disassembly, EveryPresetReads) {
  for (const Policy& preset : AllPresets()) {
    const auto filter = PresetFilter(preset, static_cast<pid_t>(kOwnPid));
    const std::string listing = ListingOf(filter);
    EXPECT_THAT(listing, Not(HasSubstr("unknown"))) << preset.name();
    EXPECT_THAT(listing, HasSubstr("x86-64"));
    EXPECT_EQ(std::count(listing.begin(), listing.end(), '\n'),
              static_cast<ptrdiff_t>(filter.size()));
  }
  EXPECT_THAT(
      ListingOf(PresetFilter(WorkerPreset(), static_cast<pid_t>(kOwnPid))),
      HasSubstr("the own pid"));
}

}  // namespace
}  // namespace cellblock
