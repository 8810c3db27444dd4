// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "allocator/report.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

namespace cellblock {
namespace {

// One line, built in place; what does not fit is cut.
class Line {
 public:
  Line() { Text("cellblock: "); }

  Line& Text(const char* text) {
    while (*text != '\0') Put(*text++);
    return *this;
  }

  Line& Address(const void* address) {
    Text("0x");
    return Number(reinterpret_cast<uintptr_t>(address), 16);
  }

  Line& Decimal(size_t value) { return Number(value, 10); }

  [[noreturn]] void Die() {
    text_[length_++] = '\n';
    // Nothing is left to do if it fails.
    if (write(STDERR_FILENO, text_, length_) < 0) abort();
    abort();
  }

 private:
  void Put(char c) {
    if (length_ < sizeof(text_) - 1) text_[length_++] = c;
  }

  Line& Number(uint64_t value, unsigned base) {
    char digits[20];
    int count = 0;
    do {
      digits[count++] = "0123456789abcdef"[value % base];
      value /= base;
    } while (value != 0);
    while (count > 0) Put(digits[--count]);
    return *this;
  }

  char text_[160];
  size_t length_ = 0;
};

}  // namespace

void ReportDoubleFree(const void* block) {
  Line()
      .Text("double free of ")
      .Address(block)
      .Text(": it is in free memory, freed before or never handed out")
      .Die();
}

void ReportForeignFree(const void* block) {
  Line()
      .Text("foreign free of ")
      .Address(block)
      .Text(": it is not in this pool")
      .Die();
}

void ReportMisalignedFree(const void* block) {
  Line()
      .Text("misaligned free of ")
      .Address(block)
      .Text(": no block of this pool can start there")
      .Die();
}

void ReportInteriorFree(const void* block) {
  Line()
      .Text("interior free of ")
      .Address(block)
      .Text(": it is inside a live block, not at its start")
      .Die();
}

void ReportIndexOutOfRange(size_t index, size_t size) {
  Line()
      .Text("index ")
      .Decimal(index)
      .Text(" is out of range: the cell has ")
      .Decimal(size)
      .Text(" elements")
      .Die();
}

void ReportConsumedUse() {
  Line().Text("use of a cell after it was freed or moved from").Die();
}

void ReportConsumedFree() {
  Line()
      .Text("double free of a cell: it was freed or moved from already")
      .Die();
}

void ReportRefusedInARow(size_t refusals) {
  Line()
      .Text("the pool is exhausted: ")
      .Decimal(refusals)
      .Text(" allocations in a row were refused")
      .Die();
}

void ReportCorruptedLink(const void* block) {
  Line()
      .Text("corrupted free block ")
      .Address(block)
      .Text(": it was written to after it was freed, or from the block before")
      .Die();
}

void ReportWriteAfterFree(const void* block) {
  Line()
      .Text("write after free of ")
      .Address(block)
      .Text(": the free block is not zero any more")
      .Die();
}

void ReportOverflow(const void* block) {
  Line()
      .Text("overflow of ")
      .Address(block)
      .Text(": what stands behind the block was overwritten")
      .Die();
}

void ReportBadFree(AllocatorError error, const void* block) {
  switch (error) {
    case AllocatorError::kDoubleFree:
      ReportDoubleFree(block);
    case AllocatorError::kMisaligned:
      ReportMisalignedFree(block);
    case AllocatorError::kInteriorPointer:
      ReportInteriorFree(block);
    default:
      ReportForeignFree(block);
  }
}

}  // namespace cellblock
