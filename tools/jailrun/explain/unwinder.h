// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_UNWINDER_H_
#define CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_UNWINDER_H_

#include <vector>

#include "tools/jailrun/explain/call_site.h"
#include "tools/jailrun/explain/frame.h"
#include "tools/jailrun/explain/symbols.h"
#include "tools/jailrun/memory_map.h"
#include "tools/jailrun/process_memory.h"

namespace cellblock {

// From a stopped thread's registers to the frames of its callers.
//
// With all registers known, the call frame information of the program's files
// leads from frame to frame, as a debugger goes. With the instruction alone, or
// where a file is silent, the stack is searched for the word that the call of
// the function must have left there: the address behind a call instruction that
// leads to just that function, or may. The thread's own stack comes first; no
// other is looked at if it has such a word. From each the frames are followed,
// and of those chains that reach the thread's outermost function the one counts
// whose calls best agree with the functions that they are said to have called.
// (They need not all: a function that ends by a jump to another leaves no
// frame.) An old word that was left on the stack can pass all that: whatever
// was found so is marked as not certain.
//
// Bounds: kMostFrames frames; 64 MiB searched of each owner's stacks; a frame
//   must lie above the one below it, so that no loop in memory is one here.
// Errors: as many frames as there are to be had, the innermost always.
class Unwinder {
 public:
  // `thread`: the id of the stopped thread, and 0 for the main thread.
  Unwinder(const Symbols& symbols, const MemoryMap& map,
           const MemoryReader& memory, uint64_t thread)
      : symbols_(symbols), map_(map), memory_(memory), thread_(thread) {}

  std::vector<Frame> Unwind(const Frame& innermost) const;

 private:
  enum class End : uint8_t {
    kLost,   // no caller was found
    kZero,   // the return address is zero, as where no more was laid
    kOuter,  // the files say that it is the thread's outermost function
  };

  struct Chain {
    std::vector<Frame> frames;
    int agreement = 0;  // of the calls with the frames below them
    End end = End::kLost;

    bool IsBetterThan(const Chain& other) const {
      return end != other.end ? end > other.end : agreement > other.agreement;
    }
  };

  // Whose stack a mapping holds, as far as can be told.
  enum class Owner : uint8_t { kThread, kUnknown, kOther };

  Chain Follow(const Frame& innermost) const;
  Chain Search(const Frame& innermost) const;
  Chain SearchMappings(const std::vector<const Mapping*>& mappings,
                       const Frame& innermost, CallSite wanted) const;
  Owner OwnerOf(const Mapping& mapping) const;
  void SearchMapping(const Mapping& mapping, const Frame& innermost,
                     CallSite wanted, Chain* best) const;
  // The caller of `frame`, with what vouches for it; empty iff there is none.
  std::optional<Frame> Caller(const Frame& frame, Chain* chain) const;
  std::optional<Frame> CallerAt(const Frame& frame, Dwarf_Frame* rules,
                                uint64_t cfa, Chain* chain) const;
  Word CanonicalAddress(const Frame& frame, Dwarf_Frame* rules) const;
  // Searched for above the stack pointer, which is known.
  Word SearchedAddress(const Frame& frame) const;
  void WeighCall(const Frame& frame, const Frame& caller, Chain* chain) const;
  // As CallSiteBefore. A signal's handler returns to what no call stands
  // before.
  CallSite SiteOf(uint64_t word, uint64_t function) const;
  bool IsSignalTrampoline(uint64_t address) const;
  bool IsCode(uint64_t address) const;

  const Symbols& symbols_;
  const MemoryMap& map_;
  const MemoryReader& memory_;
  const uint64_t thread_;
};

}  // namespace cellblock

#endif  // CELLBLOCK_TOOLS_JAILRUN_EXPLAIN_UNWINDER_H_
