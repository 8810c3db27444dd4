// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/witness.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "tools/jailrun/argument_decoder.h"
#include "tools/jailrun/backtrace.h"
#include "tools/jailrun/process_memory.h"
#include "tools/jailrun/readable_paths.h"

namespace cellblock {
namespace {

constexpr std::chrono::seconds kLongestLook{2};

UniqueFd OpenOf(pid_t process, const std::string& name, int how = O_RDONLY) {
  const std::string path = "/proc/" + std::to_string(process) + "/" + name;
  return UniqueFd(open(path.c_str(), how | O_CLOEXEC));
}

ExplainRequest RequestFor(pid_t process, const Listener::Call& call) {
  ExplainRequest request = {};
  request.magic = kExplainMagic;
  const bool of_main = call.pid == static_cast<uint32_t>(process);
  request.thread = of_main ? 0 : call.pid;
  request.registers[kReturnAddress] = call.request.instruction;
  return request;
}

void Add(const std::string& what, std::string* missing) {
  if (!missing->empty()) *missing += "; ";
  *missing += what;
}

}  // namespace

void Locate(const MemoryMap& map, std::vector<CodePlace>* places) {
  for (CodePlace& place : *places) {
    const Mapping* mapping = map.Find(place.address);
    if (mapping == nullptr) continue;
    place.module = mapping->name;
    place.offset = place.address - map.BaseOf(*mapping);
  }
}

void Witness::Prepare(pid_t process) {
  process_ = process;
  memory_ = OpenOf(process, "mem");
  maps_ = OpenOf(process, "maps");
  for (const char* file : OwnProcessFiles()) {
    held_.push_back(OpenOf(process, file, O_PATH));
  }
}

CallScene Witness::Look(const Listener& listener, const Listener::Call& call,
                        Clock::time_point deadline) {
  const bool readable = can_look();
  return Look(readable ? Request(listener, call) : RequestFor(process_, call),
              call, deadline);
}

CallScene Witness::Glance(const Listener::Call& call,
                          Clock::time_point deadline) const {
  if (!IsThread(call)) {
    // Its memory is not the one that was opened.
    return {.thread = {.id = call.pid, .foreign = true},
            .backtrace = {{.address = call.request.instruction}},
            .missing =
                "it was made in a process that the program started, "
                "into which nobody looks"};
  }
  return Look(RequestFor(process_, call), call, deadline);
}

bool Witness::IsThread(const Listener::Call& call) const {
  const auto is_seen = [this](auto thread) {
    return OpenOf(process_, "task/" + std::to_string(thread), O_PATH).ok();
  };
  // A /proc may hide them all.
  return is_seen(call.pid) || !is_seen(process_);
}

CallScene Witness::Look(const ExplainRequest& request,
                        const Listener::Call& call,
                        Clock::time_point deadline) const {
  CallScene scene = {.thread = ThreadOf(call)};
  scene.arguments = DecodeArguments(call.request, ProcessMemory(memory_.get()));
  scene.backtrace.push_back({.address = call.request.instruction});
  if (!can_look()) {
    Add(kMemoryNotOpen, &scene.missing);
    return scene;
  }
  AddBacktrace(request, std::min(deadline, Clock::now() + kLongestLook),
               &scene);
  return scene;
}

CallingThread Witness::ThreadOf(const Listener::Call& call) const {
  CallingThread thread = {.id = call.pid,
                          .main = call.pid == static_cast<uint32_t>(process_)};
  const UniqueFd name =
      OpenOf(process_, "task/" + std::to_string(call.pid) + "/comm");
  char text[64];
  const ssize_t got = read(name.get(), text, sizeof(text));
  if (got > 1) thread.name.assign(text, static_cast<size_t>(got) - 1);
  return thread;
}

ExplainRequest Witness::Request(const Listener& listener,
                                const Listener::Call& call) {
  ExplainRequest request = RequestFor(process_, call);
  const std::optional<user_regs_struct> seen = thread_.Catch(listener, call);
  if (!seen) return request;
  // In DWARF's order.
  const unsigned long long registers[] = {
      seen->rax, seen->rdx, seen->rcx, seen->rbx, seen->rsi, seen->rdi,
      seen->rbp, seen->rsp, seen->r8,  seen->r9,  seen->r10, seen->r11,
      seen->r12, seen->r13, seen->r14, seen->r15};
  std::copy(std::begin(registers), std::end(registers), request.registers);
  request.all_known = 1;
  return request;
}

void Witness::AddBacktrace(const ExplainRequest& request,
                           Clock::time_point deadline, CallScene* scene) const {
  const MemoryMap map = MemoryMap::Read(maps_.get());
  Backtrace found = RunExplainer(request, memory_.get(), maps_.get(), deadline);
  if (!found.missing.empty()) Add(found.missing, &scene->missing);
  if (!found.places.empty()) scene->backtrace = std::move(found.places);
  // What the kernel said stands, whatever the helper made of it.
  scene->backtrace[0].address = request.registers[kReturnAddress];
  scene->backtrace[0].certain = true;
  Locate(map, &scene->backtrace);
}

}  // namespace cellblock
