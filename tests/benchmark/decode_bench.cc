// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What decoding in a jail takes beside the same decoder without one: in a
// program whose malloc is the pool, and in one with the system's malloc. Each
// in turn in one run, medians.
//
//   decode_bench FOLDER ROUNDS [DECODER...]
//
// FOLDER has the files that decode_inputs.py makes: DECODER.SIZE.

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "examples/common/call_sink.h"
#include "jail/jail.h"
#include "tests/benchmark/decode_cases.h"
#include "tests/benchmark/sample_table.h"

extern char** environ;

namespace cellblock {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kMebibyte = uint64_t{1} << 20;
constexpr const char* kSizes[] = {"10K", "300K", "5M"};

// Every decoder is a worker's function of no more than its name.
template <size_t kIndex>
absl::Status Decode(JailedCall& call) {
  examples::CallSink sink(call);
  return DecodeCases()[kIndex].decode(call.input(), sink);
}

std::vector<uint8_t> ReadFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Once in the template: a worker then has the code at hand that a file needs.
template <size_t kIndex>
absl::Status DecodeSample() {
  examples::MemorySink sink;
  return DecodeCases()[kIndex].decode(ReadFile(getenv("SAMPLE")), sink);
}

template <size_t... kIndex>
std::vector<Decoder> DecodersOf(std::index_sequence<kIndex...>) {
  return {
      {DecodeCases()[kIndex].name, Decode<kIndex>, DecodeSample<kIndex>}...};
}

double NanosecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

[[noreturn]] void Fail(const std::string& what) {
  fprintf(stderr, "decode_bench: %s\n", what.c_str());
  exit(1);
}

// decode_unjailed, or the same with the pool, which waits for its turns.
class Unjailed {
 public:
  Unjailed(const std::string& program, const char* decoder,
           const std::string& file) {
    int in[2];
    int out[2];
    if (pipe(in) != 0 || pipe(out) != 0) Fail("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    for (const int fd : {in[0], in[1], out[0], out[1]}) {
      posix_spawn_file_actions_addclose(&actions, fd);
    }
    std::string words[] = {program, decoder, file};
    char* arguments[] = {words[0].data(), words[1].data(), words[2].data(),
                         nullptr};
    if (posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments,
                    environ) != 0) {
      Fail("cannot execute " + program);
    }
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    turn_ = in[1];
    taken_ = out[0];
  }
  ~Unjailed() {
    close(turn_);
    close(taken_);
    waitpid(pid_, nullptr, 0);
  }
  Unjailed(const Unjailed&) = delete;
  Unjailed& operator=(const Unjailed&) = delete;

  Sample Take() {
    double taken = -1;
    if (write(turn_, "", 1) != 1 ||
        read(taken_, &taken, sizeof(taken)) != sizeof(taken) || taken < 0) {
      return std::nullopt;
    }
    return taken;
  }

 private:
  pid_t pid_ = -1;
  int turn_ = -1;
  int taken_ = -1;
};

enum class Output : uint8_t { kInPlace, kCopied };

// The same in a jail. Its output buffer holds all of the output, so that it
// need not stream when it is taken where it is.
class Jailed {
 public:
  struct Options {
    Freshness freshness = Freshness::kReuse;
    Commit commit = Commit::kLazy;
    uint64_t pool_bytes = kDecodePoolBytes;
    // Before each call: until the next worker is surely there.
    std::chrono::milliseconds pause{0};
  };

  Jailed(const char* decoder, const std::string& path, const Options& chosen)
      : file_(ReadFile(path)), pause_(chosen.pause) {
    JailOptions options;
    options.pool_bytes = chosen.pool_bytes;
    options.commit = chosen.commit;
    options.freshness = chosen.freshness;
    options.deadline = std::chrono::minutes(1);
    options.environment = {"SAMPLE=" + path.substr(0, path.rfind('.')) + "." +
                           kSizes[0]};
    options.output_buffer = options.output_limit = 512 * kMebibyte;
    auto jail = Jail::Create(options, decoder);
    if (!jail.ok()) Fail(std::string(jail.status().message()));
    jail_ = *std::move(jail);
  }

  Sample Take(Output output) {
    std::this_thread::sleep_for(pause_);
    const Clock::time_point start = Clock::now();
    const absl::Status status =
        output == Output::kCopied
            ? jail_->CallInto(file_, &copy_)
            : jail_->CallInPlace(
                  file_.size(),
                  [&](std::span<uint8_t> input) {
                    std::copy(file_.begin(), file_.end(), input.begin());
                  },
                  [](UntrustedView) { return absl::OkStatus(); });
    const double taken = NanosecondsSince(start);
    if (!status.ok()) {
      fprintf(stderr, "%s\n", std::string(status.message()).c_str());
      return std::nullopt;
    }
    return taken;
  }

