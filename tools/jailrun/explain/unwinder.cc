// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/explain/unwinder.h"

#include <stdlib.h>

#include <algorithm>
#include <utility>

#include "tools/jailrun/explain/expression.h"

namespace cellblock {
namespace {

constexpr uint64_t kWord = sizeof(uint64_t);
constexpr uint64_t kMostSearchedOfMapping = 1 << 20;
constexpr uint64_t kMostSearched = 64 << 20;

// A register of the caller, by the rule of the callee's frame.
Word CallersRegister(const Frame& frame, Dwarf_Frame* rules, int number,
                     uint64_t cfa, const MemoryReader& memory,
                     bool* undefined) {
  Dwarf_Op storage[3];
  Dwarf_Op* operations;
  size_t count;
  *undefined = false;
  if (dwarf_frame_register(rules, number, storage, &operations, &count) != 0) {
    return {};
  }
  if (count == 0) {
    // libdw's way to say "undefined"; else it is "the same as before".
    *undefined = operations == storage;
    return *undefined ? Word() : frame.registers[number];
  }
  const ExpressionResult result =
      Evaluate(operations, count, frame, cfa, memory);
  if (!result.word || result.is_value) return result.word;
  return memory.Get<uint64_t>(*result.word);
}

}  // namespace

std::vector<Frame> Unwinder::Unwind(const Frame& innermost) const {
  const bool known = innermost.registers[kStackPointer].has_value();
  Chain chain = known ? Follow(innermost) : Search(innermost);
  if (chain.frames.empty()) chain.frames.push_back(innermost);
  return std::move(chain.frames);
}

Unwinder::Chain Unwinder::Follow(const Frame& innermost) const {
  Chain chain;
  chain.frames.push_back(innermost);
  while (chain.frames.size() < kMostFrames) {
    const std::optional<Frame> caller = Caller(chain.frames.back(), &chain);
    if (!caller) break;
    if (!caller->certain) WeighCall(chain.frames.back(), *caller, &chain);
    chain.frames.push_back(*caller);
  }
  return chain;
}

std::optional<Frame> Unwinder::Caller(const Frame& frame, Chain* chain) const {
  const Symbols::FrameRules rules = symbols_.RulesAt(frame.inside());
  Word cfa = CanonicalAddress(frame, rules.get());
  const bool searched = !cfa;
  if (searched) cfa = SearchedAddress(frame);
  if (!cfa) return {};
  std::optional<Frame> caller = CallerAt(frame, rules.get(), *cfa, chain);
  if (caller && searched) caller->certain = false;
  return caller;
}

Word Unwinder::CanonicalAddress(const Frame& frame, Dwarf_Frame* rules) const {
  Dwarf_Op* operations;
  size_t count;
  if (rules == nullptr || dwarf_frame_cfa(rules, &operations, &count) != 0 ||
      count == 0) {
    return {};
  }
  return Evaluate(operations, count, frame, {}, memory_).word;
}

Word Unwinder::SearchedAddress(const Frame& frame) const {
  constexpr uint64_t kLargestFrame = 64 << 10;
  const Word stack = frame.registers[kStackPointer];
  const std::optional<uint64_t> function =
      symbols_.FunctionStart(frame.inside());
  if (!stack || !function) return {};
  std::vector<uint64_t> words(kLargestFrame / kWord);
  words.resize(memory_.Read(*stack, words.data(), kLargestFrame) / kWord);
  Word possible;
  for (size_t i = 0; i < words.size(); ++i) {
    const uint64_t above = *stack + (i + 1) * kWord;
    const CallSite site = SiteOf(words[i], *function);
    if (site == CallSite::kCallsIt) return above;
    if (site == CallSite::kUnknown && !possible) possible = above;
  }
  return possible;
}

// Without rules a caller's registers are taken to be unchanged.
std::optional<Frame> Unwinder::CallerAt(const Frame& frame, Dwarf_Frame* rules,
                                        uint64_t cfa, Chain* chain) const {
  Frame caller = frame;
  caller.interrupted = false;
  if (rules == nullptr) {
    caller.registers[kReturnAddress] = memory_.Get<uint64_t>(cfa - kWord);
  } else {
    dwarf_frame_info(rules, nullptr, nullptr, &caller.interrupted);
    for (int i = 0; i < kRegisters; ++i) {
      bool undefined;
      caller.registers[i] =
          CallersRegister(frame, rules, i, cfa, memory_, &undefined);
      if (i == kReturnAddress && undefined) chain->end = End::kOuter;
    }
  }
  // Only a signal's handler may have a stack elsewhere, and only the innermost
  // may have given back all of its own.
  const Word stack = frame.registers[kStackPointer];
  if (!caller.interrupted) {
    if (stack && (frame.interrupted ? cfa < *stack : cfa <= *stack)) return {};
    caller.registers[kStackPointer] = cfa;
  }
  const Word address = caller.registers[kReturnAddress];
  if (address && *address == 0) chain->end = End::kZero;
  if (!address || !IsCode(*address)) return {};
  return caller;
}

void Unwinder::WeighCall(const Frame& frame, const Frame& caller,
                         Chain* chain) const {
  const std::optional<uint64_t> function =
      symbols_.FunctionStart(frame.inside());
  if (!function || caller.interrupted) return;
  switch (SiteOf(caller.address(), *function)) {
    case CallSite::kCallsIt:
      chain->agreement += 1;
      return;
    case CallSite::kUnknown:
      return;
    case CallSite::kCallsOther:
      chain->agreement -= 1;
      return;
    case CallSite::kNone:
      chain->agreement -= static_cast<int>(kMostFrames);
      return;
  }
}

CallSite Unwinder::SiteOf(uint64_t word, uint64_t function) const {
  if (!IsCode(word)) return CallSite::kNone;
  const CallSite site = CallSiteBefore(word, function, memory_);
  return site == CallSite::kNone && IsSignalTrampoline(word)
             ? CallSite::kUnknown
             : site;
}

bool Unwinder::IsSignalTrampoline(uint64_t address) const {
  bool signal = false;
  if (const auto rules = symbols_.RulesAt(address)) {
    dwarf_frame_info(rules.get(), nullptr, nullptr, &signal);
  }
  return signal;
}

Unwinder::Chain Unwinder::Search(const Frame& innermost) const {
  // By owner. The main stack is the highest, those of threads lie below it.
  std::vector<const Mapping*> stacks[3];
  const std::vector<Mapping>& mappings = map_.mappings();
  for (auto mapping = mappings.rbegin(); mapping != mappings.rend();
       ++mapping) {
    if (!mapping->writable) continue;
    stacks[static_cast<size_t>(OwnerOf(*mapping))].push_back(&*mapping);
  }
  for (const CallSite wanted : {CallSite::kCallsIt, CallSite::kUnknown}) {
    for (const std::vector<const Mapping*>& owned : stacks) {
      Chain best = SearchMappings(owned, innermost, wanted);
      if (best.frames.empty()) continue;
      for (size_t i = 1; i < best.frames.size(); ++i) {
        best.frames[i].certain = false;
      }
      return best;
    }
  }
  return {};
}

Unwinder::Chain Unwinder::SearchMappings(
    const std::vector<const Mapping*>& mappings, const Frame& innermost,
    CallSite wanted) const {
  Chain best;
  uint64_t searched = 0;
  for (const Mapping* mapping : mappings) {
    searched += std::min(mapping->end - mapping->begin, kMostSearchedOfMapping);
    if (searched > kMostSearched) break;
    SearchMapping(*mapping, innermost, wanted, &best);
  }
  return best;
}

// libc keeps what it knows of a thread, its id too, where the stack begins.
Unwinder::Owner Unwinder::OwnerOf(const Mapping& mapping) const {
  constexpr uint64_t kLooked = 16 << 10;
  const bool main_stack = mapping.name == "[stack]";
  if (thread_ == 0) return main_stack ? Owner::kThread : Owner::kUnknown;
  if (main_stack) return Owner::kOther;
  const uint64_t bytes = std::min(mapping.end - mapping.begin, kLooked);
  std::vector<uint32_t> words(bytes / sizeof(uint32_t));
  words.resize(memory_.Read(mapping.end - bytes, words.data(), bytes) /
               sizeof(uint32_t));
  return std::find(words.begin(), words.end(), thread_) != words.end()
             ? Owner::kThread
             : Owner::kUnknown;
}

// A thread's stack begins at the end of its mapping, or close to it.
void Unwinder::SearchMapping(const Mapping& mapping, const Frame& innermost,
                             CallSite wanted, Chain* best) const {
  const std::optional<uint64_t> function =
      symbols_.FunctionStart(innermost.inside());
  if (!function) return;
  const uint64_t bytes =
      std::min(mapping.end - mapping.begin, kMostSearchedOfMapping);
  const uint64_t begin = mapping.end - bytes;
  std::vector<uint64_t> words(bytes / kWord);
  words.resize(memory_.Read(begin, words.data(), bytes) / kWord);
  const Symbols::FrameRules rules = symbols_.RulesAt(innermost.inside());
  for (size_t i = words.size(); i-- > 0;) {
    if (SiteOf(words[i], *function) != wanted) continue;
    const uint64_t above = begin + (i + 1) * kWord;
    Chain chain;
    std::optional<Frame> caller =
        CallerAt(innermost, rules.get(), above, &chain);
    // The rules may want a register that is not known.
    if (!caller) caller = CallerAt(innermost, nullptr, above, &chain);
    if (!caller || caller->address() != words[i]) continue;
    Frame outer = *caller;
    outer.certain = false;
    chain = Follow(outer);
    if (chain.end != End::kLost &&
        (best->frames.empty() || chain.IsBetterThan(*best))) {
      chain.frames.insert(chain.frames.begin(), innermost);
      *best = std::move(chain);
    }
  }
}

bool Unwinder::IsCode(uint64_t address) const {
  const Mapping* mapping = map_.Find(address - 1);
  return mapping != nullptr && mapping->executable;
}

}  // namespace cellblock
