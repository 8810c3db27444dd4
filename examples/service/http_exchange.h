// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_HTTP_EXCHANGE_H_
#define CELLBLOCK_EXAMPLES_SERVICE_HTTP_EXCHANGE_H_

#include <cstdint>

#include "examples/service/http_server.h"

namespace examples::service {

// One request, on the thread that serves it.
struct HttpServer::Exchange {
  uint64_t id = 0;
  Connection* connection = nullptr;
  httplib::Request* request = nullptr;  // null until its lines have been read
  const char* route = "none";
  int status = 0;   // 0: not answered
  int refusal = 0;  // the status to refuse it with, before its body is read
  const char* why = "";
  bool is_last = false;  // of its connection
  uint64_t input_bytes = 0;
  LaneReply reply = {};
  bool was_decoded = false;

  void Refuse(int with, const char* reason) {
    refusal = with;
    why = reason;
    Last();
  }

  // cpp-httplib tells the client so if the client has asked for it.
  void Last() {
    is_last = true;
    if (request == nullptr) return;
    request->headers.erase("Connection");
    request->set_header("Connection", "close");
  }
};

// The answer to a request that is not served: `why`, as JSON.
void SendError(int status, const char* why, httplib::Response* response);

// Seconds, for Retry-After.
inline constexpr char kLater[] = "1";

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_HTTP_EXCHANGE_H_
