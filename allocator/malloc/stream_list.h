// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_STREAM_LIST_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_STREAM_LIST_H_

#include <sys/single_threaded.h>

// What fork(2) of libc locks itself, after the handlers of pthread_atfork and
// before its own malloc's locks: the list of streams. Who has that lock may
// wait for a stream's, and who has a stream's for malloc's (getline). So
// whoever holds malloc's lock across a fork has to have this one first.
extern "C" {
[[gnu::weak]] void _IO_list_lock() noexcept;  // recursive
[[gnu::weak]] void _IO_list_unlock() noexcept;
[[gnu::weak]] void _IO_list_resetlock() noexcept;
}

namespace cellblock {

// Lifecycle: Acquire before fork(2); after it, Release in the parent and Reset
//   in the child, in which libc has done so too.
// Threads: the one that forks.
// Syscalls: futex(2) under contention.
class StreamList {
 public:
  void Acquire() {
    if (__libc_single_threaded != 0 || _IO_list_resetlock == nullptr) return;
    _IO_list_lock();
    is_held_ = true;
  }
  void Release() {
    if (!is_held_) return;
    is_held_ = false;
    _IO_list_unlock();
  }
  void Reset() {
    if (!is_held_) return;
    is_held_ = false;
    _IO_list_resetlock();
  }

 private:
  bool is_held_ = false;  // guarded by the lock
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_STREAM_LIST_H_
