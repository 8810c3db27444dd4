// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tests/jail/call/hostile_decoder.h"

#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <iterator>

#include "jail/call/channel_layout.h"
#include "jail/call/futex.h"
#include "jail/call/worker.h"
#include "tests/jail/call/hostile_random.h"

namespace cellblock {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr uint32_t kNoAnswer = 0xdead;

// jail/call/worker.cc: what a call has behind its table of functions, and what
// that has. This is how an exploit would find the channel.
struct LineInMemory {
  const WorkerChannel* channel;
  uint32_t said;
};
struct CallInMemory {
  const void* functions;
  LineInMemory* line;
};

class Hostile {
 public:
  Hostile(JailedCall& call, const HostileScript& script)
      : line_(*reinterpret_cast<const CallInMemory*>(&call)->line),
        control_(*line_.channel->control),
        random_(script.seed) {
    if (line_.channel->input.data() != call.input().data()) {
      (void)!write(STDERR_FILENO, "the channel is not here\n", 24);
      abort();
    }
    // What an earlier call answered is not to pass for an answer of this one.
    control_.words.answer.store(kNoAnswer, kRelaxed);
  }

  // Returns iff the worker goes on as if nothing had been.
  void Do(Attack attack) {
    Linger();
    switch (attack) {
      case Attack::kNone:
      case Attack::kNumber:
        break;
      case Attack::kBystander:
        for (uint64_t i = random_.Below(200); i > 0; --i) {
          ScribbleOnce(Words::kAllButCounts);
        }
        return;
      case Attack::kRandomWords:
        for (uint64_t i = random_.Below(200); i > 0; --i) ScribbleOnce();
        return End();
      case Attack::kCount:
        control_.answered.count.store(WrongCount(), std::memory_order_release);
        Wake();
        return End();
      case Attack::kKind:
        control_.words.output_bytes.store(0, kRelaxed);
        Answered(WrongKind());
        return End();
      case Attack::kLongOutput:
        control_.words.output_bytes.store(
            line_.channel->output.size() + 1 + (random_.Value() >> 1),
            kRelaxed);
        Answered(static_cast<uint32_t>(random_.OneIn(2) ? Answer::kDone
                                                        : Answer::kPart));
        return End();
      case Attack::kLongMessage:
        control_.words.output_bytes.store(0, kRelaxed);
        control_.words.message_bytes.store(
            kMostMessageBytes + 1 +
                static_cast<uint32_t>(random_.Value() & 0x7fffffff),
            kRelaxed);
        Complain();
        return End();
      case Attack::kNotes:
        ScribbleNotes();
        if (random_.OneIn(2)) Die();
        control_.words.output_bytes.store(random_.Below(100), kRelaxed);
        control_.words.message_bytes.store(
            static_cast<uint32_t>(random_.Below(kMostMessageBytes + 1)),
            kRelaxed);
        for (auto& c : control_.words.message) {
          c.store(static_cast<char>(random_.Next()), kRelaxed);
        }
        control_.words.code.store(static_cast<uint32_t>(random_.Value()),
                                  kRelaxed);
        Complain();
        return End();
      case Attack::kEmptyParts:
        for (;;) Part(0);
      case Attack::kManyParts:
        for (const size_t bytes = 1 + random_.Below(64);;) Part(bytes);
      case Attack::kEagerParts:
        for (const size_t bytes = 1 + random_.Below(64);;) EagerPart(bytes);
      case Attack::kManyWakes:
        for (;;) Wake();
      case Attack::kFlips:
        for (;;) Flip();
      case Attack::kChanges:
        for (;;) Change();
      case Attack::kDoneAndMore:
        control_.words.output_bytes.store(
            random_.Below(line_.channel->output.size() + 1), kRelaxed);
        Answered(static_cast<uint32_t>(Answer::kDone));
        Linger();
        for (uint64_t i = random_.Below(1000); i > 0; --i) ScribbleOnce();
        return End();
      case Attack::kTwice:
        control_.words.output_bytes.store(0, kRelaxed);
        control_.words.message_bytes.store(0, kRelaxed);
        Complain();
        Linger();
        Complain();
        return End();
      case Attack::kDeath:
        Die();
      case Attack::kSilence:
        return BeSilent();
      case Attack::kRequests:
        for (;;) Request();
      case Attack::kNoise:
        for (uint64_t i = random_.Below(200); i > 0; --i) {
          char noise[512];
          memset(noise, static_cast<int>(random_.Next()), sizeof(noise));
          (void)!write(STDERR_FILENO, noise, random_.Below(sizeof(noise)));
        }
        return End();
    }
  }

