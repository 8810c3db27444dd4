// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_FRONT_BOUNDS_H_
#define CELLBLOCK_EXAMPLES_SERVICE_FRONT_BOUNDS_H_

#include <chrono>
#include <cstdint>

#include "examples/service/protocol.h"

namespace examples::service {

// What follows from a front's configuration: the broker sizes the front by it,
// and the front keeps to it. Threads: any. Syscalls: none.

// Decodes at work, and those that wait for a lane.
uint32_t Places(const FrontConfig& config);

// Threads that serve requests: as many more as there are places, for clients
// that are slow, and some for figures, the page and refusals.
uint32_t ServingThreads(const FrontConfig& config);

// Of all bodies that wait, and of all pictures that are sent. A client that
// only just began has room beside what the others may have sent.
uint64_t BodyBytes(const FrontConfig& config);
uint64_t PictureBytes(const FrontConfig& config);

// How long what has begun may take when the service ends, with some time for
// processes to start: a client's part of a request, and decodes in their turn.
std::chrono::milliseconds StopTime(const FrontConfig& config,
                                   std::chrono::milliseconds decode);

// The descriptors that broker and front need at the most.
uint64_t Descriptors(const FrontConfig& config);

// The front's pool.
uint64_t FrontPoolBytes(const FrontConfig& config);

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_FRONT_BOUNDS_H_
