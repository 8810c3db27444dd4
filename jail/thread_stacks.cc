// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/thread_stacks.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <new>

namespace cellblock {
namespace {

constexpr size_t kPage = 4096;
constexpr uint32_t kStateBits = 2;
constexpr uint32_t kStateMask = (1u << kStateBits) - 1;
// What libc keeps of a thread lies within this of what pthread_self() is.
constexpr size_t kDescriptorBytes = 2048;

size_t WholePages(size_t bytes) { return (bytes + kPage - 1) & ~(kPage - 1); }

// The kernel clears the word when the thread is done with its stack; a join
// then makes it -1.
bool HasEnded(const std::atomic<pid_t>& tid) {
  return tid.load(std::memory_order_acquire) <= 0;
}

constexpr size_t kDescriptorWords = kDescriptorBytes / sizeof(pid_t);

// Which words of a thread's descriptor hold its id. Half a pointer can look
// like one: a word is the id if it is for two threads.
struct Probe {
  uintptr_t descriptor = 0;
  bool is_id[kDescriptorWords] = {};
};

void* FindOwnId(void* argument) {
  Probe* const probe = static_cast<Probe*>(argument);
  const auto id = static_cast<pid_t>(syscall(SYS_gettid));
  probe->descriptor = pthread_self();
  for (size_t i = 0; i < kDescriptorWords; ++i) {
    pid_t word;
    __builtin_memcpy(
        &word, reinterpret_cast<void*>(probe->descriptor + i * sizeof(word)),
        sizeof(word));
    probe->is_id[i] = word == id;
  }
  // libc loads its unwinder for this, once: not after the lock.
  pthread_exit(nullptr);
}

// Runs a probe on `stack` to its end, with no signal that could be handled
// there.
int RunProbe(ThreadStacks::Create* create, const ThreadStack& stack,
             Probe* probe) {
  pthread_attr_t attributes;
  pthread_t thread;
  sigset_t all, old;
  if (const int error = pthread_attr_init(&attributes)) return error;
  sigfillset(&all);
  int error = pthread_attr_setstack(&attributes, stack.begin(), stack.bytes());
  if (error == 0) {
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = create(&thread, &attributes, &FindOwnId, probe);
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
  }
  pthread_attr_destroy(&attributes);
  return error != 0 ? error : pthread_join(thread, nullptr);
}

// By number: where this is used, the symbols may be answered from a pool.
char* MapNothing(size_t bytes) {
  const long address =
      syscall(SYS_mmap, nullptr, bytes, PROT_NONE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0L);
  return address == -1 ? nullptr : reinterpret_cast<char*>(address);
}

bool Open(char* begin, size_t bytes) {
  return syscall(SYS_mprotect, begin, bytes, PROT_READ | PROT_WRITE) == 0;
}

}  // namespace

bool ThreadStack::Holds(uintptr_t address) const {
  const auto first = reinterpret_cast<uintptr_t>(begin());
  return address >= first && address - first < bytes_;
}

bool ThreadStack::Take(uint32_t* taken) {
  uint32_t state = state_.load(std::memory_order_acquire);
  const auto kind = static_cast<State>(state & kStateMask);
  const bool ended = kind == State::kDetached && HasEnded(*tid_);
  if (kind != State::kFree && !ended) return false;
  *taken = ((state >> kStateBits) + 1) << kStateBits;
  return state_.compare_exchange_strong(
      state, *taken | static_cast<uint32_t>(State::kStarting));
}

void ThreadStack::Become(State state) {
  uint32_t old = state_.load();
  while (!state_.compare_exchange_weak(
      old, (old & ~kStateMask) | static_cast<uint32_t>(state))) {
  }
}

void ThreadStack::Started(Start how, uint32_t taken) {
  // After a failure libc may have started a thread that is still ending.
  const State state =
      how == Start::kJoinable ? State::kJoinable : State::kDetached;
  uint32_t expected = taken | static_cast<uint32_t>(State::kStarting);
  state_.compare_exchange_strong(expected,
                                 taken | static_cast<uint32_t>(state));
}

void ThreadStack::Joined() { Become(State::kFree); }

void ThreadStack::Detached() { Become(State::kDetached); }

int ThreadStacks::Prepare(Create* create, size_t bytes) {
  uint32_t taken;
  ThreadStack* const stack = Map(bytes, 0, &taken);
  if (stack == nullptr) return ENOMEM;
  Probe probes[2];
  for (Probe& probe : probes) {
    if (const int error = RunProbe(create, *stack, &probe)) return error;
  }
  if (probes[0].descriptor != probes[1].descriptor) return ENOTSUP;
  size_t found = 0;
  uintptr_t word = 0;
  for (size_t i = 0; i < kDescriptorWords; ++i) {
    if (!probes[0].is_id[i] || !probes[1].is_id[i]) continue;
    ++found;
    word = probes[0].descriptor + i * sizeof(pid_t);
  }
  if (found != 1 || !stack->Holds(word)) return ENOTSUP;
  stack->tid_ = reinterpret_cast<const std::atomic<pid_t>*>(word);
  if (!HasEnded(*stack->tid_)) return ENOTSUP;
  tid_below_end_ =
      reinterpret_cast<uintptr_t>(stack->begin_ + stack->bytes_) - word;
  stack->Joined();
  return 0;
}

ThreadStack* ThreadStacks::Add(size_t count, size_t bytes, size_t guard_bytes) {
  bytes = WholePages(bytes < kLeastStackBytes ? kLeastStackBytes : bytes);
  guard_bytes = WholePages(guard_bytes < kStackGuardBytes ? kStackGuardBytes
                                                          : guard_bytes);
  const size_t records = WholePages(count * sizeof(ThreadStack));
  const size_t each = guard_bytes + bytes;
  // A guard above the last one too: what overruns it upward stops there.
  const size_t all = records + count * each + guard_bytes;
  char* const base = MapNothing(all);
  if (base == nullptr) return nullptr;
  bool opened = Open(base, records);
  for (size_t i = 0; opened && i < count; ++i) {
    opened = Open(base + records + i * each + guard_bytes, bytes);
  }
  if (!opened) {
    const int error = errno;
    syscall(SYS_munmap, base, all);
    errno = error;
    return nullptr;
  }
  auto* const stacks = reinterpret_cast<ThreadStack*>(base);
  for (size_t i = 0; i < count; ++i) {
    ThreadStack* const stack = new (stacks + i) ThreadStack();
    stack->begin_ = base + records + i * each + guard_bytes;
    stack->bytes_ = bytes;
    stack->guard_bytes_ = guard_bytes;
    stack->tid_ = reinterpret_cast<const std::atomic<pid_t>*>(
        stack->begin_ + bytes - tid_below_end_);
    uint32_t taken;
    static_cast<void>(stack->Take(&taken));
    stack->next_ = first_.load();
    while (!first_.compare_exchange_weak(stack->next_, stack)) {
    }
  }
  return stacks;
}

ThreadStack* ThreadStacks::Map(size_t bytes, size_t guard_bytes,
                               uint32_t* taken) {
  constexpr size_t kMost = PTRDIFF_MAX / 4;
  if (bytes > kMost || guard_bytes > kMost) return nullptr;
  ThreadStack* const stack = Add(1, bytes, guard_bytes);
  if (stack != nullptr) *taken = stack->state_.load() & ~kStateMask;
  return stack;
}

int ThreadStacks::Lay(size_t count, size_t bytes) {
  const size_t there = CountFree(bytes);
  if (there >= count) return 0;
  const size_t missing = count - there;
  constexpr size_t kMost = PTRDIFF_MAX / 4;
  if (bytes > kMost / missing) return ENOMEM;
  errno = 0;
  ThreadStack* const stacks = Add(missing, bytes, 0);
  if (stacks == nullptr) return errno != 0 ? errno : ENOMEM;
  for (size_t i = 0; i < missing; ++i) stacks[i].Joined();
  return 0;
}

ThreadStack* ThreadStacks::Take(size_t bytes, uint32_t* taken) {
  for (;;) {
    ThreadStack* best = nullptr;
    for (ThreadStack* stack = first_.load(); stack != nullptr;
         stack = stack->next_) {
      if (stack->bytes_ < bytes || !IsFree(*stack)) continue;
      if (best == nullptr || stack->bytes_ < best->bytes_) best = stack;
    }
    if (best == nullptr || best->Take(taken)) return best;
  }
}

bool ThreadStacks::IsFree(const ThreadStack& stack) {
  const uint32_t state = stack.state_.load(std::memory_order_acquire);
  const auto kind = static_cast<ThreadStack::State>(state & kStateMask);
  return kind == ThreadStack::State::kFree ||
         (kind == ThreadStack::State::kDetached && HasEnded(*stack.tid_));
}

ThreadStack* ThreadStacks::Find(pthread_t thread) {
  for (ThreadStack* stack = first_.load(); stack != nullptr;
       stack = stack->next_) {
    if (stack->Holds(thread)) return stack;
  }
  return nullptr;
}

bool ThreadStacks::AnyDetached(size_t bytes) const {
  for (ThreadStack* stack = first_.load(); stack != nullptr;
       stack = stack->next_) {
    const uint32_t state = stack->state_.load(std::memory_order_acquire);
    if (stack->bytes_ >= bytes &&
        static_cast<ThreadStack::State>(state & kStateMask) ==
            ThreadStack::State::kDetached) {
      return true;
    }
  }
  return false;
}

size_t ThreadStacks::CountFree(size_t bytes) const {
  size_t count = 0;
  for (ThreadStack* stack = first_.load(); stack != nullptr;
       stack = stack->next_) {
    if (stack->bytes_ >= bytes && IsFree(*stack)) ++count;
  }
  return count;
}

size_t ThreadStacks::Count() const {
  size_t count = 0;
  for (ThreadStack* stack = first_.load(); stack != nullptr;
       stack = stack->next_) {
    ++count;
  }
  return count;
}

size_t ThreadStacks::Largest() const {
  size_t largest = 0;
  for (ThreadStack* stack = first_.load(); stack != nullptr;
       stack = stack->next_) {
    if (stack->bytes_ > largest) largest = stack->bytes_;
  }
  return largest;
}

}  // namespace cellblock
