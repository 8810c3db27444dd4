// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "examples/service/body.h"
#include "examples/service/http_exchange.h"
#include "examples/service/http_server.h"
#include "examples/service/json.h"
#include "examples/service/verdict_json.h"

namespace examples::service {
namespace {

// Whether it is the service that failed, and not the file.
bool IsOurs(Verdict verdict) {
  return verdict == Verdict::kNoWorker || verdict == Verdict::kNoAnswer;
}

}  // namespace

// False iff it was answered that the file did not come.
bool HttpServer::ReadBody(const httplib::ContentReader& reader, Body* body,
                          httplib::Response* response) {
  Exchange& exchange = *Current();
  bool has_room = true;
  const bool is_complete = reader([&](const char* bytes, size_t count) {
    has_room = body->Append({bytes, count});
    return has_room;
  });
  if (is_complete) return true;
  exchange.Last();
  const bool is_slow = exchange.connection->end() == Connection::End::kTooSlow;
  if (!has_room) {
    SendError(503, "as many bytes are waiting as may; try again", response);
  } else if (is_slow) {
    SendError(408, "the file came too slowly", response);
  } else {
    SendError(400, "the file is not complete", response);
  }
  return false;
}

void HttpServer::Decode(httplib::Response* response,
                        const httplib::ContentReader& reader) {
  Exchange& exchange = *Current();
  Body body(&bodies_);
  const bool is_read = ReadBody(reader, &body, response);
  exchange.input_bytes = body.size();
  if (!is_read) return;
  // From here a client can hold nothing up until its picture is copied.
  const LaneClient::Ticket ticket = lanes_->Admit();
  if (!ticket) {
    return SendError(503, "as many files are waiting as may; try again",
                     response);
  }
  exchange.was_decoded = true;
  Decoded decoded = lanes_->Decode(exchange.id, &body);
  exchange.reply = decoded.reply;
  Answer(std::move(decoded), response);
}

void HttpServer::Answer(Decoded decoded, httplib::Response* response) {
  Exchange& exchange = *Current();
  const LaneReply& reply = decoded.reply;
  JsonObject json;
  json.Add("id", exchange.id);
  AddVerdict(reply, &json);
  const std::string verdict = json.Finish();
  if (reply.verdict != Verdict::kClean) {
    response->status = IsOurs(reply.verdict) ? 503 : 422;
    if (response->status == 503) response->set_header("Retry-After", kLater);
    return response->set_content(verdict, "application/json");
  }
  if (exchange.request->get_header_value("Accept") == "application/json") {
    response->status = 200;
    return response->set_content(verdict, "application/json");
  }
  if (decoded.pixels == nullptr) {
    return SendError(503, "as many pictures are being sent as may; try again",
                     response);
  }
  response->status = 200;
  response->set_header("X-Verdict", verdict);
  response->set_header("X-Image-Width", std::to_string(reply.width));
  response->set_header("X-Image-Height", std::to_string(reply.height));
  response->set_content_provider(
      decoded.bytes, "application/octet-stream",
      [picture = std::make_shared<Decoded>(std::move(decoded))](
          size_t offset, size_t length, httplib::DataSink& sink) {
        return sink.write(
            reinterpret_cast<const char*>(picture->pixels.get()) + offset,
            length);
      });
}

}  // namespace examples::service
