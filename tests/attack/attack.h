// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TESTS_ATTACK_ATTACK_H_
#define CELLBLOCK_TESTS_ATTACK_ATTACK_H_

// What the attacks share. Each is a program that tries one thing, as code would
// that has taken a jailed process over: by instructions, not through libc. It
// ends in one of these ways, or is ended:
//
//   Escaped   it got what it wanted: "ESCAPED what" on standard output, exit 0
//   Refused   it was told an errno: "refused N" on standard error, exit 77
//   NoEffect  it was told that all is well, and nothing changed: exit 77
//   Granted   it got what the documents say that a jail does not prevent: 76
//
// Nothing here allocates, and everything works in the locked phase.

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <type_traits>

namespace cellblock {

inline constexpr int kContained = 77;
inline constexpr int kGranted = 76;
inline constexpr long kPageBytes = 4096;
inline constexpr long kX32 = 0x40000000;

// A constructor: what happens before the lock, which is no part of the attack
// but makes it the best that there can be.
#define BEFORE_THE_LOCK __attribute__((constructor)) void

template <typename T>
long Word(T value) {
  if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    return static_cast<long>(value);
  } else {
    return reinterpret_cast<long>(value);
  }
}

// The syscall instruction. Always inlined, so that a vfork's child returns from
// nothing.
__attribute__((always_inline)) inline long SixWords(long number, long a, long b,
                                                    long c, long d, long e,
                                                    long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result = number;
  __asm__ volatile("syscall"
                   : "+a"(result)
                   : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

// A call by number: the result, or an errno below zero.
template <typename... Args>
__attribute__((always_inline)) inline long Call(long number, Args... args) {
  const long words[6] = {Word(args)...};
  return SixWords(number, words[0], words[1], words[2], words[3], words[4],
                  words[5]);
}

// A call by int 0x80, the 32-bit entry, with 32-bit words.
template <typename... Args>
long CallInt80(long number, Args... args) {
  long words[6] = {Word(args)...};
  long result = number;
  __asm__ volatile(
      "xchg %%rbp, %[sixth]\n\t"
      "int $0x80\n\t"
      "xchg %%rbp, %[sixth]"
      : "+a"(result), [sixth] "+r"(words[5])
      : "b"(words[0]), "c"(words[1]), "d"(words[2]), "S"(words[3]),
        "D"(words[4])
      : "r8", "r9", "r10", "r11", "memory");
  return static_cast<int>(result);
}

[[noreturn]] inline void Exit(int code) {
  for (;;) Call(SYS_exit_group, code);
}

inline void Say(int fd, const char* first, const char* second) {
  const auto part = [](const char* text) {
    return iovec{const_cast<char*>(text), strlen(text)};
  };
  const iovec line[] = {part(first), part(second), part("\n")};
  Call(SYS_writev, fd, line, 3);
}

[[noreturn]] inline void Escaped(const char* what) {
  Say(1, "ESCAPED ", what);
  Exit(0);
}

// `result` is what the call returned: an errno below zero.
[[noreturn]] inline void Refused(long result) {
  char digits[24] = {};
  size_t at = sizeof(digits) - 1;
  for (long rest = -result; rest > 0 && at > 0; rest /= 10) {
    digits[--at] = static_cast<char>('0' + rest % 10);
  }
  Say(2, "refused ", digits + at);
  Exit(kContained);
}

[[noreturn]] inline void NoEffect() {
  Say(2, "no effect", "");
  Exit(kContained);
}

[[noreturn]] inline void Granted(const char* what) {
  Say(2, "granted ", what);
  Exit(kGranted);
}

// Where the call's success is the escape.
[[noreturn]] inline void EscapedIfDone(long result, const char* what) {
  if (result < 0) Refused(result);
  Escaped(what);
}

// Where a process is the escape: this one, or the child that it made, which
// ends at once and is not left behind.
[[noreturn]] inline void EscapedIfForked(long child, const char* what) {
  if (child == 0) Exit(0);
  if (child < 0) Refused(child);
  Call(SYS_wait4, child, nullptr, 0, nullptr);
  Escaped(what);
}

// For what a program must have to begin with.
inline void Need(bool condition) {
  if (condition) return;
  Say(2, "lacks what it needs", "");
  Exit(78);
}

inline long NumberIn(const char* text) {
  long number = 0;
  for (; *text >= '0' && *text <= '9'; ++text) {
    number = number * 10 + (*text - '0');
  }
  return number;
}

// What the kernel says this process has mapped, as one number. Without the
// stack, which grows by itself.
inline uint64_t Mappings() {
  static char text[1 << 18];
  const long fd = Call(SYS_openat, -100, "/proc/self/maps", 0);
  size_t length = 0;
  long got;
  while ((got = Call(SYS_read, fd, text + length, sizeof(text) - length)) > 0) {
    length += static_cast<size_t>(got);
  }
  Call(SYS_close, fd);
  Need(fd >= 0 && length > 0 && length < sizeof(text));
  uint64_t hash = 14695981039346656037u;
  for (size_t line = 0; line < length;) {
    size_t end = line;
    while (end < length && text[end] != '\n') ++end;
    const bool stack = end - line > 7 && text[end - 7] == '[' &&
                       memcmp(text + end - 7, "[stack]", 7) == 0;
    for (size_t i = line; i < end && !stack; ++i) {
      hash = (hash ^ static_cast<unsigned char>(text[i])) * 1099511628211u;
    }
    line = end + 1;
  }
  return hash;
}

// How a memory call ended whose success must not have reached the kernel.
[[noreturn]] inline void EscapedIfMapped(uint64_t before, long result,
                                         const char* what) {
  if (Mappings() != before) Escaped(what);
  if (result < 0) Refused(result);
  NoEffect();
}

// Anonymous memory of the kernel's. Before the lock only.
inline char* MapBefore(size_t bytes, int flags = 0) {
  const long at = Call(SYS_mmap, nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  Need(at > 0);
  return reinterpret_cast<char*>(at);
}

// Machine code for `return 42`, and whether that can be run at `at`.
inline void PlaceCode(void* at) {
  constexpr unsigned char kCode[] = {0xb8, 42, 0, 0, 0, 0xc3};
  memcpy(at, kCode, sizeof(kCode));
}
inline bool Runs(void* at) { return reinterpret_cast<int (*)()>(at)() == 42; }

// A program that says that it runs.
inline const char* const kShell = "/bin/sh";
inline const char* const kShellWords[] = {
    "sh", "-c", "echo ESCAPED another program", nullptr};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ATTACK_ATTACK_H_
