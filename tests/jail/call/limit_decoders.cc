// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/jail/call/limit_decoders.h"

#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/jail/call/decoders.h"
#include "tests/jail/call/processes.h"

namespace cellblock {
namespace {

std::string Text(const JailedCall& call) {
  return std::string(AsText(call.input()));
}

size_t Number(const JailedCall& call) {
  return strtoull(Text(call).c_str(), nullptr, 10);
}

absl::Status Burn(JailedCall& call) {
  const auto used = [] {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<size_t>(now.tv_sec * 1000 + now.tv_nsec / 1'000'000);
  };
  const size_t end = used() + Number(call);
  while (used() < end) {
  }
  return absl::OkStatus();
}

absl::Status Deep(JailedCall& call) {
  const size_t bytes = Number(call) << 10;
  auto* const low = static_cast<volatile char*>(alloca(bytes));
  for (size_t at = bytes; at >= 4096; at -= 4096) low[at - 1] = 1;
  return absl::OkStatus();
}

absl::Status Wait(JailedCall& /*call*/) {
  // FUTEX_WAIT, for what nobody changes.
  for (uint32_t word = 0;;) syscall(SYS_futex, &word, 0, 0, nullptr);
}

absl::Status Count(JailedCall& call) {
  const std::string part(1000, 'x');
  for (size_t left = Number(call); left > 0;) {
    const size_t now = std::min(left, part.size());
    call.Write(AsBytes(std::string_view(part).substr(0, now)));
    left -= now;
  }
  return absl::OkStatus();
}

// All blocks that there are, in a list through their first words.
constexpr size_t kBlock = 16 << 10;
struct Block {
  Block* next;
  unsigned char bytes[kBlock - sizeof(Block*)];
};

Block* TakeAll(size_t* count, bool* is_zero) {
  Block* all = nullptr;
  while (auto* const block = static_cast<Block*>(malloc(sizeof(Block)))) {
    *is_zero = *is_zero && block->next == nullptr &&
               std::all_of(std::begin(block->bytes), std::end(block->bytes),
                           [](unsigned char c) { return c == 0; });
    memset(block->bytes, 0xa5, sizeof(block->bytes));
    block->next = all;
    all = block;
    ++*count;
  }
  return all;
}

absl::Status Pool(JailedCall& call) {
  size_t counts[2] = {};
  bool is_zero = true;
  for (size_t& count : counts) {
    is_zero = true;
    Block* all = TakeAll(&count, &is_zero);
    while (all != nullptr) free(std::exchange(all, all->next));
  }
  const std::string said = std::to_string(counts[0] * kBlock) + " " +
                           std::to_string(counts[1] * kBlock) +
                           (is_zero ? " zero" : " not");
  call.Write(AsBytes(said));
  return absl::OkStatus();
}

absl::Status FreeTwice(JailedCall& /*call*/) {
  void* volatile block = malloc(64);
  free(block);
  free(block);
  return absl::OkStatus();
}

absl::Status Open(JailedCall& call) {
  const int fd = open(Text(call).c_str(), O_RDONLY);
  char bytes[16];
  const ssize_t length = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));
  call.Write(AsBytes(
      length < 0 ? strerror(errno)
                 : std::string_view(bytes, static_cast<size_t>(length))));
  return absl::OkStatus();
}

absl::Status Held(JailedCall& call) {
  std::string held;
  for (int fd = 0; fd < 4096; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) held += std::to_string(fd) + " ";
  }
  call.Write(AsBytes(held));
  return absl::OkStatus();
}

std::map<std::string, std::string>* g_facts;

std::string DescriptorsInProc() {
  std::string held;
  for (int fd = 0; fd < 4096; ++fd) {
    char target[256];
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t length = readlink(path.c_str(), target, sizeof(target));
    if (length < 0) continue;
    held += std::to_string(fd) + "=" +
            std::string(target, static_cast<size_t>(length)) + "\n";
  }
  return held;
}

std::string Environ() {
  std::string all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    all += std::string(*entry) + "\n";
  }
  return all;
}

// What was there when the process was executed, without the zero bytes.
std::string FirstEnviron() {
  std::string all;
  for (const char c : ReadWhole("/proc/self/environ")) {
    if (c != '\0') all += c;
  }
  return all;
}

std::string Limit(__rlimit_resource resource) {
  rlimit limit;
  getrlimit(resource, &limit);
  return std::to_string(limit.rlim_cur) + " " + std::to_string(limit.rlim_max);
}

absl::Status Prepare() {
  int death_signal = 0;
  prctl(PR_GET_PDEATHSIG, &death_signal);
  g_facts = new std::map<std::string, std::string>{
      {"descriptors", DescriptorsInProc()},
      {"environ", Environ()},
      {"first environ", FirstEnviron()},
      {"core", Limit(RLIMIT_CORE)},
      {"stack", Limit(RLIMIT_STACK)},
      {"death signal", std::to_string(death_signal)},
      {"directory", get_current_dir_name()},
  };
  return absl::OkStatus();
}

absl::Status Setup(JailedCall& call) {
  const auto found = g_facts->find(Text(call));
  if (found == g_facts->end()) return absl::NotFoundError("no such fact");
  call.Write(AsBytes(found->second));
  return absl::OkStatus();
}

// Keeps open as many descriptors as it gets below the ones that are given.
absl::Status OpenMany() {
  for (int i = 0; i < 8; ++i) {
    if (open("/dev/zero", O_RDONLY) < 0) return absl::InternalError("open");
  }
  return absl::OkStatus();
}

constexpr Decoder kDecoders[] = {
    {"burn", Burn},           {"deep", Deep}, {"wait", Wait},
    {"count", Count},         {"pool", Pool}, {"free twice", FreeTwice},
    {"open", Open},           {"held", Held}, {"setup", Setup, Prepare},
    {"many", Held, OpenMany},
};

}  // namespace

std::span<const Decoder> LimitDecoders() { return kDecoders; }

}  // namespace cellblock
