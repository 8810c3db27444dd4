// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What the calls that are about memory cost where this runs: plain, or under
// jailrun. trap_bench.py runs it as both.
//
//   trap_calls
//
// Prints a line for each: nanoseconds by number, which a jail traps; then by
// libc's symbol, which a jail answers without a trap; a tab, and its name. Each
// is the least of many short samples.

#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace {

constexpr size_t kPage = 4096;
constexpr int kCallsInASample = 100;
constexpr int kSamples = 60;

// As code has it that does not go through libc: not even by its syscall().
long Raw(long number, long a = 0, long b = 0, long c = 0, long d = 0,
         long e = 0, long f = 0) {
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  long result;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

constexpr int kProtection = PROT_READ | PROT_WRITE;
constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS;

char* RawMap(size_t bytes) {
  return reinterpret_cast<char*>(
      Raw(SYS_mmap, 0, static_cast<long>(bytes), kProtection, kFlags, -1, 0));
}

char* Map(size_t bytes) {
  return static_cast<char*>(mmap(nullptr, bytes, kProtection, kFlags, -1, 0));
}

void Touch(char* pages, size_t bytes) {
  for (size_t at = 0; at < bytes; at += kPage) {
    *static_cast<volatile char*>(pages + at) = 1;
  }
}

// Ends this program, which then has no line for it.
void Must(bool holds, const char* what) {
  if (holds) return;
  fprintf(stderr, "trap_calls: %s failed\n", what);
  exit(1);
}

template <typename Call>
double Nanoseconds(const Call& call) {
  double least = 1e18;
  for (int sample = 0; sample < kSamples; ++sample) {
    timespec start;
    timespec end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < kCallsInASample; ++i) call();
    clock_gettime(CLOCK_MONOTONIC, &end);
    least = std::min(least, (end.tv_sec - start.tv_sec) * 1e9 +
                                static_cast<double>(end.tv_nsec) -
                                static_cast<double>(start.tv_nsec));
  }
  return least / kCallsInASample;
}

template <typename ByNumber, typename BySymbol>
void Print(const char* name, const ByNumber& by_number,
           const BySymbol& by_symbol) {
  const double number = Nanoseconds(by_number);
  const double symbol = Nanoseconds(by_symbol);
  printf("%.1f %.1f\t%s\n", number, symbol, name);
}

enum class Use { kUntouched, kTouched };

void MapAndUnmap(const char* name, size_t bytes, Use use) {
  const auto touch = [&](char* pages) {
    Must(reinterpret_cast<long>(pages) > 0, name);
    if (use == Use::kTouched) Touch(pages, bytes);
  };
  Print(
      name,
      [&] {
        char* const pages = RawMap(bytes);
        touch(pages);
        Raw(SYS_munmap, reinterpret_cast<long>(pages),
            static_cast<long>(bytes));
      },
      [&] {
        char* const pages = Map(bytes);
        touch(pages);
        munmap(pages, bytes);
      });
}

// A page in the middle of a mapping, forth and back.
void Protect() {
  char* const pages = Map(3 * kPage);
  const auto page = reinterpret_cast<long>(pages + kPage);
  const auto by_number = [&](int protection) {
    Must(Raw(SYS_mprotect, page, kPage, protection) == 0, "mprotect");
  };
  const auto by_symbol = [&](int protection) {
    Must(mprotect(pages + kPage, kPage, protection) == 0, "mprotect");
  };
  Print(
      "mprotect, twice",
      [&] {
        by_number(PROT_READ);
        by_number(kProtection);
      },
      [&] {
        by_symbol(PROT_READ);
        by_symbol(kProtection);
      });
  munmap(pages, 3 * kPage);
}

// A jail refuses it by number, without a trap.
void Advise() {
  constexpr size_t kBytes = 16 * kPage;
  char* const pages = Map(kBytes);
  Print(
      "madvise(DONTNEED) of 64 KiB, then written",
      [&] {
        Raw(SYS_madvise, reinterpret_cast<long>(pages), kBytes, MADV_DONTNEED);
        Touch(pages, kBytes);
      },
      [&] {
        Must(madvise(pages, kBytes, MADV_DONTNEED) == 0, "madvise");
        Touch(pages, kBytes);
      });
  munmap(pages, kBytes);
}

void Break() {
  const long base = Raw(SYS_brk);
  Must(base > 0, "brk");
  Print(
      "brk, 64 KiB up and down",
      [&] {
        Must(Raw(SYS_brk, base + (64 << 10)) == base + (64 << 10), "brk");
        Raw(SYS_brk, base);
      },
      [&] {
        Must(sbrk(64 << 10) != reinterpret_cast<void*>(-1), "sbrk");
        sbrk(-(64 << 10));
      });
}

void Remap() {
  constexpr size_t kSmall = 16 * kPage;
  constexpr size_t kLarge = 32 * kPage;
  char* pages = Map(kSmall);
  Touch(pages, kSmall);
  Print(
      "mremap, 64 KiB to 128 and back",
      [&] {
        pages = reinterpret_cast<char*>(Raw(SYS_mremap,
                                            reinterpret_cast<long>(pages),
                                            kSmall, kLarge, MREMAP_MAYMOVE));
        Must(reinterpret_cast<long>(pages) > 0, "mremap");
        Raw(SYS_mremap, reinterpret_cast<long>(pages), kLarge, kSmall, 0);
      },
      [&] {
        pages =
            static_cast<char*>(mremap(pages, kSmall, kLarge, MREMAP_MAYMOVE));
        Must(pages != MAP_FAILED, "mremap");
        mremap(pages, kLarge, kSmall, 0);
      });
  munmap(pages, kSmall);
}

}  // namespace

int main() {
  Print(
      "getppid, an allowed call", [] { Raw(SYS_getppid); }, [] { getppid(); });
  MapAndUnmap("mmap and munmap of 4 KiB", kPage, Use::kUntouched);
  MapAndUnmap("the same, written", kPage, Use::kTouched);
  MapAndUnmap("mmap and munmap of 64 KiB, written", 64 << 10, Use::kTouched);
  MapAndUnmap("mmap and munmap of 1 MiB, written", 1 << 20, Use::kTouched);
  Remap();
  Protect();
  Advise();
  Break();
  return 0;
}
