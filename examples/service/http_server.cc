// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "examples/service/http_server.h"

#include <unistd.h>

#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "examples/service/front_bounds.h"
#include "examples/service/http_exchange.h"
#include "examples/service/json.h"
#include "examples/service/page.h"
#include "examples/service/request_check.h"
#include "examples/service/utc_time.h"
#include "examples/service/verdict_json.h"

namespace examples::service {

namespace {

constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

constexpr int kMostRequests = 1000;  // of one connection

void SendPage(std::string_view text, const char* type,
              httplib::Response* response) {
  response->set_content(text.data(), text.size(), type);
}

}  // namespace

void SendError(int status, const char* why, httplib::Response* response) {
  response->status = status;
  if (status == 503) response->set_header("Retry-After", kLater);
  response->set_content(JsonObject().Add("error", why).Finish(),
                        "application/json");
}

HttpServer::Exchange*& HttpServer::Current() {
  thread_local Exchange* current = nullptr;
  return current;
}

HttpServer::HttpServer(const FrontConfig& config, LaneClient* lanes,
                       Metrics* metrics)
    : config_(config),
      lanes_(lanes),
      metrics_(metrics),
      bodies_(BodyBytes(config)) {
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
  exchange->connection->Expect(checked.body_bytes);
}

After HttpServer::ServeOne(Connection* connection) {
  Exchange exchange;
  exchange.connection = connection;
  Current() = &exchange;
  connection->BeginRequest();
  ++metrics_->begun;
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
  --metrics_->begun;
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
