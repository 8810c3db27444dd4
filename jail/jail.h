// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_JAIL_JAIL_H_
#define CELLBLOCK_JAIL_JAIL_H_

// Calls a function in a process of its own that has nothing but a pool of
// memory, its input, and the CPU. Ten lines wrap a decoder:
//
//   absl::Status DecodePng(cellblock::JailedCall& call);  // input() → Write()
//   constexpr cellblock::Decoder kDecoders[] = {{"png", DecodePng}};
//
//   int main(int argc, char** argv) {
//     cellblock::jail::Init(argc, argv, kDecoders);  // first
//     auto jail = cellblock::Jail::Create({.pool_bytes = 64 << 20}, "png");
//     if (!jail.ok()) ...
//     auto pixels = (*jail)->Call(file);  // StatusOr<UntrustedBytes>
//     if (!pixels.ok()) ...               // FailureOf(status): how it ended
//     auto image = pixels->Validate(CheckImage);
//   }
//
// Not like this: to do anything before Init. A worker is this very program,
// executed again, and Init is where it becomes one: what stands before it, and
// every constructor of a global, runs in each worker too, without a lock.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "allocator/fill.h"
#include "allocator/region.h"
#include "jail/call/call_failure.h"
#include "jail/call/decoder.h"
#include "jail/call/freshness.h"
#include "jail/call/untrusted.h"
#include "jail/landlock.h"
#include "jail/layer.h"

namespace cellblock {

namespace jail {

// Makes this process a worker if a Jail executed it as one, and then does not
// return. The first line of main, in every program that makes a Jail of itself,
// and in one that is a worker binary (JailOptions::worker_binary).
//
// `decoders` outlive the process. Threads: one, before there are others.
void Init(int argc, char** argv, std::span<const Decoder> decoders);

}  // namespace jail

// Where a worker runs while a caller waits for it.
enum class Placement : uint8_t {
  kWithCaller,  // on the caller's CPU: a hand-over without waking another one
  kAnywhere,    // where the kernel likes; for long jobs on a busy machine
};

// What becomes of what a worker writes to its descriptor 2.
enum class Messages : uint8_t {
  kKept,     // the last 4 KiB come with a failure, else they are dropped; a
             // worker that writes faster than the host reads waits
  kDropped,  // nobody sees it
  kShown,    // it is the host's own: a worker can write there what it likes
};

// How closely a worker's malloc looks (allocator/malloc/process_heap.h).
enum class HeapMode : uint8_t { kChecked, kHardened };

// One call, when it has ended. For logs.
struct CallRecord {
  std::string_view decoder;
  // Of a call that the caller's `fill` or `take` ended, by throwing or with an
  // error: that of the failure that the error carries, else kMisuse.
  CallEnd end = CallEnd::kClean;
  pid_t worker = -1;
  uint64_t input_bytes = 0;
  uint64_t output_bytes = 0;
  std::chrono::nanoseconds wall{0};
};

// Sizes in bytes. Everything has a limit; 0 is none only where it says so.
struct JailOptions {
  // What the worker can allocate, by malloc or operator new: constructors,
  // libraries and Decoder::prepare before the lock, and the decoder after it.
  uint64_t pool_bytes = uint64_t{64} << 20;
  Fill fill = Fill::kUninitialized;
  Commit commit = Commit::kLazy;  // kLazy, or kPopulate: before the first call
  HeapMode heap = HeapMode::kChecked;
  uint64_t stack_bytes = uint64_t{1} << 20;

  Freshness freshness = Freshness::kForkPerCall;
  // How many calls can be at work at once.
  int workers = 1;

