// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/jail/mutations.h"

#include <errno.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <utility>

namespace cellblock {
namespace {

constexpr uint32_t kAnswers[] = {
    SECCOMP_RET_KILL_PROCESS,  SECCOMP_RET_KILL_THREAD,
    SECCOMP_RET_TRAP,          SECCOMP_RET_ERRNO,
    SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ERRNO | ENOSYS,
    SECCOMP_RET_USER_NOTIF,    SECCOMP_RET_TRACE,
    SECCOMP_RET_LOG,           SECCOMP_RET_ALLOW};

bool Same(const sock_filter& a, const sock_filter& b) {
  return a.code == b.code && a.jt == b.jt && a.jf == b.jf && a.k == b.k;
}

}  // namespace

std::vector<sock_filter> Changes(const sock_filter& insn) {
  std::vector<sock_filter> changes;
  const auto change = [&](auto edit) {
    sock_filter changed = insn;
    edit(changed);
    if (!Same(changed, insn)) changes.push_back(changed);
  };
  for (int bit = 0; bit < 32; ++bit) {
    change([&](sock_filter& i) { i.k ^= 1u << bit; });
  }
  for (uint32_t k : {insn.k + 1, insn.k - 1, 0u, ~0u, ~insn.k}) {
    change([&](sock_filter& i) { i.k = k; });
  }
  change([](sock_filter& i) { std::swap(i.jt, i.jf); });
  for (int by : {1, 2, -1}) {
    change([&](sock_filter& i) { i.jt = static_cast<uint8_t>(i.jt + by); });
    change([&](sock_filter& i) { i.jf = static_cast<uint8_t>(i.jf + by); });
  }
  change([](sock_filter& i) { i.jt = i.jf = 0; });
  for (int operation : {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET}) {
    if (BPF_CLASS(insn.code) != BPF_JMP) continue;
    change([&](sock_filter& i) {
      i.code = static_cast<uint16_t>(BPF_JMP | operation | BPF_K);
    });
  }
  for (uint32_t answer : kAnswers) {
    change([&](sock_filter& i) { i = BPF_STMT(BPF_RET | BPF_K, answer); });
  }
  for (uint32_t offset = 0; offset < sizeof(seccomp_data); offset += 4) {
    change([&](sock_filter& i) {
      i = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
    });
  }
  change([](sock_filter& i) { i = BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0); });
  change([](sock_filter& i) { i = BPF_STMT(BPF_ALU | BPF_OR | BPF_K, 1); });
  change([](sock_filter& i) { i = BPF_STMT(BPF_JMP | BPF_JA, 0); });
  change([](sock_filter& i) { i = BPF_STMT(BPF_JMP | BPF_JA, 1); });
  return changes;
}

}  // namespace cellblock