 private:
  const std::vector<uint8_t> file_;
  const std::chrono::milliseconds pause_;
  std::unique_ptr<Jail> jail_;
  UntrustedBytes copy_;
};

std::string Here(const char* program) {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof(path));
  const std::string self(path, length > 0 ? static_cast<size_t>(length) : 0);
  return self.substr(0, self.rfind('/') + 1) + program;
}

// Medians, in microseconds.
struct Figures {
  double pooled = 0;
  double system = 0;
  double in_place = 0;
  double copied = 0;
};

// Takes the rows' medians in turn, in their order.
std::vector<double> Medians(const std::string& path,
                            std::vector<SampleRow> rows, int rounds,
                            const RowTurn& turn) {
  const std::string failed = TakeSamples(&rows, rounds, turn);
  if (!failed.empty()) Fail(path + ": " + failed + " failed");
  std::vector<double> medians;
  for (const SampleRow& row : rows) {
    medians.push_back(Percentile(row.samples, 50) / 1000);
  }
  return medians;
}

Figures Measure(const char* decoder, const std::string& path, int rounds) {
  Unjailed pooled(Here("decode_pooled"), decoder, path);
  Unjailed system(Here("decode_unjailed"), decoder, path);
  Jailed in_place(decoder, path, {});
  Jailed copied(decoder, path, {});
  const std::vector<double> medians =
      Medians(path,
              {
                  {"pooled", [&] { return pooled.Take(); }},
                  {"system", [&] { return system.Take(); }},
                  {"in place", [&] { return in_place.Take(Output::kInPlace); }},
                  {"copied", [&] { return copied.Take(Output::kCopied); }},
              },
              rounds, {.samples = 3, .uncounted = 1});
  return {medians[0], medians[1], medians[2], medians[3]};
}

// What a process of its own adds to a call, for a small file; after the same
// pause for both, which leaves caches cold.
double MeasureFresh(const char* decoder, const std::string& path, int rounds) {
  constexpr std::chrono::milliseconds kPause{5};
  Jailed reused(decoder, path, {.pause = kPause});
  Jailed fresh(decoder, path,
               {.freshness = Freshness::kForkPerCall,
                .commit = Commit::kPopulate,
                .pool_bytes = 8 * kMebibyte,
                .pause = kPause});
  const std::vector<double> medians =
      Medians(path,
              {{"reused", [&] { return reused.Take(Output::kInPlace); }},
               {"fresh", [&] { return fresh.Take(Output::kInPlace); }}},
              rounds, {});
  return medians[1] - medians[0];
}

int RoundsFor(const std::string& size, int rounds) {
  const int factor_of_4 = size == "10K" ? 16 : size == "300K" ? 4 : 1;
  return std::max(3, rounds * factor_of_4 / 4);
}

int Run(const std::string& folder, int rounds,
        const std::vector<std::string>& only) {
  setenv("CELLBLOCK_POOL", std::to_string(kDecodePoolBytes).c_str(), 1);
  printf("%-9s %5s %11s %9s %9s %11s %9s %10s\n", "decoder", "size",
         "pooled, us", "in place", "copied", "system, us", "in place",
         "fresh, us");
  for (const DecodeCase& known : DecodeCases()) {
    if (!only.empty() &&
        std::find(only.begin(), only.end(), known.name) == only.end()) {
      continue;
    }
    for (const char* size : kSizes) {
      const std::string path = folder + "/" + known.name + "." + size;
      if (access(path.c_str(), R_OK) != 0) {
        Fail("cannot read " + path + "; decode_inputs.py makes it");
      }
      const Figures f = Measure(known.name, path, RoundsFor(size, rounds));
      printf("%-9s %5s %11.1f %9.3f %9.3f %11.1f %9.3f", known.name, size,
             f.pooled, f.in_place / f.pooled, f.copied / f.pooled, f.system,
             f.in_place / f.system);
      if (size == kSizes[0]) {
        printf(" %+10.1f", MeasureFresh(known.name, path, 5 * rounds));
      }
      printf("\n");
      fflush(stdout);
    }
  }
  return 0;
}

}  // namespace
}  // namespace cellblock

int main(int argc, char** argv) {
  static const std::vector<cellblock::Decoder> decoders = cellblock::DecodersOf(
      std::make_index_sequence<cellblock::kDecodeCases>());
  cellblock::jail::Init(argc, argv, decoders);
  if (argc < 3) {
    fprintf(stderr, "usage: %s FOLDER ROUNDS [DECODER...]\n", argv[0]);
    return 2;
  }
  return cellblock::Run(argv[1], std::max(1, atoi(argv[2])),
                        {argv + 3, argv + argc});
}
