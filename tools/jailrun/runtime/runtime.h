// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_RUNTIME_RUNTIME_H_
#define CELLBLOCK_TOOLS_JAILRUN_RUNTIME_RUNTIME_H_

// What the parts of the runtime share. The runtime is preloaded into the
// program: it depends on libc only, and runs before any constructor has.

#include <dlfcn.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "tools/jailrun/control.h"

#define CELLBLOCK_EXPORT extern "C" __attribute__((visibility("default")))

namespace cellblock {

// The mapping shared with jailrun, and the descriptors it came with.
struct Connection {
  Control* control = nullptr;
  int memfd = -1;
  int socket = -1;
  int held = -1;   // what the loader needed, or -1
  pid_t pid = -1;  // of the process that jailrun started
};

// Finds the connection, takes our variables out of the environment, and maps
// the control block. Ends the process if jailrun did not start it. Setup phase
// only; the second call and later ones return what the first found.
const Connection& Connect();

// In a process forked from a template, when other descriptors stand in the
// place of those that Connect found: maps what they lead to in the place of
// what was shared before. Setup phase only.
void Reconnect();

// Null before Connect.
Control* TheControl();

// One more, from any thread.
inline void Count(uint64_t* counter) {
  std::atomic_ref<uint64_t>(*counter).fetch_add(1, std::memory_order_relaxed);
}

// How many so far.
inline uint64_t Counted(uint64_t* counter) {
  return std::atomic_ref<uint64_t>(*counter).load(std::memory_order_relaxed);
}

// Raises a figure to `value`, if it is less.
inline void NoteAtLeast(uint64_t* figure, uint64_t value) {
  const std::atomic_ref<uint64_t> most(*figure);
  uint64_t seen = most.load(std::memory_order_relaxed);
  while (seen < value && !most.compare_exchange_weak(seen, value)) {
  }
}

// True from the lock on.
bool Locked();
void SetLocked();

// True from where the lock would be, in a program that jailrun learns from:
// memory is then answered from the pool as after the lock, but what the pool
// refuses the kernel carries out.
bool Rehearsing();
void StartRehearsal();

// Ends the process with ExitCode::kSetupFailed after one line on standard
// error. Only before the lock.
[[noreturn]] void FailSetup(const char* reason);

// libc's own definition of a symbol that the runtime defines too. Setup phase
// only: looked up once each, by the functions that need one.
template <typename Function>
Function* Next(Function* /*type*/, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// Answers SIGSYS from the pool, in this process and for every thread.
void InstallTrapHandler();

// Seals the code, the read-only data and the pool, so that nothing changes
// their protection or puts another mapping in their place. Before the lock;
// nothing is unmapped after it. Errors: the errno of the first mapping that
// cannot be.
[[nodiscard]] int SealMappings();

// From now on the supervisor is told of what the pool refuses. Only where there
// is one: without, the call that tells it would be a forbidden one.
void TellOfExhaustion();

// Loads the libraries that jailrun was asked to have there before the lock, or
// ends the process if one of those that were named cannot be: the LoadArea says
// why. Setup phase only; their constructors run.
void LoadLibraries();

// Lays the stacks for threads that start after the lock. Setup phase only.
void LayThreads();
void PrepareLibcThreads();

// Has libc do now what it puts off until first use and could not do after the
// lock. Setup phase only. Where the program may not open files, TZ is set, to
// what libc takes it for, if it is not.
void WarmLibc();

// Looks up what signals.cc, signal_waits.cc, file_symbols.cc, processors.cc and
// spawn_symbols.cc hand on to, while that may be done.
void FindSignalFunctions();
void FindWaitFunctions();
void FindFileFunctions();
void FindProcessorFunctions();
void FindSpawnFunctions();

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_RUNTIME_RUNTIME_H_
