// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/explain/call_site.h"

#include <string.h>

#include <optional>

namespace cellblock {
namespace {

constexpr size_t kLongestCall = 8;

uint64_t Relative(const uint8_t* displacement, uint64_t next) {
  int32_t offset;
  memcpy(&offset, displacement, sizeof(offset));
  return next + static_cast<uint64_t>(int64_t{offset});
}

// Where a stub of the PLT jumps: [endbr64] [bnd] jmp *slot(%rip).
std::optional<uint64_t> StubTarget(uint64_t stub, const MemoryReader& memory) {
  uint8_t code[16];
  if (memory.Read(stub, code, sizeof(code)) != sizeof(code)) return {};
  size_t at = memcmp(code, "\xf3\x0f\x1e\xfa", 4) == 0 ? 4 : 0;
  if (code[at] == 0xf2) ++at;
  if (code[at] != 0xff || code[at + 1] != 0x25) return {};
  return memory.Get<uint64_t>(Relative(code + at + 2, stub + at + 6));
}

// True iff the code at `target` soon jumps to `function`, as a function does
// that ends by calling another. A displacement of four bytes is not right by
// chance, so instructions need not be told apart.
bool JumpsTo(uint64_t target, uint64_t function, const MemoryReader& memory) {
  constexpr size_t kLooked = 64;
  constexpr size_t kJump = 5;
  uint8_t code[kLooked];
  const size_t got = memory.Read(target, code, sizeof(code));
  for (size_t at = 0; at + kJump <= got; ++at) {
    if (code[at] == 0xe9 &&
        Relative(code + at + 1, target + at + kJump) == function) {
      return true;
    }
  }
  return false;
}

CallSite Compare(std::optional<uint64_t> target, uint64_t function,
                 const MemoryReader& memory) {
  if (!target) return CallSite::kUnknown;
  return *target == function || JumpsTo(*target, function, memory)
             ? CallSite::kCallsIt
             : CallSite::kCallsOther;
}

// call *register, or call *memory, in `length` bytes before the end.
bool IsIndirectCall(const uint8_t* end, size_t length) {
  const uint8_t* code = end - length;
  if (code[0] == 0x41) {  // REX.B
    ++code;
    --length;
  }
  if (length < 2 || code[0] != 0xff || (code[1] >> 3 & 7) != 2) return false;
  const unsigned mode = code[1] >> 6;
  const size_t scaled = mode != 3 && (code[1] & 7) == 4 ? 1 : 0;
  const size_t displacement = mode == 1 ? 1 : mode == 2 ? 4 : 0;
  return length == 2 + scaled + displacement;
}

}  // namespace

CallSite CallSiteBefore(uint64_t address, uint64_t function,
                        const MemoryReader& memory) {
  uint8_t code[kLongestCall];
  if (address < sizeof(code) ||
      memory.Read(address - sizeof(code), code, sizeof(code)) != sizeof(code)) {
    return CallSite::kNone;
  }
  const uint8_t* end = code + sizeof(code);
  if (end[-5] == 0xe8) {
    const uint64_t target = Relative(end - 4, address);
    return Compare(StubTarget(target, memory).value_or(target), function,
                   memory);
  }
  if (end[-6] == 0xff && end[-5] == 0x15) {  // call *slot(%rip)
    return Compare(memory.Get<uint64_t>(Relative(end - 4, address)), function,
                   memory);
  }
  for (size_t length = 2; length < kLongestCall; ++length) {
    if (IsIndirectCall(end, length)) return CallSite::kUnknown;
  }
  return CallSite::kNone;
}

}  // namespace cellblock
