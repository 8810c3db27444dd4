// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile/frame_rules.h"

#include <cstddef>
#include <cstring>

namespace cellblock {
namespace {

constexpr uint8_t kSigned4FromHere = 0x1b;   // DW_EH_PE_pcrel | sdata4
constexpr uint8_t kSigned4FromIndex = 0x3b;  // DW_EH_PE_datarel | sdata4
constexpr uint8_t kUnsigned4 = 0x03;         // DW_EH_PE_udata4

// The bytes of an entry, one after the other. Past its end all are zero.
class Bytes {
 public:
  Bytes(uintptr_t begin, uintptr_t end)
      : at_(reinterpret_cast<const uint8_t*>(begin)),
        end_(reinterpret_cast<const uint8_t*>(end)) {}

  bool empty() const { return at_ >= end_; }
  uintptr_t at() const { return reinterpret_cast<uintptr_t>(at_); }
  void Skip(uint64_t bytes) {
    at_ = bytes < static_cast<uint64_t>(end_ - at_) ? at_ + bytes : end_;
  }

  template <typename T>
  T Get() {
    T value = {};
    if (static_cast<size_t>(end_ - at_) < sizeof(T)) {
      at_ = end_;
      return value;
    }
    memcpy(&value, at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }

  uint64_t Unsigned() {  // LEB128
    uint64_t value = 0;
    for (unsigned shift = 0; !empty() && shift < 64; shift += 7) {
      const uint8_t byte = *at_++;
      value |= uint64_t{byte & 0x7fu} << shift;
      if ((byte & 0x80) == 0) break;
    }
    return value;
  }

  int64_t Signed() {
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte = 0x80;
    while (!empty() && shift < 64 && (byte & 0x80) != 0) {
      byte = *at_++;
      value |= uint64_t{byte & 0x7fu} << shift;
      shift += 7;
    }
    if (shift < 64 && (byte & 0x40) != 0) value |= ~uint64_t{0} << shift;
    return static_cast<int64_t>(value);
  }

 private:
  const uint8_t* at_;
  const uint8_t* end_;
};

// An entry of .eh_frame, behind its length. Those of 4 GiB are none.
Bytes EntryAt(uintptr_t address) {
  uint32_t length;
  memcpy(&length, reinterpret_cast<const void*>(address), sizeof(length));
  if (length == ~0u) length = 0;
  const uintptr_t begin = address + sizeof(length);
  return {begin, begin + length};
}

// What the entries of a file have in common.
struct Common {
  uint64_t code_step = 0;
  int64_t data_step = 0;
  bool has_augmentation = false;
  uint8_t encoding = 0;
  Bytes program = {0, 0};
};

bool ReadCommon(uintptr_t address, Common* common) {
  Bytes entry = EntryAt(address);
  if (entry.Get<uint32_t>() != 0 || entry.Get<uint8_t>() != 1) return false;
  char letters[8] = {};
  for (size_t i = 0; i < sizeof(letters); ++i) {
    letters[i] = entry.Get<char>();
    if (letters[i] == '\0') break;
    if (i + 1 == sizeof(letters)) return false;
  }
  common->code_step = entry.Unsigned();
  common->data_step = entry.Signed();
  if (entry.Unsigned() != kFrameRegisters - 1) return false;
  common->has_augmentation = letters[0] == 'z';
  if (!common->has_augmentation) return false;
  const uint64_t length = entry.Unsigned();
  Bytes data = entry;
  entry.Skip(length);
  for (const char* letter = letters + 1; *letter != '\0'; ++letter) {
    if (*letter == 'R') {
      common->encoding = data.Get<uint8_t>();
    } else if (*letter == 'L') {
      data.Get<uint8_t>();
    } else if (*letter == 'P') {
      // A pointer in four bytes, or eight.
      data.Skip((data.Get<uint8_t>() & 0x0f) == 0x0b ? 4 : 8);
    } else if (*letter != 'S') {
      return false;
    }
  }
  common->program = entry;
  return common->encoding == kSigned4FromHere;
}

// Runs the instructions of an entry up to a place in its function.
class Machine {
 public:
  Machine(const Common& common, uintptr_t location, uintptr_t target)
      : common_(common), location_(location), target_(target) {}

  bool Run(Bytes program) {
    while (!program.empty() && location_ <= target_) {
      if (!Step(&program)) return false;
    }
    return true;
  }

  // What a restored register goes back to.
  void KeepInitial() { initial_ = now_; }
  const FrameRules& rules() const { return now_; }
  bool has_base() const { return has_base_; }

 private:
  static constexpr size_t kMostKept = 4;

  void Save(uint64_t reg, int64_t offset) {
    if (reg >= kFrameRegisters) return;
    now_.rules[reg] = {FrameRules::Kind::kSaved, offset};
  }
  void Set(uint64_t reg, FrameRules::Kind kind) {
    if (reg < kFrameRegisters) now_.rules[reg] = {kind, 0};
  }
  bool SetBase(uint64_t reg) {
    now_.base = static_cast<uint8_t>(reg);
    has_base_ = true;
    return reg < kFrameRegisters;
  }
  // What is beyond the target has no say.
  void Advance(uint64_t steps) { location_ += steps * common_.code_step; }

