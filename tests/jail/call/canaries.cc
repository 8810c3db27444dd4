// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/jail/call/canaries.h"

#include <errno.h>
#include <fenv.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xmmintrin.h>

#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include "allocator/malloc/heap_access.h"
#include "tests/jail/call/decoders.h"

namespace cellblock {
namespace {

// Not in the program as such, where a scan would find the constant.
uint64_t Mark() {
  volatile uint64_t part = 0x1db6c2a5;
  return part << 32 | (part ^ 0x5a5a5a5a);
}

constinit uint64_t g_data = 1;
uint64_t g_bss;
thread_local uint64_t t_local;
uint64_t* g_block;

absl::Status Prepare() {
  g_block = new uint64_t(0);
  return absl::OkStatus();
}

template <typename T>
std::string Count(T& place) {
  return std::to_string(place++);
}

// 32 KiB below this frame.
[[gnu::noinline]] std::string Stack() {
  constexpr size_t kWords = 4096;
  auto* const low =
      static_cast<volatile uint64_t*>(__builtin_frame_address(0)) - 2 * kWords;
  bool found = false;
  const uint64_t mark = Mark();
  for (size_t i = 0; i < kWords; ++i) {
    found |= low[i] == mark;
    low[i] = mark;
  }
  return found ? "found" : "clean";
}

// In what was given back and is allocated again.
std::string FreedBlock() {
  constexpr size_t kBlocks = 64;
  volatile uint64_t* blocks[kBlocks];
  bool found = false;
  for (auto& block : blocks) {
    block = static_cast<uint64_t*>(malloc(1024));
    found |= block[64] == Mark();
    block[64] = Mark();
  }
  for (volatile uint64_t* block : blocks) free(const_cast<uint64_t*>(block));
  return found ? "found" : "clean";
}

std::string HeapFigures() {
  HeapStats stats;
  FindHeapAccess()->read_stats(&stats);
  for (uint64_t i = 0; i < kFiguresAdded[2]; ++i) {
    void* volatile kept = malloc(kFiguresAdded[0] / kFiguresAdded[2]);
    (void)kept;
  }
  return std::to_string(stats.in_use_bytes) + " " +
         std::to_string(stats.peak_bytes) + " " +
         std::to_string(stats.allocations);
}

std::string SignalMask() {
  sigset_t blocked;
  sigset_t more;
  sigemptyset(&more);
  sigaddset(&more, SIGUSR1);
  sigprocmask(SIG_BLOCK, &more, &blocked);
  return sigismember(&blocked, SIGUSR1) == 1 ? "blocked" : "open";
}

std::string SignalAction() {
  struct sigaction before;
  struct sigaction ignored = {};
  ignored.sa_handler = SIG_IGN;
  sigaction(SIGUSR2, &ignored, &before);
  return before.sa_handler == SIG_IGN ? "ignored" : "default";
}

std::string SseRounding() {
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | _MM_ROUND_TOWARD_ZERO);
  return std::to_string(before & _MM_ROUND_MASK);
}

std::string X87Rounding() {
  uint16_t word;
  __asm__ volatile("fnstcw %0" : "=m"(word));
  const uint16_t changed = word | 0x0c00;
  __asm__ volatile("fldcw %0" : : "m"(changed));
  return std::to_string(word & 0x0c00);
}

std::string FloatFlags() {
  const int raised = fetestexcept(FE_DIVBYZERO);
  feraiseexcept(FE_DIVBYZERO);
  return raised != 0 ? "raised" : "none";
}

std::string ReadByte(int fd) {
  char byte;
  const ssize_t length = read(fd, &byte, 1);
  if (length < 0) return strerror(errno);
  return length == 0 ? "nothing" : std::string(1, byte);
}

std::string NewDescriptor() { return std::to_string(dup(0)); }

// Behind this input, where the one of a call before may have reached.
std::string InputArea(const JailedCall& call) {
  const volatile uint8_t* const behind = call.input().data() + 3000;
  return *behind == 'x' ? "found" : "clean";
}

// What an earlier call has written, without ever committing it.
std::string OutputArea(JailedCall& call) {
  volatile uint8_t* const room = call.room().data() + 3000;
  const bool found = *room == 'x';
  *room = 'x';
  return found ? "found" : "clean";
}

template <typename T>
std::string Address(T* place) {
  return std::to_string(reinterpret_cast<uintptr_t>(place));
}

// As the compiler finds it, and libc's own beside it.
template <int kOffset>
std::string Guard() {
  uint64_t guard;
  __asm__("mov %%fs:%c1, %0" : "=r"(guard) : "i"(kOffset));
  return std::to_string(guard);
}

std::string Look(std::string_view place, JailedCall& call) {
  int local = 0;
  if (place == "heap") return Count(*g_block);
  if (place == "freed") return FreedBlock();
  if (place == "figures") return HeapFigures();
  if (place == "data") return Count(g_data);
  if (place == "bss") return Count(g_bss);
  if (place == "thread-local") return Count(t_local);
  if (place == "stack") return Stack();
  if (place == "mask") return SignalMask();
  if (place == "action") return SignalAction();
  if (place == "sse") return SseRounding();
  if (place == "x87") return X87Rounding();
  if (place == "flags") return FloatFlags();
  if (place == "given") return ReadByte(10);
  if (place == "passed") return ReadByte(call.descriptor());
  if (place == "left") return ReadByte(9);
  if (place == "descriptor") return NewDescriptor();
  if (place == "input") return InputArea(call);
  if (place == "output") return OutputArea(call);
  if (place == "stack address") return Address(&local);
  if (place == "heap address") return Address(g_block);
  if (place == "program address") return Address(&g_bss);
  if (place == "libc address") return Address(&getpid);
  if (place == "stack protector") return Guard<0x28>();
  if (place == "pointer guard") return Guard<0x30>();
  return "no such place";
}

absl::Status Canary(JailedCall& call) {
  const std::string_view input = AsText(call.input());
  call.Write(AsBytes(Look(input.substr(0, input.find('|')), call)));
  return absl::OkStatus();
}

// Writes its input to 2, and dies if there is none.
absl::Status Complain(JailedCall& call) {
  const std::span<const uint8_t> text = call.input();
  for (size_t done = 0; done < text.size();) {
    const ssize_t length = write(2, text.data() + done, text.size() - done);
    if (length <= 0) break;
    done += static_cast<size_t>(length);
  }
  if (!text.empty() && text.back() == '!') abort();
  return absl::OkStatus();
}

// The same, and "refuse" and "throw" leave something before they fail.
absl::Status CanaryOrError(JailedCall& call) {
  const std::string_view how = AsText(call.input());
  if (how != "refuse" && how != "throw") return Canary(call);
  ++g_data;
  if (how == "throw") throw std::runtime_error("thrown");
  return absl::NotFoundError("refused");
}

constexpr Decoder kDecoders[] = {{"canary", Canary, Prepare},
                                 {"canary or error", CanaryOrError, Prepare},
                                 {"complain", Complain}};

}  // namespace

std::span<const Decoder> CanaryDecoders() { return kDecoders; }

}  // namespace cellblock
