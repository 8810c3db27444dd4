// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <string_view>

#include "absl/status/status.h"
#include "allocator/malloc/heap_access.h"
#include "jail/call/descriptor_request.h"
#include "jail/call/futex.h"
#include "jail/lock.h"
#include "jail/own_pid.h"

// Linux 5.14, newer than some headers.
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

namespace cellblock {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// For signal handlers and the heap, which pass nothing on. Set before the lock.
Notes* g_notes;
const HeapAccess* g_heap;

void NoteSignal(int number, siginfo_t* info, void* /*context*/) {
  g_notes->address.store(reinterpret_cast<uint64_t>(info->si_addr), kRelaxed);
  g_notes->signal.store(static_cast<uint32_t>(number), kRelaxed);
  // The action is the default one again: what raised the signal does so anew,
  // and the process dies of it.
}

void NoteRefusal(uint64_t /*bytes*/, uint64_t /*alignment*/,
                 uint64_t /*number*/) {
  g_notes->refusals.fetch_add(1, kRelaxed);
  HeapStats stats;
  g_heap->read_stats(&stats);
  const Exhaustion& last = stats.last_exhaustion;
  g_notes->asked.store(last.asked, kRelaxed);
  g_notes->short_by.store(last.short_by, kRelaxed);
  g_notes->in_use.store(last.in_use, kRelaxed);
  g_notes->peak.store(last.peak, kRelaxed);
  g_notes->largest_free.store(last.largest_free, kRelaxed);
}

void ForgetNotes(Notes* notes) {
  notes->refusals.store(0, kRelaxed);
  notes->signal.store(0, kRelaxed);
}

// Says `answer` to what the host asked last.
class Line {
 public:
  explicit Line(const WorkerChannel& channel) : channel_(channel) {}

  void Say(Answer answer, size_t output_bytes) {
    AnswerWords& words = channel_.control->words;
    words.answer.store(static_cast<uint32_t>(answer), kRelaxed);
    words.output_bytes.store(output_bytes, kRelaxed);
    channel_.control->answered.Pass(++said_);
  }

  void Complain(Answer answer, int code, std::string_view message) {
    AnswerWords& words = channel_.control->words;
    const size_t length = std::min(message.size(), kMostMessageBytes);
    for (size_t i = 0; i < length; ++i) {
      words.message[i].store(message[i], kRelaxed);
    }
    words.message_bytes.store(static_cast<uint32_t>(length), kRelaxed);
    words.code.store(static_cast<uint32_t>(code), kRelaxed);
    Say(answer, 0);
  }

  bool IsAsked() const {
    return channel_.control->asked.count.load(std::memory_order_acquire) ==
           said_;
  }

  Ask AwaitAsk() {
    while (!IsAsked()) channel_.control->asked.Await(said_ - 1, nullptr);
    return static_cast<Ask>(channel_.control->ask.load(kRelaxed));
  }

 private:
  const WorkerChannel& channel_;
  uint32_t said_ = 0;
};

class WorkerCall final : public JailedCall {
 public:
  WorkerCall(const WorkerChannel& channel, Line* line)
      : line_(line),
        input_(channel.input.first(
            std::min<size_t>(channel.control->input_bytes.load(kRelaxed),
                             channel.input.size()))),
        output_(channel.output) {
    const auto passed = static_cast<PassedDescriptor>(
        channel.control->descriptor.load(kRelaxed));
    if (passed == PassedDescriptor::kNone) return;
    // The host answers this call with a descriptor of ours.
    const long number = syscall(SYS_recvmsg, -1, nullptr, 0);
    if (passed == PassedDescriptor::kFetch) {
      descriptor_ = static_cast<int>(number);
    }
  }

  std::span<const uint8_t> input() const override { return input_; }

  std::span<uint8_t> room() override {
    if (used_ == output_.size()) HandOver();
    return output_.subspan(used_);
  }

  void Commit(size_t bytes) override {
    used_ += std::min(bytes, output_.size() - used_);
  }

  void Write(std::span<const uint8_t> bytes) override {
    while (!bytes.empty()) {
      const std::span<uint8_t> to = room();
      const size_t part = std::min(to.size(), bytes.size());
      memcpy(to.data(), bytes.data(), part);
      Commit(part);
      bytes = bytes.subspan(part);
    }
  }

  int descriptor() const override { return descriptor_; }

