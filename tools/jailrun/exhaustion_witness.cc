// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/exhaustion_witness.h"

#include <errno.h>

#include <algorithm>
#include <utility>

#include "jail/unique_fd.h"
#include "tools/jailrun/backtrace.h"
#include "tools/jailrun/exhaustion_call.h"
#include "tools/jailrun/memory_file.h"
#include "tools/jailrun/memory_map.h"
#include "tools/jailrun/process_memory.h"
#include "tools/jailrun/refusal.h"

namespace cellblock {
namespace {

constexpr size_t kMostLooks = 512;
constexpr std::chrono::milliseconds kMostSpent{250};
constexpr std::chrono::seconds kLongestExplanation{2};
constexpr size_t kMostStack = 1 << 20;

ExplainRequest RequestFor(const Listener::Call& call,
                          const KeptRegisters& kept) {
  ExplainRequest request = {.magic = kExplainMagic,
                            .all_known = 1,
                            .registers = {},
                            .thread = 0,
                            .memory_begin = kept.rsp,
                            .only_callers = 1,
                            .addresses = 0};
  // By DWARF's numbers. The others are lost in a call, so no caller needs them.
  request.registers[3] = kept.rbx;
  request.registers[kFramePointer] = kept.rbp;
  request.registers[kStackPointer] = kept.rsp;
  request.registers[12] = kept.r12;
  request.registers[13] = kept.r13;
  request.registers[14] = kept.r14;
  request.registers[15] = kept.r15;
  request.registers[kReturnAddress] = call.request.instruction;
  return request;
}

}  // namespace

void ExhaustionWitness::Look(const Listener::Call& call) {
  if (looks_ == kMostLooks || spent_ >= kMostSpent) return;
  ++looks_;
  const Clock::time_point began = Clock::now();
  last_ = Copy(call);
  spent_ += Clock::now() - began;
}

ExhaustionWitness::Seen ExhaustionWitness::Copy(const Listener::Call& call) {
  const uint64_t(&args)[6] = call.request.args;
  Seen seen = {.refused = {.number = args[3],
                           .asked = args[1],
                           .alignment = args[2],
                           .scene = {.thread = witness_.ThreadOf(call)}}};
  std::string* const missing = &seen.refused.scene.missing;
  if (!witness_.can_look()) {
    *missing = kMemoryNotOpen;
    return seen;
  }
  const ProcessMemory memory(witness_.memory());
  const auto kept = memory.Get<KeptRegisters>(args[4]);
  if (!kept) {
    *missing = "the thread's registers are not where it says";
    return seen;
  }
  seen.request = RequestFor(call, *kept);
  if (!seen.refused.scene.thread.main) seen.request.thread = call.pid;
  stack_.resize(kMostStack);
  seen.stack_bytes = memory.Read(kept->rsp, stack_.data(), kMostStack);
  if (seen.stack_bytes == 0) {
    *missing = "the thread's stack is not where it says";
    return seen;
  }
  if (maps_.empty()) maps_ = MemoryMap::ReadText(witness_.maps());
  return seen;
}

RefusedAllocation ExhaustionWitness::Explain(Clock::time_point deadline) const {
  RefusedAllocation refused;
  if (!last_) {
    refused.scene.missing = "jailrun was not told of it";
    return refused;
  }
  refused = last_->refused;
  CallScene& scene = refused.scene;
  if (last_->stack_bytes == 0) return refused;
  if (Clock::now() >= deadline) {
    scene.missing = "the time limit has passed";
    return refused;
  }
  const UniqueFd memory = FileOf({stack_.data(), last_->stack_bytes});
  const UniqueFd maps = FileOf(maps_);
  if (!memory.ok() || !maps.ok()) {
    scene.missing = WithErrno("cannot keep a copy of its stack", errno);
    return refused;
  }
  Backtrace found =
      RunExplainer(last_->request, memory.get(), maps.get(),
                   std::min(deadline, Clock::now() + kLongestExplanation));
  scene.missing = std::move(found.missing);
  scene.backtrace = std::move(found.places);
  Locate(MemoryMap::Parse(maps_), &scene.backtrace);
  return refused;
}

}  // namespace cellblock
