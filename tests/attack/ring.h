// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TESTS_ATTACK_RING_H_
#define CELLBLOCK_TESTS_ATTACK_RING_H_

// A ring to the kernel, made and mapped before the lock.

#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/socket.h>

#include "tests/attack/attack.h"

namespace cellblock {

class Ring {
 public:
  // Before the lock.
  void Create(unsigned flags) {
    params_.flags = flags;
    params_.sq_thread_idle = 60000;  // milliseconds that the kernel polls
    fd_ = Call(SYS_io_uring_setup, 2, &params_);
    if (fd_ < 0) return;
    rings_ = Map(IORING_OFF_SQ_RING);
    requests_ = reinterpret_cast<io_uring_sqe*>(Map(IORING_OFF_SQES));
    // The polling thread sleeps until it has been woken once.
    if ((flags & IORING_SETUP_SQPOLL) == 0) return;
    Ask(io_uring_sqe{});  // opcode 0: nothing to do
    Call(SYS_io_uring_enter, fd_, 0, 0, IORING_ENTER_SQ_WAKEUP, nullptr, 0);
    AwaitAnswer();
  }

  // Ends the program where there is no ring.
  long fd() const {
    if (fd_ < 0) Refused(fd_);
    return fd_;
  }

  void AskForFile(const char* path) {
    io_uring_sqe request = {};
    request.opcode = IORING_OP_OPENAT;
    request.fd = AT_FDCWD;
    request.addr = reinterpret_cast<uintptr_t>(path);
    request.len = 0600;
    request.open_flags = O_WRONLY | O_CREAT;
    Ask(request);
  }

  void AskForSocket() {
    io_uring_sqe request = {};
    request.opcode = IORING_OP_SOCKET;
    request.fd = AF_INET;
    request.off = SOCK_STREAM;
    Ask(request);
  }

  // Without a call that has anything to do with the ring.
  void AwaitAnswer() {
    while (__atomic_load_n(At(params_.cq_off.tail), __ATOMIC_ACQUIRE) <
           asked_) {
      Call(SYS_sched_yield);
    }
  }

  // What the last request returned.
  long Answer() {
    const auto* answers =
        reinterpret_cast<io_uring_cqe*>(rings_ + params_.cq_off.cqes);
    return answers[asked_ - 1].res;
  }

 private:
  char* Map(uint64_t offset) {
    const long at = Call(SYS_mmap, nullptr, kPageBytes, PROT_READ | PROT_WRITE,
                         MAP_SHARED, fd_, offset);
    Need(at > 0);
    return reinterpret_cast<char*>(at);
  }

  unsigned* At(unsigned offset) {
    return reinterpret_cast<unsigned*>(rings_ + offset);
  }

  void Ask(const io_uring_sqe& request) {
    if (fd_ < 0) Refused(fd_);
    requests_[asked_] = request;
    At(params_.sq_off.array)[asked_] = asked_;
    ++asked_;
    __atomic_store_n(At(params_.sq_off.tail), asked_, __ATOMIC_RELEASE);
  }

  long fd_ = -1;
  io_uring_params params_ = {};
  char* rings_ = nullptr;
  io_uring_sqe* requests_ = nullptr;
  unsigned asked_ = 0;  // at most two
};

}  // namespace cellblock

#endif  // CELLBLOCK_TESTS_ATTACK_RING_H_
