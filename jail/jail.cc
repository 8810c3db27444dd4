// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/jail.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "jail/call/async_calls.h"
#include "jail/call/init.h"
#include "jail/call/plan.h"
#include "jail/call/slot.h"
#include "jail/call/slot_call.h"
#include "jail/call/supervisor.h"

namespace cellblock {
namespace {

using std::chrono::steady_clock;

// A slot that is held. What is thrown while it is, by the caller's functions or
// for want of memory, costs the worker and not the slot.
class HeldSlot {
 public:
  HeldSlot(WorkerSupervisor* supervisor, Slot* slot)
      : supervisor_(supervisor), slot_(slot) {}
  ~HeldSlot() {
    if (slot_ != nullptr) GiveBack(WorkerSupervisor::Next::kIsReplaced);
  }
  HeldSlot(const HeldSlot&) = delete;
  HeldSlot& operator=(const HeldSlot&) = delete;

  void GiveBack(WorkerSupervisor::Next next) {
    supervisor_->GiveBack(std::exchange(slot_, nullptr), next);
  }

 private:
  WorkerSupervisor* const supervisor_;
  Slot* slot_;
};

// Output that is nobody's before a call, and after one that has failed.
class ClearedUnlessKept {
 public:
  explicit ClearedUnlessKept(UntrustedBytes* output) : output_(output) {
    output_->Clear();
  }
  ~ClearedUnlessKept() {
    if (output_ != nullptr) output_->Clear();
  }
  ClearedUnlessKept(const ClearedUnlessKept&) = delete;
  ClearedUnlessKept& operator=(const ClearedUnlessKept&) = delete;

  void Keep() { output_ = nullptr; }

 private:
  UntrustedBytes* output_;
};

// Counts the calls that are in progress, so that the end can wait for them.
class CallCount {
 public:
  class Guard {
   public:
    explicit Guard(CallCount* count) : count_(count) {
      const std::lock_guard<std::mutex> lock(count_->mutex_);
      ++count_->calls_;
    }
    ~Guard() {
      const std::lock_guard<std::mutex> lock(count_->mutex_);
      if (--count_->calls_ == 0) count_->is_zero_.notify_all();
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    CallCount* const count_;
  };

