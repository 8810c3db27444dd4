// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/service/metrics.h"

#include "absl/strings/str_format.h"
#include "allocator/heap_stats.h"
#include "allocator/malloc/heap_access.h"

namespace examples::service {
namespace {

void Raise(std::atomic<uint64_t>* most, uint64_t value) {
  uint64_t known = most->load(std::memory_order_relaxed);
  while (known < value && !most->compare_exchange_weak(known, value)) {
  }
}

void Head(std::string* text, const char* name, const char* type,
          const char* help) {
  absl::StrAppendFormat(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
                        type);
}

void One(std::string* text, const char* name, const char* type,
         const char* help, uint64_t value) {
  Head(text, name, type, help);
  absl::StrAppendFormat(text, "%s %d\n", name, value);
}

void Pool(std::string* text) {
  const cellblock::HeapAccess* const heap = cellblock::FindHeapAccess();
  if (heap == nullptr) return;
  cellblock::HeapStats stats;
  heap->read_stats(&stats);
  One(text, "service_pool_bytes", "gauge", "Size of the front's pool.",
      stats.pool_bytes);
  One(text, "service_pool_used_bytes", "gauge", "In use of the front's pool.",
      stats.in_use_bytes);
  One(text, "service_pool_peak_bytes", "gauge",
      "The most that was in use of the front's pool.", stats.peak_bytes);
  One(text, "service_pool_refusals_total", "counter",
      "Allocations that the front's pool refused.", stats.exhausted);
}

}  // namespace

void Metrics::CountRequest(int status) {
  const int kind = status / 100;
  ++requests_[kind >= 1 && kind <= 5 ? static_cast<size_t>(kind) : 0];
}

void Metrics::CountDecode(const LaneReply& reply) {
  ++decodes_[static_cast<size_t>(reply.verdict)];
  size_t bucket = 0;
  while (bucket < kBounds.size() && reply.micros > kBounds[bucket]) ++bucket;
  ++latencies_[bucket];
  micros_ += reply.micros;
  if (reply.attempts > 1) retries_ += reply.attempts - 1;
  Raise(&worker_peak_bytes_, reply.peak);
  Raise(&worker_short_by_bytes_, reply.short_by);
}

std::string Metrics::ToText() const {
  std::string text;
  Head(&text, "service_requests_total", "counter",
       "Requests by the class of their status; none: got no answer.");
  for (size_t kind = 0; kind < requests_.size(); ++kind) {
    const std::string name = kind == 0 ? "none" : absl::StrFormat("%dxx", kind);
    absl::StrAppendFormat(&text, "service_requests_total{status=\"%s\"} %d\n",
                          name, requests_[kind].load());
  }
  Head(&text, "service_decodes_total", "counter", "Decodes by their verdict.");
  for (size_t i = 0; i < kVerdicts; ++i) {
    absl::StrAppendFormat(&text, "service_decodes_total{verdict=\"%s\"} %d\n",
                          Name(static_cast<Verdict>(i)), decodes_[i].load());
  }
  Head(&text, "service_decode_seconds", "histogram",
       "From the file's arrival at a lane to the verdict.");
  uint64_t sum = 0;
  for (size_t i = 0; i < kBounds.size(); ++i) {
    sum += latencies_[i].load();
    absl::StrAppendFormat(&text,
                          "service_decode_seconds_bucket{le=\"%g\"} %d\n",
                          static_cast<double>(kBounds[i]) / 1e6, sum);
  }
  sum += latencies_[kBounds.size()].load();
  absl::StrAppendFormat(&text,
                        "service_decode_seconds_bucket{le=\"+Inf\"} %d\n"
                        "service_decode_seconds_sum %g\n"
                        "service_decode_seconds_count %d\n",
                        sum, static_cast<double>(micros_.load()) / 1e6, sum);
  One(&text, "service_decode_retries_total", "counter",
      "Decodes that were tried again since somebody killed the worker.",
      retries_.load());
  One(&text, "service_connections", "gauge", "Connections that are held.",
      static_cast<uint64_t>(connections.load()));
  One(&text, "service_requests_begun", "gauge",
      "Requests that have begun and are not answered.",
      static_cast<uint64_t>(begun.load()));
  One(&text, "service_refused_connections_total", "counter",
      "Connections beyond the most that are held.", refused_connections.load());
  One(&text, "service_queue_depth", "gauge", "Decodes that wait for a lane.",
      static_cast<uint64_t>(queued.load()));
  One(&text, "service_in_flight", "gauge", "Decodes in a lane.",
      static_cast<uint64_t>(in_flight.load()));
  Pool(&text);
  One(&text, "service_worker_pool_bytes", "gauge", "Size of a worker's pool.",
      worker_pool_bytes_);
  One(&text, "service_worker_pool_peak_bytes", "gauge",
      "The most that a worker had in use, by its own word.",
      worker_peak_bytes_.load());
  One(&text, "service_worker_pool_short_by_bytes", "gauge",
      "The most that a worker's pool was too small by, by its own word.",
      worker_short_by_bytes_.load());
  return text;
}

}  // namespace examples::service