  size_t used() const { return used_; }

 private:
  void HandOver() {
    line_->Say(Answer::kPart, used_);
    (void)line_->AwaitAsk();  // kMore
    used_ = 0;
  }

  Line* const line_;
  const std::span<const uint8_t> input_;
  const std::span<uint8_t> output_;
  size_t used_ = 0;
  int descriptor_ = -1;
};

void Serve(const WorkerParts& parts, Line* line) {
  ForgetNotes(&parts.channel.control->notes);
  WorkerCall call(parts.channel, line);
  try {
    const absl::Status status = (*parts.decode)(call);
    if (status.ok()) {
      line->Say(Answer::kDone, call.used());
    } else {
      const absl::string_view message = status.message();
      line->Complain(Answer::kRefused, status.raw_code(),
                     {message.data(), message.size()});
    }
  } catch (const std::exception& exception) {
    line->Complain(Answer::kThrew, 0, exception.what());
  } catch (...) {
    line->Complain(Answer::kThrew, 0, "an exception of a type of its own");
  }
}

// As much of the channel as the call before used.
void PopulateChannel(const WorkerChannel& channel) {
  const auto part = [](auto memory, const std::atomic<uint64_t>& bytes) {
    const size_t size = std::min<uint64_t>(
        ChannelLayout::WholePages(bytes.load(kRelaxed)), memory.size());
    return memory.first(size);
  };
  PopulatePages({reinterpret_cast<const uint8_t*>(channel.control),
                 sizeof(*channel.control)});
  PopulatePages(part(channel.output, channel.control->expected_output));
  // The worker cannot write to this, so it reads.
  const std::span<const uint8_t> input =
      part(channel.input, channel.control->expected_input);
  for (size_t at = 0; at < input.size(); at += kPageSize) {
    (void)*const_cast<const volatile uint8_t*>(&input[at]);
  }
}

[[noreturn]] void EndSetup() { _exit(EXIT_FAILURE); }

}  // namespace

int NoteEnds(const WorkerChannel& channel) {
  alignas(16) static char stack[16 << 10];
  g_notes = &channel.control->notes;
  const stack_t alternate = {
      .ss_sp = stack, .ss_flags = 0, .ss_size = sizeof(stack)};
  if (sigaltstack(&alternate, nullptr) != 0) return errno;
  struct sigaction action = {};
  action.sa_sigaction = &NoteSignal;
  action.sa_flags =
      static_cast<int>(SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESETHAND);
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP}) {
    if (sigaction(number, &action, nullptr) != 0) return errno;
  }
  g_heap = FindHeapAccess();
  if (g_heap != nullptr) g_heap->observe_refusals(&NoteRefusal);
  return 0;
}

void RunWorker(const WorkerParts& parts) {
  if (!DieWithParent(parts.host)) EndSetup();
  if (!parts.populate.empty() &&
      madvise(parts.populate.data(), parts.populate.size(),
              MADV_POPULATE_WRITE) != 0) {
    EndSetup();
  }
  parts.prefault->Copy();
  PopulateChannel(parts.channel);
  // A page that is read brings its neighbours.
  if (parts.entry != nullptr) {
    (void)*static_cast<const volatile char*>(parts.entry);
  }
  BindOwnPid(parts.last_filter, getpid());
  if (Narrow(parts.last_filter).failed != LockStep::kDone) EndSetup();
  // What the template did after the snapshot is no part of any call, and
  // neither is what there is of it in Prefault.
  const bool may_look = parts.snapshot == nullptr;
  if (!may_look) parts.snapshot->Restore();
  Line line(parts.channel);
  line.Say(Answer::kReady, 0);
  if (may_look && parts.channel.control->is_ahead.load(kRelaxed) != 0) {
    parts.prefault->Look([&line] { return !line.IsAsked(); });
  }
  for (;;) {
    switch (line.AwaitAsk()) {
      case Ask::kCall:
        Serve(parts, &line);
        break;
      case Ask::kTest:
        syscall(parts.channel.control->test_number.load(kRelaxed), -1L, -1L,
                -1L, -1L, -1L, -1L);
        line.Say(Answer::kWentOn, 0);
        break;
      case Ask::kMore:
      case Ask::kNothing:
        _exit(EXIT_FAILURE);
    }
    if (parts.snapshot != nullptr) parts.snapshot->Restore();
  }
}

}  // namespace cellblock
