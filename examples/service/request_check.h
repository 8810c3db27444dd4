// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_REQUEST_CHECK_H_
#define CELLBLOCK_EXAMPLES_SERVICE_REQUEST_CHECK_H_

#include <httplib.h>

#include <cstdint>

namespace examples::service {

// What a request's lines say, before anything is done with its body.
struct Checked {
  const char* route = "none";  // for the log: none of the client's words
  uint64_t body_bytes = 0;     // as it says
  // 0, or the status to refuse it with, and why.
  int status = 0;
  const char* why = "";
};

// Lets through what the service has, with a body that can be read in one way
// only, which is by its length, and nothing that cpp-httplib would unpack or
// take apart by itself: compressed bodies, forms. Threads: any. Syscalls: none.
Checked CheckRequest(const httplib::Request& request, uint64_t most_bytes);

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_REQUEST_CHECK_H_
