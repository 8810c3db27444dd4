// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/memory_map.h"

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace cellblock {
namespace {

// "7f00…-7f01… r-xp 00001000 fe:00 1234    /usr/lib/libc.so.6"
bool ParseLine(const std::string& line, Mapping* mapping) {
  char rights[5] = {};
  int name = 0;
  const int fields =
      sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %*s %n",
             &mapping->begin, &mapping->end, rights, &name);
  if (fields != 3 || name == 0) return false;
  mapping->writable = rights[1] == 'w';
  mapping->executable = rights[2] == 'x';
  mapping->shared = rights[3] == 's';
  mapping->name = line.substr(static_cast<size_t>(name));
  return true;
}

}  // namespace

MemoryMap MemoryMap::Parse(std::string_view text) {
  MemoryMap map;
  while (!text.empty() && map.mappings_.size() < kMostMappings) {
    const size_t end = std::min(text.find('\n'), text.size());
    Mapping mapping;
    if (ParseLine(std::string(text.substr(0, end)), &mapping)) {
      map.mappings_.push_back(std::move(mapping));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return map;
}

std::string MemoryMap::ReadText(int fd) {
  constexpr size_t kMostBytes = 4 << 20;
  std::string text;
  char part[4096];
  ssize_t got;
  if (lseek(fd, 0, SEEK_SET) != 0) return {};
  while (text.size() < kMostBytes && (got = read(fd, part, sizeof(part))) > 0) {
    text.append(part, static_cast<size_t>(got));
  }
  return text;
}

const Mapping* MemoryMap::Find(uint64_t address) const {
  auto above = std::upper_bound(
      mappings_.begin(), mappings_.end(), address,
      [](uint64_t a, const Mapping& mapping) { return a < mapping.begin; });
  if (above == mappings_.begin()) return nullptr;
  const Mapping& mapping = *--above;
  return address < mapping.end ? &mapping : nullptr;
}

uint64_t MemoryMap::BaseOf(const Mapping& mapping) const {
  uint64_t base = mapping.begin;
  for (const Mapping& other : mappings_) {
    if (!mapping.name.empty() && other.name == mapping.name) {
      base = std::min(base, other.begin);
    }
  }
  return base;
}

}  // namespace cellblock
