// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_PROFILE_FRAME_WALKER_H_
#define CELLBLOCK_TOOLS_JAILRUN_PROFILE_FRAME_WALKER_H_

#include <cstddef>
#include <cstdint>

namespace cellblock {

// From where the process is to its callers, by the call frame information that
// its files have in memory: most programs keep no frame pointers. It knows what
// compilers write. At anything else the walk ends, and what was found until
// then is what there is.
//
// Lifecycle: Collect, any number of times, while libraries come and go; Walk.
// Errors: as many frames as there are to be had; none before Collect.
// Threads: Walk: any. Syscalls: none in Walk, which does not allocate either.
class FrameWalker {
 public:
  // Code with the table that leads into its call frame information.
  struct Module {
    uintptr_t begin;
    uintptr_t end;
    uintptr_t index;  // .eh_frame_hdr
  };

  static constexpr size_t kMostModules = 512;

  constexpr FrameWalker() = default;
  FrameWalker(const FrameWalker&) = delete;
  FrameWalker& operator=(const FrameWalker&) = delete;

  // All that is loaded. May take the loader's lock.
  void Collect();

  // The return addresses of the callers, innermost first, without those in the
  // module that this is in: neither those that come first, nor what comes
  // after such a one later. Returns how many. From the stack pointer up to
  // `stack_end` all is mapped, and no more is read.
  uint32_t Walk(uintptr_t stack_end, uint64_t* frames, uint32_t most) const;

  bool IsOwn(uintptr_t address) const {
    return address - own_.begin < own_.end - own_.begin;
  }

 private:
  const Module* Find(uintptr_t address) const;

  Module own_ = {};
  size_t count_ = 0;
  Module modules_[kMostModules] = {};  // by rising address
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_PROFILE_FRAME_WALKER_H_
