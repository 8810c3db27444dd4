// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/service/http_server.h"

#include <unistd.h>

#include <memory>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "examples/service/json.h"
#include "examples/service/page.h"
#include "examples/service/request_check.h"
#include "examples/service/utc_time.h"
#include "examples/service/verdict_json.h"

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
  LaneClient::Ticket ticket = {};
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

namespace {

constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

constexpr int kMostRequests = 1000;  // of one connection
constexpr char kLater[] = "1";       // seconds: Retry-After

// Whether it is the service that failed, and not the file.
bool IsOurs(Verdict verdict) {
  return verdict == Verdict::kNoWorker || verdict == Verdict::kNoAnswer;
}

void SendError(int status, const char* why, httplib::Response* response) {
  response->status = status;
  if (status == 503) response->set_header("Retry-After", kLater);
  response->set_content(JsonObject().Add("error", why).Finish(),
                        "application/json");
}

void SendPage(std::string_view text, const char* type,
              httplib::Response* response) {
  response->set_content(text.data(), text.size(), type);
}

}  // namespace

HttpServer::Exchange*& HttpServer::Current() {
  thread_local Exchange* current = nullptr;
  return current;
}

HttpServer::HttpServer(const FrontConfig& config, LaneClient* lanes,
                       Metrics* metrics)
    : config_(config), lanes_(lanes), metrics_(metrics) {
  // It sends no picture where it has no listener: it would be stopping. What is
  // here is never used.
  svr_sock_ = kListener;
  set_payload_max_length(config.input_bytes);
  set_keep_alive_max_count(kMostRequests);
  set_keep_alive_timeout(config.idle_ms / 1000);
  set_default_headers({{"Content-Security-Policy", kPolicy},
                       {"X-Content-Type-Options", "nosniff"},
                       {"Referrer-Policy", "no-referrer"},
                       {"Cache-Control", "no-store"}});
  set_logger([](const httplib::Request&, const httplib::Response& response) {
    Current()->status = response.status;
  });
  set_pre_routing_handler(
      [](const httplib::Request&, httplib::Response& response) {
        const Exchange& exchange = *Current();
        if (exchange.refusal == 0) return HandlerResponse::Unhandled;
        SendError(exchange.refusal, exchange.why, &response);
        return HandlerResponse::Handled;
      });
  set_exception_handler([](const httplib::Request&, httplib::Response& response,
                           std::exception_ptr) {
    Current()->Last();
    SendError(503, "there is no memory for it now", &response);
  });
  // A client that waits to be told to go on is told of a refusal instead.
  set_expect_100_continue_handler(
      [](const httplib::Request&, httplib::Response& response) {
        const Exchange& exchange = *Current();
        if (exchange.refusal == 0) return 100;
        SendError(exchange.refusal, exchange.why, &response);
        return exchange.refusal;
      });
  Route();
}

void HttpServer::Route() {
  using httplib::Request;
  using httplib::Response;
  Get("/", [](const Request&, Response& response) {
    SendPage(Page(), "text/html; charset=utf-8", &response);
  });
  Get("/page.js", [](const Request&, Response& response) {
    SendPage(PageScript(), "text/javascript; charset=utf-8", &response);
  });
  Get("/page.css", [](const Request&, Response& response) {
    SendPage(PageStyle(), "text/css; charset=utf-8", &response);
  });
  Get("/metrics", [this](const Request&, Response& response) {
    response.set_content(metrics_->ToText(),
                         "text/plain; version=0.0.4; charset=utf-8");
  });
  Get("/healthz", [this](const Request&, Response& response) {
    if (lanes_->alive() == 0) {
      SendError(503, "no lane to the broker is left", &response);
    } else {
      response.set_content("ok\n", "text/plain");
    }
  });
  Post("/decode", [this](const Request&, Response& response,
                         const httplib::ContentReader& reader) {
    Decode(&response, reader);
  });
}

const char* HttpServer::BusyAnswer() {
  return "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
         "Connection: close\r\nContent-Length: 0\r\n\r\n";
}

// When its lines have been read, and before anything is done with them.
void HttpServer::Inspect(httplib::Request* request, Exchange* exchange) {
  exchange->request = request;
  exchange->id = ++last_id_;
  exchange->connection->EndHead();
  // Answers are whole and not compressed.
  request->ranges.clear();
  request->headers.erase("Accept-Encoding");
  if (is_stopping_) exchange->Last();

  const Checked checked = CheckRequest(*request, config_.input_bytes);
  exchange->route = checked.route;
  exchange->input_bytes = checked.body_bytes;
  if (checked.status != 0) return exchange->Refuse(checked.status, checked.why);
  if (request->method != "POST") return;
  if (lanes_->alive() == 0) {
    return exchange->Refuse(503, "no lane to the broker is left");
  }
  exchange->ticket = lanes_->Admit();
  if (!exchange->ticket) {
    exchange->Refuse(503, "as many files are waiting as may; try again");
  }
}

