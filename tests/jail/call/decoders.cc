// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/jail/call/decoders.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace cellblock {
namespace {

// Kept from being optimised away.
volatile uint64_t g_sink;

// The input, backwards, by way of the heap.
absl::Status Reverse(JailedCall& call) {
  std::vector<uint8_t> bytes(call.input().begin(), call.input().end());
  std::reverse(bytes.begin(), bytes.end());
  call.Write(bytes);
  return absl::OkStatus();
}

// The input as it is.
absl::Status Echo(JailedCall& call) {
  call.Write(call.input());
  return absl::OkStatus();
}

// As many bytes as the input says, each the low byte of its place.
absl::Status Count(JailedCall& call) {
  const uint64_t bytes =
      strtoull(std::string(AsText(call.input())).c_str(), nullptr, 10);
  for (uint64_t at = 0; at < bytes;) {
    const std::span<uint8_t> room = call.room();
    const size_t part = std::min<uint64_t>(room.size(), bytes - at);
    for (size_t i = 0; i < part; ++i) room[i] = static_cast<uint8_t>(at++);
    call.Commit(part);
  }
  return absl::OkStatus();
}

absl::Status Misbehave(JailedCall& call) {
  const std::string_view how = AsText(call.input());
  if (how == "refuse") return absl::NotFoundError("no picture \x1b[31m here");
  if (how == "throw") throw std::runtime_error("thrown \n by the decoder");
  if (how == "throw an int") throw 42;
  if (how == "exhaust") {
    if (malloc(size_t{1} << 30) != nullptr) return absl::OkStatus();
    return absl::ResourceExhaustedError("no memory");
  }
  if (how == "exhaust and throw") {
    const std::vector<char> large(size_t{1} << 30);
    g_sink = static_cast<uint64_t>(large.back());
  }
  if (how == "exhaust and crash") {
    *static_cast<volatile char*>(malloc(size_t{1} << 30)) = 1;
  }
  if (how == "exhaust and abort" || how == "exhaust and exit") {
    if (malloc(size_t{1} << 30) != nullptr) return absl::OkStatus();
    how == "exhaust and abort" ? abort() : _exit(7);
  }
  if (how == "exhaust, go on and crash") {
    void* volatile refused = malloc(size_t{1} << 30);
    void* volatile served = malloc(64);
    if (refused == nullptr && served != nullptr) {
      *reinterpret_cast<volatile int*>(0x123450) = 1;
    }
  }
  if (how == "exhaust and go on") {
    const bool refused = malloc(size_t{1} << 30) == nullptr;
    call.Write(AsBytes(refused ? "refused" : "served"));
    return absl::OkStatus();
  }
  if (how == "crash") *reinterpret_cast<volatile int*>(0x123450) = 1;
  if (how == "abort") abort();
  if (how == "exit") _exit(7);
  if (how == "spin") {
    for (;;) g_sink = g_sink + 1;
  }
  if (how == "wait") {
    // FUTEX_WAIT, for what nobody changes.
    for (uint32_t word = 0;;) syscall(SYS_futex, &word, 0, 0, nullptr);
  }
  if (how == "overflow the stack") {
    volatile char page[4096];
    page[0] = 1;
    g_sink = static_cast<uint64_t>(page[0]);
    return Misbehave(call);
  }
  if (how == "execve") syscall(SYS_execve, "/bin/true", nullptr, nullptr);
  if (how == "mmap") syscall(SYS_mmap, nullptr, 4096, 3, 0x22, -1, 0);
  if (how == "clone") syscall(SYS_clone, 0x8000 | 17, 0, 0, 0, 0);
  if (how == "another filter") syscall(SYS_seccomp, 1, 1, 0);
  if (how == "prctl") syscall(SYS_prctl, 1, 9, 0, 0, 0);
  if (how == "write to 1")
    return write(1, "x", 1) == 1 ? absl::OkStatus()
                                 : absl::InternalError("not written");
  if (how == "complain") {
    (void)!write(2, "a \x1b[1m complaint\n", 16);
    abort();
  }
  if (how == "chatter" || how == "chatter and abort") {
    const std::string line(64, 'w');
    for (int i = 0; i < 4000; ++i) (void)!write(2, line.data(), line.size());
    if (how == "chatter") return absl::OkStatus();
    (void)!write(2, "the reason", 10);
    abort();
  }
  if (how == "complain and refuse") {
    (void)!write(2, "a bad chunk", 11);
    return absl::InvalidArgumentError("bad");
  }
  if (how == "mutter") (void)!write(2, "a murmur", 8);
  if (how == "free twice") {
    void* volatile block = malloc(64);
    free(block);
    free(block);
  }
  if (how == "write the input") const_cast<uint8_t&>(call.input()[0]) = 1;
  return absl::OkStatus();
}

// What a descriptor that was passed in holds.
absl::Status ReadPassed(JailedCall& call) {
  char bytes[64];
  const ssize_t length = read(call.descriptor(), bytes, sizeof(bytes));
  if (length < 0) return absl::InternalError(strerror(errno));
  call.Write(AsBytes({bytes, static_cast<size_t>(length)}));
  return absl::OkStatus();
}

// What number 10 holds: passed in with the options.
absl::Status ReadGiven(JailedCall& call) {
  char bytes[64];
  const ssize_t length = pread(10, bytes, sizeof(bytes), 0);
  if (length < 0) return absl::InternalError(strerror(errno));
  call.Write(AsBytes({bytes, static_cast<size_t>(length)}));
  return absl::OkStatus();
}

// The pid of the worker.
absl::Status Who(JailedCall& call) {
  call.Write(AsBytes(std::to_string(getpid())));
  return absl::OkStatus();
}

std::string* g_prepared;

absl::Status Prepare() {
  g_prepared = new std::string("prepared");
  return absl::OkStatus();
}

absl::Status SayPrepared(JailedCall& call) {
  call.Write(AsBytes(*g_prepared));
  return absl::OkStatus();
}

absl::Status PrepareSlowly() {
  const timespec time = {.tv_sec = 1, .tv_nsec = 500'000'000};
  nanosleep(&time, nullptr);
  return absl::OkStatus();
}

absl::Status FailToPrepare() { return absl::InternalError("out of order"); }

constexpr Decoder kDecoders[] = {
    {"reverse", Reverse},
    {"echo", Echo},
    {"count", Count},
    {"misbehave", Misbehave},
    {"read passed", ReadPassed},
    {"read given", ReadGiven},
    {"who", Who},
    {"prepared", SayPrepared, Prepare},
    {"misbehave, made slowly", Misbehave, PrepareSlowly},
    {"read passed, made slowly", ReadPassed, PrepareSlowly},
    {"never prepared", SayPrepared, FailToPrepare},
};

}  // namespace

std::span<const Decoder> TestDecoders() { return kDecoders; }

}  // namespace cellblock