  void AwaitZero() {
    std::unique_lock<std::mutex> lock(mutex_);
    is_zero_.wait(lock, [this] { return calls_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable is_zero_;
  int calls_ = 0;
};

class JailOfWorkers final : public Jail {
 public:
  JailOfWorkers(JailOptions options, std::string decoder)
      : options_(std::move(options)),
        decoder_(std::move(decoder)),
        async_(std::make_unique<AsyncCalls>(options_.workers)) {}
  ~JailOfWorkers() override {
    if (getpid() != host_) {
      LeaveAlone();
      return;
    }
    async_->End();  // what calls back can call again for ever
    calls_->AwaitZero();
  }

  absl::Status Start(TemplatePlan plan) {
    supervisor_ = std::make_unique<WorkerSupervisor>(std::move(plan), options_);
    return supervisor_->Start();
  }

  absl::StatusOr<UntrustedBytes> Call(std::span<const uint8_t> input,
                                      const CallOptions& options) override {
    UntrustedBytes output;
    if (absl::Status status = CallInto(input, &output, options); !status.ok()) {
      return status;
    }
    return output;
  }

  absl::Status CallInto(std::span<const uint8_t> input, UntrustedBytes* output,
                        const CallOptions& options) override {
    ClearedUnlessKept cleared(output);
    absl::Status status = CallInPlace(
        input.size(),
        [input](std::span<uint8_t> to) {
          if (!input.empty()) memcpy(to.data(), input.data(), input.size());
        },
        [output](UntrustedView part) {
          // Inside, since both sizes are the same.
          (void)part.CopyTo(0, output->Extend(part.size()));
          return absl::OkStatus();
        },
        options);
    if (status.ok()) cleared.Keep();
    return status;
  }

  absl::Status CallInPlace(size_t input_bytes, const Fill& fill,
                           const Take& take,
                           const CallOptions& options) override {
    if (input_bytes > options_.input_bytes) {
      return Finish(
          {.end = CallEnd::kMisuse},
          absl::StrCat("the input has ", input_bytes,
                       " bytes, and the jail takes ", options_.input_bytes,
                       ": raise JailOptions::input_bytes, or refuse inputs "
                       "that long"),
          steady_clock::now(), input_bytes, 0);
    }
    return Perform({.ask = Ask::kCall, .input_bytes = input_bytes}, fill, take,
                   options);
  }

  void CallAsync(std::vector<uint8_t> input, Done done,
                 const CallOptions& options) override {
    async_->Run([this, input = std::move(input), done = std::move(done),
                 options](const absl::Status& queued) {
      if (!queued.ok()) return done(queued);
      absl::StatusOr<UntrustedBytes> output = absl::UnknownError("");
      try {
        output = Call(input, options);
      } catch (const std::bad_alloc&) {
        output = absl::ResourceExhaustedError("the host has no memory for it");
      }
      done(std::move(output));
    });
  }

  absl::Status TestLock(uint32_t number) override {
    const absl::Status status =
        Perform({.ask = Ask::kTest, .test_number = number}, {},
                [](UntrustedView) { return absl::OkStatus(); }, {});
    const std::optional<CallFailure> failure = FailureOf(status);
    // Where the filter itself killed, nobody knows for which call; the worker
    // was asked for this one alone.
    if (failure && failure->end == CallEnd::kViolation &&
        (failure->violation.arch == 0 || failure->violation.number == number)) {
      return absl::OkStatus();
    }
    if (!status.ok()) return status;
    return absl::InternalError(
        absl::StrCat("call ", number, " came back from the worker's kernel"));
  }

  std::vector<JailLayer> posture() const override {
    return supervisor_->posture();
  }

 private:
  absl::Status Perform(Channel::Request request, const Fill& fill,
                       const Take& take, const CallOptions& options) {
    const CallCount::Guard counted(calls_.get());
    const CallTime time = {
        .begin = steady_clock::now(),
        .limit = options.deadline.count() != 0
                     ? std::min(options.deadline, kLongestTime)
                     : options_.deadline};
    if (time.limit.count() < 0) {
      return Finish({.end = CallEnd::kDeadline}, {}, time.begin,
                    request.input_bytes, 0);
    }
    absl::StatusOr<Slot*> slot = supervisor_->Take(time.deadline());
    if (!slot.ok()) {
      const absl::string_view why = slot.status().message();
      return Finish({.end = CallEnd::kNoWorker}, {why.data(), why.size()},
                    time.begin, request.input_bytes, 0);
    }
    HeldSlot held(&*supervisor_, *slot);
    try {
      return PerformIn(*slot, &held, request, fill, take, options, time);
    } catch (...) {
      // Thrown by `fill` or `take`, or for want of memory.
      Log({.end = CallEnd::kMisuse, .worker = (*slot)->worker()}, time.begin,
          request.input_bytes, 0);
      throw;
    }
  }

  absl::Status PerformIn(Slot* slot, HeldSlot* held, Channel::Request request,
                         const Fill& fill, const Take& take,
                         const CallOptions& options, const CallTime& time) {
    if (const int error = PassDescriptor(slot, options.descriptor, &request)) {
      held->GiveBack(WorkerSupervisor::Next::kServesOn);
      // Else the host has none to give, for now.
      const CallEnd end =
          error == EBADF ? CallEnd::kMisuse : CallEnd::kNoWorker;
      return Finish(
          {.end = end},
          absl::StrCat("CallOptions::descriptor: ", strerror(error),
                       end == CallEnd::kMisuse ? "; mend the caller" : ""),
          time.begin, request.input_bytes, 0);
    }
    if (fill) fill(slot->channel().input().first(request.input_bytes));
    CallResult result;
    RunCall(options_, slot, request, take, time, &result);
    const bool serves_on = ServesOn(result, request);
    if (result.failure.end != CallEnd::kClean) {
      if (!serves_on) slot->Kill();
      result.failure.messages = slot->TakeMessages();
    } else if (options_.freshness == Freshness::kHeapReset) {
      (void)slot->TakeMessages();
    }
    held->GiveBack(serves_on ? WorkerSupervisor::Next::kServesOn
                             : WorkerSupervisor::Next::kIsReplaced);
    if (!result.by_host.ok()) {
      result.failure.end = EndByHost(result.by_host);
      Log(result.failure, time.begin, request.input_bytes, result.output_bytes);
      return result.by_host;
    }
    return Finish(result.failure, result.detail, time.begin,
                  request.input_bytes, result.output_bytes);
  }

  // For the log, of a call that `take` ended: with the failure that it found,
  // or for a reason of its own.
  static CallEnd EndByHost(const absl::Status& by_host) {
    const std::optional<CallFailure> found = FailureOf(by_host);
    return found ? found->end : CallEnd::kMisuse;
  }

  // Errors: errno.
  static int PassDescriptor(Slot* slot, int fd, Channel::Request* request) {
    if (fd >= 0) {
      request->descriptor = PassedDescriptor::kFetch;
    } else if (slot->holds_descriptor) {
      request->descriptor = PassedDescriptor::kFetchNone;
    } else {
      return 0;
    }
    const int error = slot->OfferDescriptor(fd);
    if (error == 0) slot->holds_descriptor = fd >= 0;
    return error;
  }

  bool ServesOn(const CallResult& result,
                const Channel::Request& request) const {
    const bool may = options_.freshness == Freshness::kReuse ||
                     options_.freshness == Freshness::kHeapReset;
    const CallEnd end = result.failure.end;
    return may && request.ask == Ask::kCall && result.by_host.ok() &&
           (end == CallEnd::kClean || end == CallEnd::kRefused);
  }

  absl::Status Finish(const CallFailure& failure, std::string_view detail,
                      MonotonicTime begin, size_t input_bytes,
                      size_t output_bytes) const {
    Log(failure, begin, input_bytes, output_bytes);
    if (failure.end == CallEnd::kClean) return absl::OkStatus();
    const Policy policy = supervisor_->policy();
    return ToStatus(failure, detail, &policy);
  }

  void Log(const CallFailure& failure, MonotonicTime begin, size_t input_bytes,
           size_t output_bytes) const {
    if (!options_.log) return;
    options_.log({.decoder = decoder_,
                  .end = failure.end,
                  .worker = failure.worker,
                  .input_bytes = input_bytes,
                  .output_bytes = output_bytes,
                  .wall = steady_clock::now() - begin});
  }

  // In a process that the host has forked: its threads are not here, and the
  // workers are the host's.
  void LeaveAlone() {
    (void)supervisor_.release();
    (void)calls_.release();
    (void)async_.release();
  }

  const pid_t host_ = getpid();
  const JailOptions options_;
  const std::string decoder_;
  std::unique_ptr<WorkerSupervisor> supervisor_;
  std::unique_ptr<CallCount> calls_ = std::make_unique<CallCount>();
  std::unique_ptr<AsyncCalls> async_;  // ends before the workers do
};

absl::StatusOr<std::unique_ptr<Jail>> Make(JailOptions options,
                                           std::string_view decoder,
                                           std::function<DecodeFunction> copy) {
  absl::StatusOr<TemplatePlan> plan = MakePlan(
      options, decoder, copy ? WorkerHeap::kOfHost : WorkerHeap::kPool);
  if (!plan.ok()) return plan.status();
  plan->copied.decode = std::move(copy);
  auto jail =
      std::make_unique<JailOfWorkers>(std::move(options), std::string(decoder));
  if (absl::Status status = jail->Start(*std::move(plan)); !status.ok()) {
    return status;
  }
  return jail;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Jail>> Jail::Create(JailOptions options,
                                                   std::string_view decoder) {
  if (options.worker_binary.empty() && !IsInitialized()) {
    return absl::FailedPreconditionError(
        "this program would be its own worker, but has not called jail::Init: "
        "make that the first line of main, or name a worker_binary");
  }
  return Make(std::move(options), decoder, {});
}

absl::StatusOr<std::unique_ptr<Jail>> Jail::CreateAsCopyOfHost(
    JailOptions options, std::function<DecodeFunction> decode) {
  if (!decode) return absl::InvalidArgumentError("there is no function to run");
  if (options.freshness == Freshness::kNewProcess) {
    return absl::InvalidArgumentError(
        "freshness: a copy of the host cannot be kNewProcess; kForkPerCall is "
        "the freshest it can be");
  }
  return Make(std::move(options), "(a copy of the host)", std::move(decode));
}

}  // namespace cellblock
