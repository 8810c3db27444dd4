// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What jailrun-explain makes of bytes: call instructions, and the expressions
// of call frame information. Whole stacks are in
// tests/tools/jailrun/explain_test.py.

#include <dwarf.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/tools/fake_memory.h"
#include "tools/jailrun/explain/call_site.h"
#include "tools/jailrun/explain/expression.h"

namespace cellblock {
namespace {

constexpr uint64_t kFunction = 0x2000;
constexpr uint64_t kReturn = 0x1010;

// Code that ends at kReturn with `instruction`, behind bytes that are no call.
FakeMemory CodeBefore(const std::string& instruction) {
  FakeMemory memory;
  memory.Put(kReturn - 16,
             std::string(16 - instruction.size(), '\x90') + instruction);
  return memory;
}

std::string Displacement(uint64_t target, uint64_t next) {
  const auto offset = static_cast<int32_t>(target - next);
  return std::string(reinterpret_cast<const char*>(&offset), sizeof(offset));
}

CallSite SiteIn(const FakeMemory& memory) {
  return CallSiteBefore(kReturn, kFunction, memory);
}

TEST(CallSiteTest, DirectCallIsFollowed) {
  EXPECT_EQ(SiteIn(CodeBefore("\xe8" + Displacement(kFunction, kReturn))),
            CallSite::kCallsIt);
  EXPECT_EQ(SiteIn(CodeBefore("\xe8" + Displacement(kFunction + 1, kReturn))),
            CallSite::kCallsOther);
}

TEST(CallSiteTest, StubOfThePltIsFollowed) {
  constexpr uint64_t kStub = 0x3000;
  constexpr uint64_t kSlot = 0x4000;
  for (const std::string prefix :
       {"", "\xf2", "\xf3\x0f\x1e\xfa", "\xf3\x0f\x1e\xfa\xf2"}) {
    FakeMemory memory = CodeBefore("\xe8" + Displacement(kStub, kReturn));
    std::string stub = prefix + "\xff\x25";
    stub += Displacement(kSlot, kStub + stub.size() + 4);
    memory.Put(kStub, stub + std::string(16, '\x90'));
    // Not to be told from other code while its slot cannot be read.
    EXPECT_EQ(SiteIn(memory), CallSite::kCallsOther);
    memory.PutValue(kSlot, kFunction);
    EXPECT_EQ(SiteIn(memory), CallSite::kCallsIt);
    memory.PutValue(kSlot, kFunction + 8);
    EXPECT_EQ(SiteIn(memory), CallSite::kCallsOther);
  }
}

// A function that ends by a jump to another leaves no frame.
TEST(CallSiteTest, JumpBehindTheCallIsFollowed) {
  constexpr uint64_t kOther = 0x3000;
  for (const size_t before : {0, 7, 59, 60, 200}) {
    for (const uint64_t wrong : {0, 1}) {
      FakeMemory memory = CodeBefore("\xe8" + Displacement(kOther, kReturn));
      std::string code(before, '\x90');
      code += "\xe9" + Displacement(kFunction + wrong, kOther + before + 5);
      memory.Put(kOther, code);
      EXPECT_EQ(SiteIn(memory), before < 60 && wrong == 0
                                    ? CallSite::kCallsIt
                                    : CallSite::kCallsOther)
          << before;
    }
  }
}

TEST(CallSiteTest, CallThroughASlotIsFollowed) {
  constexpr uint64_t kSlot = 0x4000;
  FakeMemory memory = CodeBefore("\xff\x15" + Displacement(kSlot, kReturn));
  EXPECT_EQ(SiteIn(memory), CallSite::kUnknown);
  memory.PutValue(kSlot, kFunction);
  EXPECT_EQ(SiteIn(memory), CallSite::kCallsIt);
}

TEST(CallSiteTest, CallThroughARegisterMayLeadAnywhere) {
  for (const std::string& code : {
           std::string("\xff\xd0"),                     // *%rax
           std::string("\x41\xff\xd4"),                 // *%r12
           std::string("\xff\x50\x08"),                 // *8(%rax)
           std::string("\xff\x54\x24\x08"),             // *8(%rsp)
           std::string("\xff\x14\xc3"),                 // *(%rbx,%rax,8)
           std::string("\xff\x90\x00\x01\x00\x00", 6),  // *256(%rax)
           std::string("\x41\xff\x94\x24\x00\x01\x00\x00", 8),  // *256(%r12)
       }) {
    EXPECT_EQ(SiteIn(CodeBefore(code)), CallSite::kUnknown) << code.size();
  }
}

TEST(CallSiteTest, OtherCodeIsNoCall) {
  EXPECT_EQ(SiteIn(CodeBefore("")), CallSite::kNone);
  EXPECT_EQ(SiteIn(CodeBefore("\xff\xe0")), CallSite::kNone);  // jmp *%rax
  EXPECT_EQ(SiteIn(FakeMemory()), CallSite::kNone);
  for (const uint64_t address : {uint64_t{0}, uint64_t{5}, UINT64_MAX}) {
    EXPECT_EQ(CallSiteBefore(address, kFunction, FakeMemory()),
              CallSite::kNone);
  }
}

Dwarf_Op Op(uint8_t code, Dwarf_Word number = 0, Dwarf_Word number2 = 0) {
  return {.atom = code, .number = number, .number2 = number2, .offset = 0};
}

ExpressionResult Value(const std::vector<Dwarf_Op>& operations) {
  Frame frame;
  frame.registers[kStackPointer] = 0x1000;
  FakeMemory memory;
  memory.PutValue(0x1008, uint64_t{0xabcd});
  return Evaluate(operations.data(), operations.size(), frame, 0x2000, memory);
}

TEST(ExpressionTest, RegistersAndMemoryAreRead) {
  EXPECT_EQ(Value({Op(DW_OP_breg7, 8)}).word, 0x1008u);
  EXPECT_EQ(Value({Op(DW_OP_bregx, 7, 8), Op(DW_OP_deref)}).word, 0xabcdu);
  EXPECT_EQ(Value({Op(DW_OP_call_frame_cfa), Op(DW_OP_plus_uconst, 8)}).word,
            0x2008u);
  EXPECT_FALSE(Value({Op(DW_OP_breg7)}).is_value);
  EXPECT_TRUE(Value({Op(DW_OP_breg7), Op(DW_OP_stack_value)}).is_value);
  const ExpressionResult in_register = Value({Op(DW_OP_regx, 7)});
  EXPECT_TRUE(in_register.is_value);
  EXPECT_EQ(in_register.word, 0x1000u);
}

// The CFA within a PLT: rsp + 8 + ((rip & 15) >= 11) << 3.
TEST(ExpressionTest, NumbersAreCombined) {
  EXPECT_EQ(Value({Op(DW_OP_lit8), Op(DW_OP_const1u, 0x1b), Op(DW_OP_lit15),
                   Op(DW_OP_and), Op(DW_OP_lit11), Op(DW_OP_ge), Op(DW_OP_lit3),
                   Op(DW_OP_shl), Op(DW_OP_plus)})
                .word,
            16u);
  EXPECT_EQ(Value({Op(DW_OP_lit8), Op(DW_OP_lit3), Op(DW_OP_minus)}).word, 5u);
}

TEST(ExpressionTest, WhatIsNotKnownStaysUnknown) {
  EXPECT_FALSE(Value({Op(DW_OP_breg6, 16)}).word);
  EXPECT_FALSE(Value({Op(DW_OP_bregx, 99, 0)}).word);
  EXPECT_FALSE(Value({Op(DW_OP_lit0), Op(DW_OP_deref)}).word);
  EXPECT_FALSE(Value({Op(DW_OP_plus)}).word);
  EXPECT_FALSE(Value({}).word);
  EXPECT_FALSE(Value({Op(DW_OP_lit1), Op(DW_OP_skip, 0)}).word);
  EXPECT_FALSE(Value(std::vector<Dwarf_Op>(257, Op(DW_OP_lit1))).word);
}

}  // namespace
}  // namespace cellblock
