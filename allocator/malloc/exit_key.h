// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#ifndef CELLBLOCK_ALLOCATOR_MALLOC_EXIT_KEY_H_
#define CELLBLOCK_ALLOCATOR_MALLOC_EXIT_KEY_H_

#include <pthread.h>

#include <cstddef>
#include <iterator>

namespace cellblock {

// What is called when a thread ends: the last key of those whose values libc
// keeps with the thread itself, so that each round of destructors ends with
// this one, and a heap that another destructor opens, in the last round too, is
// closed.
//
// Lifecycle: Make once, before the program has keys; then Arm, in each thread
//   that is to be told of.
// Errors: Make is false iff there is no key.
// Threads: Make: one; Arm: any.
// Syscalls: none.
class ExitKey {
 public:
  [[nodiscard]] bool Make(void (*at_exit)(void*)) {
    constexpr pthread_key_t kLast = 31;
    pthread_key_t keys[kLast + 1];
    size_t made = 0;
    while (made < std::size(keys) &&
           pthread_key_create(&keys[made], at_exit) == 0 &&
           keys[made++] < kLast) {
    }
    if (made == 0) return false;
    key_ = keys[made - 1];
    for (size_t i = 0; i + 1 < made; ++i) pthread_key_delete(keys[i]);
    return true;
  }

  // `what` is not null; the function gets it.
  void Arm(const void* what) const { pthread_setspecific(key_, what); }

 private:
  pthread_key_t key_ = 0;
};

}  // namespace cellblock

#endif  // CELLBLOCK_ALLOCATOR_MALLOC_EXIT_KEY_H_