void HttpServer::Decode(httplib::Response* response,
                        const httplib::ContentReader& reader) {
  Exchange& exchange = *Current();
  std::string file;
  file.reserve(exchange.input_bytes);
  bool is_too_long = false;
  const bool is_complete = reader([&](const char* bytes, size_t count) {
    is_too_long = count > config_.input_bytes - file.size();
    if (!is_too_long) file.append(bytes, count);
    return !is_too_long;
  });
  exchange.input_bytes = file.size();
  if (!is_complete) {
    exchange.Last();
    const bool is_slow =
        exchange.connection->end() == Connection::End::kTooSlow;
    return is_too_long ? SendError(413, "the file is too long", response)
           : is_slow   ? SendError(408, "the file came too slowly", response)
                       : SendError(400, "the file is not complete", response);
  }
  exchange.was_decoded = true;
  Decoded decoded = lanes_->Decode(exchange.id, file);
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
  response->status = 200;
  if (exchange.request->get_header_value("Accept") == "application/json") {
    return response->set_content(verdict, "application/json");
  }
  response->set_header("X-Verdict", verdict);
  response->set_header("X-Image-Width", std::to_string(reply.width));
  response->set_header("X-Image-Height", std::to_string(reply.height));
  response->set_content_provider(
      decoded.bytes, "application/octet-stream",
      [pixels = std::shared_ptr<uint8_t[]>(std::move(decoded.pixels))](
          size_t offset, size_t length, httplib::DataSink& sink) {
        return sink.write(reinterpret_cast<const char*>(pixels.get()) + offset,
                          length);
      });
}

After HttpServer::ServeOne(Connection* connection) {
  Exchange exchange;
  exchange.connection = connection;
  Current() = &exchange;
  connection->BeginRequest();
  bool is_last = is_stopping_ || connection->requests() >= kMostRequests;
  bool is_closed = false;
  bool is_answered = false;
  try {
    is_answered = process_request(
        *connection, is_last, is_closed,
        [&](httplib::Request& request) { Inspect(&request, &exchange); });
  } catch (const std::exception&) {  // no memory for its lines, at the most
    exchange.is_last = true;
  }
  Current() = nullptr;
  const Connection::End end = connection->end();
  if (connection->written() == 0 && connection->taken() > 0 &&
      (end == Connection::End::kTooSlow || end == Connection::End::kTooLong ||
       end == Connection::End::kUnclear)) {
    exchange.status = end == Connection::End::kTooSlow   ? 408
                      : end == Connection::End::kTooLong ? 431
                                                         : 400;
    connection->write(
        absl::StrFormat("HTTP/1.1 %d Refused\r\nConnection: close\r\n"
                        "Content-Length: 0\r\n\r\n",
                        exchange.status));
  }
  if (connection->taken() > 0) {
    if (exchange.id == 0) exchange.id = ++last_id_;
    metrics_->CountRequest(exchange.status);
    Log(exchange, *connection);
  }
  // Where its lines were not understood, nobody knows where the next begin.
  is_last = is_last || is_closed || exchange.is_last || !is_answered ||
            exchange.request == nullptr ||
            connection->end() != Connection::End::kOpen;
  return is_last ? After::kClose : After::kKeep;
}

// One write(2), so that lines of several threads do not mix. Nothing of the
// client's is in it but numbers; words are the worker's, escaped.
void HttpServer::Log(const Exchange& exchange,
                     const Connection& connection) const {
  JsonObject json;
  json.Add("time", UtcTime())
      .Add("id", exchange.id)
      .Add("client", connection.address())
      .Add("route", exchange.route)
      .Add("status", static_cast<uint64_t>(exchange.status))
      .Add("bytes_in", connection.taken())
      .Add("bytes_out", connection.written());
  if (exchange.was_decoded) {
    json.Add("file_bytes", exchange.input_bytes);
    AddVerdict(exchange.reply, &json);
  } else if (exchange.refusal != 0) {
    json.Add("error", exchange.why);
  }
  const std::string line = json.Finish() + "\n";
  // Who reads the log no more does not stop the service.
  static_cast<void>(!::write(STDOUT_FILENO, line.data(), line.size()));
}

}  // namespace examples::service