  bool Step(Bytes* program) {
    const uint8_t byte = program->Get<uint8_t>();
    const uint8_t low = byte & 0x3f;
    switch (byte >> 6) {
      case 1:  // DW_CFA_advance_loc
        Advance(low);
        return true;
      case 2:  // DW_CFA_offset
        Save(low,
             static_cast<int64_t>(program->Unsigned()) * common_.data_step);
        return true;
      case 3:  // DW_CFA_restore
        if (low < kFrameRegisters) now_.rules[low] = initial_.rules[low];
        return true;
      default:
        return StepLong(low, program);
    }
  }

  bool StepLong(uint8_t code, Bytes* program) {
    switch (code) {
      case 0x00:  // DW_CFA_nop
        return true;
      case 0x02:  // DW_CFA_advance_loc1, 2 and 4
        Advance(program->Get<uint8_t>());
        return true;
      case 0x03:
        Advance(program->Get<uint16_t>());
        return true;
      case 0x04:
        Advance(program->Get<uint32_t>());
        return true;
      case 0x07:  // DW_CFA_undefined
        Set(program->Unsigned(), FrameRules::Kind::kUndefined);
        return true;
      case 0x08:  // DW_CFA_same_value
        Set(program->Unsigned(), FrameRules::Kind::kSame);
        return true;
      case 0x0a:  // DW_CFA_remember_state
        if (kept_count_ == kMostKept) return false;
        kept_[kept_count_++] = now_;
        return true;
      case 0x0b:  // DW_CFA_restore_state
        if (kept_count_ == 0) return false;
        now_ = kept_[--kept_count_];
        return true;
      case 0x0c:  // DW_CFA_def_cfa
        if (!SetBase(program->Unsigned())) return false;
        now_.offset = static_cast<int64_t>(program->Unsigned());
        return true;
      case 0x0d:  // DW_CFA_def_cfa_register
        return SetBase(program->Unsigned());
      case 0x0e:  // DW_CFA_def_cfa_offset
        now_.offset = static_cast<int64_t>(program->Unsigned());
        return true;
      case 0x0f:  // DW_CFA_def_cfa_expression
        program->Skip(program->Unsigned());
        has_base_ = false;
        return true;
      case 0x10:  // DW_CFA_expression, DW_CFA_val_expression
      case 0x16:
        Set(program->Unsigned(), FrameRules::Kind::kUndefined);
        program->Skip(program->Unsigned());
        return true;
      case 0x05: {  // DW_CFA_offset_extended
        const uint64_t reg = program->Unsigned();
        Save(reg,
             static_cast<int64_t>(program->Unsigned()) * common_.data_step);
        return true;
      }
      case 0x11: {  // DW_CFA_offset_extended_sf
        const uint64_t reg = program->Unsigned();
        Save(reg, program->Signed() * common_.data_step);
        return true;
      }
      case 0x2e:  // DW_CFA_GNU_args_size
        program->Unsigned();
        return true;
      default:
        return false;
    }
  }

  const Common& common_;
  uintptr_t location_;
  const uintptr_t target_;
  FrameRules now_;
  FrameRules initial_;
  FrameRules kept_[kMostKept];
  size_t kept_count_ = 0;
  bool has_base_ = false;
};

// The entry of the function that `address` may be in; 0 iff there is none.
uintptr_t FindEntry(uintptr_t index, uintptr_t address) {
  uint8_t head[4];
  memcpy(head, reinterpret_cast<const void*>(index), sizeof(head));
  if (head[0] != 1 || head[1] != kSigned4FromHere || head[2] != kUnsigned4 ||
      head[3] != kSigned4FromIndex) {
    return 0;
  }
  const auto* const words = reinterpret_cast<const int32_t*>(index);
  uint32_t count;
  memcpy(&count, words + 2, sizeof(count));
  const int32_t* const pairs = words + 3;
  const auto wanted = static_cast<int64_t>(address - index);
  uint32_t low = 0;
  uint32_t high = count;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (pairs[size_t{2} * middle] <= wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return 0;
  return index + static_cast<uintptr_t>(
                     static_cast<intptr_t>(pairs[size_t{2} * (low - 1) + 1]));
}

}  // namespace

bool FindFrameRules(uintptr_t index, uintptr_t address, FrameRules* rules) {
  const uintptr_t entry_address = FindEntry(index, address);
  if (entry_address == 0) return false;
  Bytes entry = EntryAt(entry_address);
  const uintptr_t back = entry.at();
  const uint32_t to_common = entry.Get<uint32_t>();
  Common common;
  if (to_common == 0 || !ReadCommon(back - to_common, &common)) return false;
  const uintptr_t here = entry.at();
  const uintptr_t start =
      here + static_cast<uintptr_t>(intptr_t{entry.Get<int32_t>()});
  if (address - start >= entry.Get<uint32_t>()) return false;
  entry.Skip(entry.Unsigned());
  Machine machine(common, start, address);
  if (!machine.Run(common.program)) return false;
  machine.KeepInitial();
  if (!machine.Run(entry) || !machine.has_base()) return false;
  *rules = machine.rules();
  return true;
}

}  // namespace cellblock
