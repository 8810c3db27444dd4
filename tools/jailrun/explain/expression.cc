// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/explain/expression.h"

#include <dwarf.h>

#include <vector>

namespace cellblock {
namespace {

class Stack {
 public:
  void Push(Word word) { words_.push_back(word); }
  Word Pop() {
    if (words_.empty()) return {};
    const Word word = words_.back();
    words_.pop_back();
    return word;
  }
  // Takes two words and pushes what `operation` makes of them.
  template <typename Operation>
  void Combine(Operation operation) {
    const Word right = Pop();
    const Word left = Pop();
    Push(left && right ? Word(operation(*left, *right)) : Word());
  }

 private:
  std::vector<Word> words_;
};

Word Register(const Frame& frame, uint64_t number) {
  return number < kRegisters ? frame.registers[number] : Word();
}

// The register that an operation names as a place; empty iff it names none.
Word RegisterOf(const Dwarf_Op& operation) {
  const uint8_t code = operation.atom;
  if (code == DW_OP_regx) return operation.number;
  if (code < DW_OP_reg0 || code > DW_OP_reg31) return {};
  return code - DW_OP_reg0;
}

Word Plus(Word word, uint64_t offset) {
  return word ? Word(*word + offset) : Word();
}

// False iff the operation is none that call frame information uses here.
bool Apply(const Dwarf_Op& operation, const Frame& frame, Word cfa,
           const MemoryReader& memory, Stack* stack) {
  const uint8_t code = operation.atom;
  if (code >= DW_OP_lit0 && code <= DW_OP_lit31) {
    stack->Push(code - DW_OP_lit0);
    return true;
  }
  if (code >= DW_OP_breg0 && code <= DW_OP_breg31) {
    stack->Push(Plus(Register(frame, code - DW_OP_breg0), operation.number));
    return true;
  }
  switch (code) {
    case DW_OP_bregx:
      stack->Push(Plus(Register(frame, operation.number), operation.number2));
      return true;
    case DW_OP_call_frame_cfa:
      stack->Push(cfa);
      return true;
    case DW_OP_const1u:
    case DW_OP_const1s:
    case DW_OP_const2u:
    case DW_OP_const2s:
    case DW_OP_const4u:
    case DW_OP_const4s:
    case DW_OP_const8u:
    case DW_OP_const8s:
    case DW_OP_constu:
    case DW_OP_consts:
      stack->Push(operation.number);
      return true;
    case DW_OP_plus_uconst:
      stack->Push(Plus(stack->Pop(), operation.number));
      return true;
    case DW_OP_deref: {
      const Word address = stack->Pop();
      stack->Push(address ? memory.Get<uint64_t>(*address) : Word());
      return true;
    }
    case DW_OP_plus:
      stack->Combine([](uint64_t a, uint64_t b) { return a + b; });
      return true;
    case DW_OP_minus:
      stack->Combine([](uint64_t a, uint64_t b) { return a - b; });
      return true;
    case DW_OP_and:
      stack->Combine([](uint64_t a, uint64_t b) { return a & b; });
      return true;
    case DW_OP_shl:
      stack->Combine(
          [](uint64_t a, uint64_t b) { return b < 64 ? a << b : 0; });
      return true;
    case DW_OP_ge:
      stack->Combine([](uint64_t a, uint64_t b) {
        return uint64_t{static_cast<int64_t>(a) >= static_cast<int64_t>(b)};
      });
      return true;
    default:
      return false;
  }
}

}  // namespace

ExpressionResult Evaluate(const Dwarf_Op* operations, size_t count,
                          const Frame& frame, Word cfa,
                          const MemoryReader& memory) {
  constexpr size_t kMostOperations = 256;
  ExpressionResult result;
  Stack stack;
  if (count > kMostOperations) return result;
  for (size_t i = 0; i < count; ++i) {
    if (operations[i].atom == DW_OP_stack_value) {
      result.is_value = true;
    } else if (const Word number = RegisterOf(operations[i])) {
      // It is in another register still.
      stack.Push(Register(frame, *number));
      result.is_value = true;
    } else if (!Apply(operations[i], frame, cfa, memory, &stack)) {
      return result;
    }
  }
  result.word = stack.Pop();
  return result;
}

}  // namespace cellblock
