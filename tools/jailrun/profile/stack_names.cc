// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/profile/stack_names.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "jail/unique_fd.h"
#include "tools/jailrun/backtrace.h"
#include "tools/jailrun/explain_protocol.h"
#include "tools/jailrun/memory_file.h"
#include "tools/jailrun/memory_map.h"
#include "tools/jailrun/witness.h"

namespace cellblock {
namespace {

// By address: the place, and before it those of functions that the compiler
// copied into it there.
using Names = std::map<uint64_t, std::vector<CodePlace>>;

// Each once, in the order of the stacks.
std::vector<uint64_t> AddressesToName(const Profile& profile,
                                      const MemoryMap& map) {
  std::vector<uint64_t> addresses;
  std::set<uint64_t> seen;
  for (const Profile::Stack& stack : profile.stacks) {
    for (const uint64_t address : stack.addresses) {
      if (addresses.size() == kMostAddresses) return addresses;
      const Mapping* const mapping = map.Find(address);
      const bool is_code = mapping != nullptr && mapping->executable;
      if (is_code && seen.insert(address).second) addresses.push_back(address);
    }
  }
  return addresses;
}

Names Find(const std::vector<uint64_t>& addresses, std::string_view maps,
           std::chrono::steady_clock::time_point deadline) {
  Names names;
  const UniqueFd file = FileOf(maps);
  if (!file.ok() || addresses.empty()) return names;
  const Backtrace found = RunExplainer(addresses, file.get(), deadline);
  for (const CodePlace& place : found.places) {
    CodePlace& kept = names[place.address].emplace_back(place);
    for (std::string* const name : {&kept.function, &kept.file}) {
      if (name->size() > Profile::kMostName) name->resize(Profile::kMostName);
    }
  }
  return names;
}

}  // namespace

void NameStacks(std::string_view maps,
                std::chrono::steady_clock::time_point deadline,
                Profile* profile) {
  const MemoryMap map = MemoryMap::Parse(maps);
  const Names names = Find(AddressesToName(*profile, map), maps, deadline);
  for (Profile::Stack& stack : profile->stacks) {
    for (const uint64_t address : stack.addresses) {
      const auto known = names.find(address);
      if (known == names.end()) {
        stack.frames.push_back({.address = address});
      } else {
        stack.frames.insert(stack.frames.end(), known->second.begin(),
                            known->second.end());
      }
    }
    // A program can choose addresses where much was copied.
    if (stack.frames.size() > Profile::kMostFrames) {
      stack.frames.resize(Profile::kMostFrames);
    }
    Locate(map, &stack.frames);
  }
}

}  // namespace cellblock