 private:
  uint32_t asked() const { return line_.said; }

  void Wake() { WakeFutex(&control_.answered.count); }

  void Linger() {
    for (uint64_t left = random_.Below(4) * random_.Below(3000); left > 0;
         --left) {
      std::atomic_signal_fence(std::memory_order_seq_cst);
    }
  }

  void Answered(uint32_t kind) {
    control_.words.answer.store(kind, kRelaxed);
    control_.answered.count.store(++line_.said, std::memory_order_release);
    Wake();
  }

  void Complain() {
    Answered(static_cast<uint32_t>(random_.OneIn(2) ? Answer::kRefused
                                                    : Answer::kThrew));
  }

  // Answers at once what is asked next; or, now and then, before.
  void Part(size_t bytes) {
    control_.words.output_bytes.store(bytes, kRelaxed);
    const uint32_t asked = line_.said;
    Answered(static_cast<uint32_t>(Answer::kPart));
    if (hastens_ && random_.OneIn(1000)) return;
    while (control_.asked.count.load(std::memory_order_acquire) == asked) {
    }
  }

  // While a host is busy with the part before, it is not looking.
  void EagerPart(size_t bytes) {
    control_.words.output_bytes.store(bytes, kRelaxed);
    Answered(static_cast<uint32_t>(Answer::kPart));
    while (control_.asked.count.load(std::memory_order_acquire) + 1 !=
               line_.said &&
           control_.asked.count.load(std::memory_order_acquire) != line_.said) {
    }
    const auto until =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
    while (std::chrono::steady_clock::now() < until) {
    }
  }

  void Flip() {
    control_.answered.count.store(asked() - 1, kRelaxed);
    control_.answered.count.store(asked(), kRelaxed);
    if (random_.OneIn(64)) Wake();
  }

  // All but kDone, since that would be an answer.
  uint32_t WrongKind() {
    constexpr uint32_t kKinds[] = {0, 1, 6, 7, 8, 0x7fffffff, 0xffffffff};
    return kKinds[random_.Below(std::size(kKinds))];
  }

  uint32_t WrongCount() {
    const uint32_t next = asked() + 1;
    const uint32_t wrong[] = {
        next + 1, next - 2,   next + 0x80000000,
        next - 3, 0xffffffff, static_cast<uint32_t>(random_.Next()) | 1u << 30};
    return wrong[random_.Below(std::size(wrong))];
  }

  void Change() {
    constexpr uint32_t kKinds[] = {0, 1, 2, 4, 5, 6, 7};
    AnswerWords& words = control_.words;
    words.answer.store(kKinds[random_.Below(std::size(kKinds))], kRelaxed);
    words.output_bytes.store(random_.Value(), kRelaxed);
    words.message_bytes.store(static_cast<uint32_t>(random_.Value()), kRelaxed);
    control_.answered.count.store(control_.asked.count.load(kRelaxed) + 1,
                                  std::memory_order_release);
    if (random_.OneIn(64)) Wake();
  }

  enum class Words { kAll, kAllButCounts };

