// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/first_fit.h"

namespace cellblock {

static_assert(sizeof(SlotBlock) == 16);

size_t FirstFit::TableBytes(size_t slots) {
  return slots > SIZE_MAX / sizeof(SlotBlock) ? 0 : slots * sizeof(SlotBlock);
}

void FirstFit::Attach(void* table, size_t slots, size_t unit_bytes) {
  table_ = static_cast<SlotBlock*>(table);
  slots_ = slots;
  unit_bytes_ = unit_bytes;
  start_ = slots;
  cursor_ = 0;
  for (size_t slot = 0; slot < slots; ++slot) table_[slot] = SlotBlock();
}

SlotBlock FirstFit::Search(size_t units) {
  if (units == 0) return SlotBlock();
  size_t slot = start_;
  while (slot < slots_ && table_[slot].units < units) ++slot;
  if (slot == slots_) return SlotBlock();
  SlotBlock& found = table_[slot];
  SlotBlock block = found;
  const size_t tail = found.units - units;
  if (tail == 0 || (tail < kNear && slot + 1 < slots_)) {
    found = table_[start_];
    table_[start_++] = SlotBlock();
    return block;
  }
  block.units = units;
  found.address += units * unit_bytes_;
  found.units = tail;
  return block;
}

size_t FirstFit::Overflow(SlotBlock block) {
  if (slots_ == 0) return block.units;
  for (uint32_t probe = 0; probe < kProbes; ++probe) {
    cursor_ = cursor_ + 1 < slots_ ? cursor_ + 1 : 0;
    SlotBlock& held = table_[cursor_];
    if (held.units < block.units) {
      const size_t lost = held.units;
      held = block;
      return lost;
    }
  }
  return block.units;
}

size_t FirstFit::FreeUnits() const {
  size_t units = 0;
  for (size_t slot = start_; slot < slots_; ++slot) units += table_[slot].units;
  return units;
}

size_t FirstFit::LargestFree() const {
  size_t largest = 0;
  for (size_t slot = start_; slot < slots_; ++slot) {
    if (table_[slot].units > largest) largest = table_[slot].units;
  }
  return largest;
}

const char* FirstFit::Validate() const {
  if (start_ > slots_) return "the first slot in use is beyond the last one";
  if (cursor_ != 0 && cursor_ >= slots_) return "the cursor is at no slot";
  if (unit_bytes_ == 0) return "a unit has no bytes";
  for (size_t slot = 0; slot < start_; ++slot) {
    if (table_[slot].units != 0 || table_[slot].address != 0) {
      return "a slot below the first one in use is not empty";
    }
  }
  for (size_t slot = start_; slot < slots_; ++slot) {
    const SlotBlock& block = table_[slot];
    if (block.units == 0) return "a slot in use is empty";
    if (block.units > (UINTPTR_MAX - block.address) / unit_bytes_) {
      return "a free block wraps round the address space";
    }
    const uintptr_t end = block.address + block.units * unit_bytes_;
    // The others up to here do not wrap.
    for (size_t other = start_; other < slot; ++other) {
      const SlotBlock& before = table_[other];
      if (before.address < end &&
          block.address < before.address + before.units * unit_bytes_) {
        return "two free blocks overlap";
      }
    }
  }
  return nullptr;
}

}  // namespace cellblock
