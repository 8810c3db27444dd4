// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// Where the bytes come from, what a cell holds and which discipline serves it
// are chosen apart: every combination is one line.
//
//   bazel run //examples/pool:kinds

#include <cstdio>
#include <cstring>
#include <memory_resource>
#include <utility>
#include <vector>

#include "allocator/adapters/memory_resource.h"
#include "allocator/heap_prealloc.h"
#include "allocator/heap_regions.h"

using cellblock::AllocatorError;
using cellblock::CallocRegion;
using cellblock::Cell;
using cellblock::Commit;
using cellblock::Content;
using cellblock::Discipline;
using cellblock::Fill;
using cellblock::HeapPrealloc;
using cellblock::Message;
using cellblock::OwnerId;
using cellblock::Pages;
using cellblock::PoolOptions;
using cellblock::PoolResource;
using cellblock::Region;
using cellblock::Result;
using cellblock::Scrub;

namespace {

alignas(4096) std::byte static_memory[1 << 20];

void FillWithOnes(void* block, size_t bytes, void*) {
  std::memset(block, 0xFF, bytes);
}

// Serves one cell and says what it is like.
void Show(const char* name, Result<HeapPrealloc> pool) {
  if (!pool.ok()) {
    printf("%-10s %s\n", name, Message(pool.error()));
    return;
  }
  const Cell<unsigned char> cell = pool->AllocCell<unsigned char>(1000);
  if (!cell) {
    printf("%-10s %s\n", name, Message(pool->last_error()));
    return;
  }
  printf("%-10s a cell of %zu bytes, the last is %u\n", name, cell.size(),
         cell[999]);
}

void Kinds() {
  std::byte on_stack[64 << 10];
  Show("stack",
       HeapPrealloc::Create(Region::Borrow(on_stack, sizeof on_stack)));
  Show("static", HeapPrealloc::Create(Region::Borrow(
                     static_memory, sizeof static_memory, Content::kZero)));
  Show("calloc", HeapPrealloc::Create(CallocRegion(1 << 20)));
  Show("huge",
       HeapPrealloc::Create(Region::Map({.bytes = 4 << 20,
                                         .commit = Commit::kPopulate,
                                         .pages = Pages::kTransparentHuge}),
                            {.scrub = Scrub::kOnFree}));
  Show("function", HeapPrealloc::Create(Region::Map({.bytes = 1 << 20}),
                                        {.fill = Fill::kFunction,
                                         .fill_function = &FillWithOnes}));
  Show("first fit", HeapPrealloc::Create(
                        Region::Map({.bytes = 1 << 20}),
                        {.discipline = Discipline::kFirstFit, .slots = 512}));
  Show("too small", HeapPrealloc::Create(Region::Borrow(on_stack, 100)));
}

// Two tenants of one pool; what one takes beyond its limit is refused to it.
bool Limits() {
  constexpr OwnerId kThumbnails = 1;
  constexpr OwnerId kPages = 2;
  auto pool =
      HeapPrealloc::Create(Region::Map({.bytes = 8 << 20}), {.owners = 2});
  if (!pool.ok()) return false;
  if (pool->SetLimit(kThumbnails, 1 << 20) != AllocatorError::kNone) {
    return false;
  }
  if (!pool->Admit(4 << 20, kPages).ok()) return false;
  const Cell<char> page = pool->AllocCell<char>(4 << 20, {.owner = kPages});
  const Cell<char> thumbnail =
      pool->AllocCell<char>(2 << 20, {.owner = kThumbnails});
  printf(
      "a page of %zu bytes; a thumbnail: %s, short by %llu bytes\n",
      page.size(), Message(pool->last_error()),
      static_cast<unsigned long long>(pool->stats().last_exhaustion.short_by));
  printf("this run needed %llu bytes\n",
         static_cast<unsigned long long>(pool->stats().NeededBytes()));
  return !thumbnail && pool->Validate().ok();
}

// The containers of the standard library, in the pool.
int SumInPool(HeapPrealloc& pool) {
  PoolResource resource(pool);
  std::pmr::vector<int> numbers({1, 2, 3, 4}, &resource);
  int sum = 0;
  for (const int number : numbers) sum += number;
  return sum;
}

}  // namespace

int main() {
  Kinds();
  if (!Limits()) return 1;
  auto pool = HeapPrealloc::Create(Region::Map({.bytes = 1 << 20}));
  if (!pool.ok()) return 1;
  printf("a vector in the pool adds up to %d\n", SumInPool(*pool));
  return 0;
}
