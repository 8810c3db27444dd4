// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
#include "tests/allocator/malloc/provided_pool.h"

#include <stdlib.h>
#include <string.h>

#include <utility>

namespace cellblock {
namespace {

constinit ProvidedPool* g_provided = nullptr;

alignas(4096) constinit char g_static_pool[64 << 10] = {};
alignas(8) constinit char g_static_table[64 << 10] = {};

Region MapOrDie(size_t bytes) {
  Result<Region> region = Region::Map({.bytes = bytes});
  if (!region.ok()) abort();
  return std::move(region).value();
}

}  // namespace

ProvidedPool::ProvidedPool(const Options& options)
    : options_(options),
      pool_(MapOrDie(options.offset + options.bytes)),
      table_(MapOrDie(Heap::TableBytesFor(options.bytes, ProcessHeap::kUnit))),
      begin_(reinterpret_cast<char*>(pool_.data()) + options.offset) {
  if (g_provided != nullptr) abort();
  if (options.content == Content::kUnknown) memset(begin_, 0xA5, size());
  g_provided = this;
}

ProvidedPool::~ProvidedPool() { g_provided = nullptr; }

ProcessPool ProvidedPool::Provide() {
  ++calls_;
  if (options_.hook != nullptr) options_.hook();
  return {.memory = {.base = begin_,
                     .bytes = options_.bytes,
                     .table = table_.data(),
                     .table_bytes = table_.size(),
                     .unit = ProcessHeap::kUnit,
                     .content = options_.content,
                     .table_content = Content::kZero,
                     .stats = &stats_},
          .fill = options_.fill};
}

ProcessPool ProvideProcessPool() {
  if (g_provided != nullptr) return g_provided->Provide();
  return {.memory = {.base = g_static_pool,
                     .bytes = sizeof(g_static_pool),
                     .table = g_static_table,
                     .table_bytes = sizeof(g_static_table),
                     .unit = ProcessHeap::kUnit,
                     .content = Content::kZero,
                     .table_content = Content::kZero}};
}

}  // namespace cellblock
