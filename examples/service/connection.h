// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_EXAMPLES_SERVICE_CONNECTION_H_
#define CELLBLOCK_EXAMPLES_SERVICE_CONNECTION_H_

#include <httplib.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace examples::service {

using Clock = std::chrono::steady_clock;

// How long a client may take for each part of a request, and how much it may
// send. cpp-httplib has a time for each read, so that a byte now and then holds
// a thread for ever, and lets a request have as many lines as it likes.
struct ClientLimits {
  std::chrono::milliseconds head{0};
  std::chrono::milliseconds body{0};
  std::chrono::milliseconds write{0};
  size_t head_bytes = size_t{16} << 10;
  size_t line_bytes = size_t{4} << 10;
};

// A client, and what it sent: what cpp-httplib reads and writes.
//
// Lifecycle: a thread at a time serves it; BeginRequest and EndHead for each
//   request.
// Ownership: its descriptor, which it closes.
// Syscalls: recvfrom, sendto, poll, clock_gettime; close at the end.
class Connection : public httplib::Stream {
 public:
  // `fd` does not block.
  Connection(int fd, std::string address, int port, const ClientLimits& limits);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void BeginRequest();
  void EndHead();

  // The length of its body. Each 64 KiB of a body and of an answer have to move
  // within a second and what they take at 64 KiB a second, so that who stalls
  // does not have the time of the whole.
  void Expect(uint64_t body_bytes);

  // Why the last read or write of this request gave nothing.
  enum class End : uint8_t {
    kOpen,
    kClosed,
    kTooSlow,
    kTooLong,
    kUnclear,  // lines that another server may read in another way
    kBroken,
  };
  End end() const { return end_; }

  // Bytes of the request, and of its answer.
  uint64_t taken() const { return taken_; }
  uint64_t written() const { return written_; }

  // More than was asked for has come: another request, pipelined.
  bool has_more() const { return begin_ != end_of_buffer_; }

  int requests() const { return requests_; }
  const std::string& address() const { return address_; }

  // When it has idled, or lingered, for too long. The dispatcher's.
  Clock::time_point idle_until = {};

  // It has sent nothing that waits to be read.
  bool IsQuiet() const;

  // What it still sends is not looked at.
  void Linger();
  // False iff nothing more will come.
  bool Drain();

  ssize_t read(char* to, size_t bytes) override;
  ssize_t write(const char* from, size_t bytes) override;
  using httplib::Stream::write;
  bool is_readable() const override { return true; }
  bool is_writable() const override { return end_ == End::kOpen; }
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return fd_; }

 private:
  void BeginPiece(uint64_t bytes);
  void Moved(uint64_t bytes, uint64_t left);
  bool Wait(short events);
  bool Fill();
  bool CountHead(const char* bytes, size_t count);
  bool IsClear(char byte);

  const int fd_;
  const std::string address_;
  const int port_;
  const ClientLimits limits_;
  int requests_ = 0;
  End end_ = End::kOpen;
  Clock::time_point deadline_ = {};
  Clock::time_point piece_until_ = {};
  uint64_t piece_left_ = 0;
  uint64_t body_left_ = 0;
  bool is_head_ = false;
  bool is_writing_ = false;
  uint64_t taken_ = 0;
  size_t line_ = 0;
  std::string name_;  // of the line's field, as far as it has come
  bool is_name_ = false;
  uint64_t written_ = 0;
  size_t begin_ = 0;
  size_t end_of_buffer_ = 0;
  std::array<char, 16384> buffer_;
};

}  // namespace examples::service

#endif  // CELLBLOCK_EXAMPLES_SERVICE_CONNECTION_H_