  // One word.
  void ScribbleOnce(Words which = Words::kAll) {
    uint32_t value = static_cast<uint32_t>(random_.Value());
    if (random_.OneIn(4)) value = asked() + 1;
    auto* const page = reinterpret_cast<std::atomic<uint32_t>*>(&control_);
    // The words that the host looks at, more often than the rest.
    const size_t words =
        random_.OneIn(4) ? kPageSize : offsetof(ChannelControl, words.message);
    const size_t at = random_.Below(words / sizeof(uint32_t));
    if (at == offsetof(ChannelControl, words) / sizeof(uint32_t) &&
        value == static_cast<uint32_t>(Answer::kDone)) {
      return;
    }
    if (which == Words::kAllButCounts &&
        (at == offsetof(ChannelControl, answered) / sizeof(uint32_t) ||
         at == offsetof(ChannelControl, asked) / sizeof(uint32_t))) {
      return;
    }
    page[at].store(value, kRelaxed);
    if (random_.OneIn(8)) Wake();
  }

  void ScribbleNotes() {
    Notes& notes = control_.notes;
    for (auto* word :
         {&notes.refusals, &notes.asked, &notes.short_by, &notes.in_use,
          &notes.peak, &notes.largest_free, &notes.address}) {
      word->store(random_.Value(), kRelaxed);
    }
    notes.signal.store(static_cast<uint32_t>(random_.Value()), kRelaxed);
  }

  void Raise(int number) { syscall(SYS_tgkill, getpid(), gettid(), number); }

  [[noreturn]] void Die() {
    switch (random_.Below(8)) {
      case 0:
        _exit(static_cast<int>(random_.Below(256)));
      case 1:
        *reinterpret_cast<volatile int*>(random_.Next() | 1) = 1;
        break;
      case 2:
        Raise(SIGKILL);
        break;
      case 3:
        Raise(1 + static_cast<int>(random_.Below(64)));
        break;
      case 4:
        abort();
      case 5:
        syscall(static_cast<long>(random_.Below(500)), -1, -1, -1, -1, -1, -1);
        break;
      case 6:
        syscall(SYS_execve, nullptr, nullptr, nullptr);
        break;
      default:
        syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
        break;
    }
    _exit(1);
  }

  void BeSilent() {
    switch (random_.Below(3)) {
      case 0:
        Raise(SIGSTOP);
        _exit(2);
      case 1:
        for (;;) Linger();
      default:
        Sleep();
    }
  }

  void Sleep() {
    static std::atomic<uint32_t> never{0};
    for (;;) WaitOnFutex(&never, 0, nullptr);
  }

  void Request() {
    // That of a descriptor is forbidden where none is offered.
    if (random_.OneIn(10'000)) syscall(SYS_recvmsg, -1, nullptr, 0);
    switch (random_.Below(3)) {
      case 1:
        syscall(SYS_futex, &control_.answered.count, FUTEX_REQUEUE, 1, 1,
                &control_.asked.count, 0);
        break;
      case 2:
        syscall(SYS_futex, &control_.answered.count, FUTEX_LOCK_PI, 0, nullptr);
        break;
      default:
        syscall(SYS_futex, random_.Next(), FUTEX_WAKE, INT_MAX);
        break;
    }
  }

  // What is left to do when all is done: the host has its answer, or none.
  void End() {
    switch (random_.Below(512)) {
      case 0:
        Sleep();
        break;
      case 1:
        for (;;) Linger();
      case 2:
        for (;;) ScribbleOnce();
      case 3:
        Raise(SIGSTOP);
        break;
      default:
        Die();
    }
  }

  LineInMemory& line_;
  ChannelControl& control_;
  HostileRandom random_;
  const bool hastens_ = random_.OneIn(4);
};

absl::Status Decode(JailedCall& call) {
  HostileScript script;
  if (call.input().size() != sizeof(script)) {
    return absl::InvalidArgumentError("not a script");
  }
  memcpy(&script, call.input().data(), sizeof(script));
  if (script.attack != Attack::kNone) {
    Hostile(call, script).Do(script.attack);
  }
  call.Write(HonestOutput(script.seed));
  return absl::OkStatus();
}

constexpr Decoder kDecoders[] = {{"hostile", Decode}};

}  // namespace

std::vector<uint8_t> HonestOutput(uint64_t seed) {
  HostileRandom random(seed);
  std::vector<uint8_t> bytes(random.Below(10'000));
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.Next());
  return bytes;
}

std::span<const Decoder> HostileDecoders() { return kDecoders; }

}  // namespace cellblock