  // From the call until its answer, queueing included.
  std::chrono::milliseconds deadline{10'000};
  // CPU time of one call; 0: as long as the deadline lets it.
  std::chrono::milliseconds cpu_limit{0};
  // Until a worker has been made ready.
  std::chrono::milliseconds start_deadline{10'000};

  uint64_t input_bytes = uint64_t{16} << 20;   // the most of one call
  uint64_t output_buffer = uint64_t{1} << 20;  // shared; longer output streams
  uint64_t output_limit = uint64_t{256} << 20;

  // What a worker may ask of the kernel: a preset (jail/presets.h), and what is
  // added to it (PolicyBuilder::Allow).
  std::string preset = "worker";
  std::vector<std::string> allow = {};
  // What it may open after the lock, if the policy lets it open anything. Not
  // for Decoder::prepare, which runs before. Needs Landlock iff not empty.
  std::vector<PathGrant> files = {};
  // Create takes duplicates, which every worker holds as 10, 11, …
  // (kFirstDescriptor), with the offset that all of them share; the policy says
  // what can be done with them ("read:10").
  std::vector<int> descriptors = {};
  // "NAME=value", all that a worker sees; nothing is inherited, not even
  // LD_LIBRARY_PATH. TZ is added if
  // it is not there, so that local time needs no file after the lock.
  std::vector<std::string> environment = {};

  // The program that is executed as worker, by a path that only who may run
  // code in the host can write to. Empty: this one.
  std::string worker_binary = {};

  Placement placement = Placement::kWithCaller;
  Messages messages = Messages::kKept;
  // Called when a call has ended, by the thread that made it, so by several at
  // once. Null: nobody is told.
  std::function<void(const CallRecord&)> log = {};
};

inline constexpr int kFirstDescriptor = 10;

// The number by which a worker has what one call passes in ("read:9").
inline constexpr int kCallDescriptor = 9;

// The longest that any time of the options may be: some 35 years.
inline constexpr std::chrono::milliseconds kLongestTime{int64_t{1} << 40};

// What differs from call to call.
struct CallOptions {
  // 0: that of the jail. Negative: it has passed already, and the call ends as
  // kDeadline without a worker.
  std::chrono::milliseconds deadline{0};
  // Passed in: the worker gets a duplicate of it as kCallDescriptor, and keeps
  // it until it ends or the next call begins. -1: none.
  int descriptor = -1;
};

// Workers that run one decoder, each locked and seen to be locked before it
// gets a byte.
//
// Lifecycle: Create starts the first worker and returns when it is ready; the
//   destructor waits for calls in progress and ends every worker. Workers die
//   with the host, whatever becomes of it; the thread that called Create may
//   end. After fork(2), the child makes no calls; where it destroys the jail,
//   also at exit, the host's workers go on. A `done` of CallAsync may destroy
//   the jail; `fill`, `take` and `log` may not.
//   Workers are children of the host: where it ignores SIGCHLD, or waits for
//   all children, how one crashed or exited may be unknown
//   (CallFailure::exit_code is -1); every other end is told as ever.
// Units: bytes, and std::chrono.
// Errors: as CallEnd says, each with its own status; FailureOf has the figures.
//   A call fails for the jail's reasons with kNoWorker iff no worker can be
//   made ready before the deadline.
// Ownership: input is borrowed for the call; results are copies.
// Threads: any number may call at once; they queue for `workers`. Two threads
// of
//   its own make the workers and watch them.
// Syscalls: whatever it takes; not for a locked process.
class Jail {
 public:
  // Errors: INVALID_ARGUMENT names the option and what it may be; NOT_FOUND iff
  // the worker has no decoder of that name; FAILED_PRECONDITION iff this
  // program is to be the worker and has not called jail::Init; UNAVAILABLE iff
  // no worker can be started or locked here, and why.
  static absl::StatusOr<std::unique_ptr<Jail>> Create(JailOptions options,
                                                      std::string_view decoder);

  // Workers that are no clean process but copies of the host, by fork(2), with
  // all that its memory holds: only where the input's author may read all of
  // that. `decode` is called in copies of this process, which then are locked
  // like other workers. Their malloc is the host's own, with `pool_bytes` put
  // aside for it before the lock. INVALID_ARGUMENT iff they are to be
  // kHeapReset or kNewProcess, which copies cannot be; UNAVAILABLE also iff
  // that malloc, if it is not libc's, does not keep what is put aside.
  static absl::StatusOr<std::unique_ptr<Jail>> CreateAsCopyOfHost(
      JailOptions options, std::function<DecodeFunction> decode);

  virtual ~Jail() = default;

  // Runs the decoder on `input`. OK iff it returned OK.
  virtual absl::StatusOr<UntrustedBytes> Call(
      std::span<const uint8_t> input, const CallOptions& options = {}) = 0;

  // The same into memory that is used again: no page is touched for the first
  // time by a call that gives no more than one before. Empty after a failure.
  virtual absl::Status CallInto(std::span<const uint8_t> input,
                                UntrustedBytes* output,
                                const CallOptions& options = {}) = 0;

  // The same without a copy in the host: `fill` writes `input_bytes` into what
  // the worker reads; `take` sees each part of the output where the worker put
  // it, and its error ends the call with that, and the worker. What either of
  // them throws is passed on, and costs the worker too.
  using Fill = std::function<void(std::span<uint8_t> input)>;
  using Take = std::function<absl::Status(UntrustedView part)>;
  virtual absl::Status CallInPlace(size_t input_bytes, const Fill& fill,
                                   const Take& take,
                                   const CallOptions& options = {}) = 0;

  // Returns at once; `done` is called on a thread of the jail's, once. At most
  // `workers` of them run at a time, and 1024 wait: with more, `done` is told
  // UNAVAILABLE before this returns. So are those that still wait when the jail
  // ends, by the thread that ends it. Neither has a CallFailure or is logged.
  // The deadline counts from when the call begins, and not from here.
  using Done = std::function<void(absl::StatusOr<UntrustedBytes> output)>;
  virtual void CallAsync(std::vector<uint8_t> input, Done done,
                         const CallOptions& options = {}) = 0;

  // Has a worker make the forbidden call `number` and tells whether it died of
  // it as it has to: OK, or what happened instead. The next call finds a new
  // worker.
  virtual absl::Status TestLock(uint32_t number) = 0;

  // Of the worker that was made ready last.
  virtual std::vector<JailLayer> posture() const = 0;
};

}  // namespace cellblock

#endif  // CELLBLOCK_JAIL_JAIL_H_
