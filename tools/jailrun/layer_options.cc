// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "tools/jailrun/layer_options.h"

#include <charconv>
#include <chrono>
#include <optional>
#include <system_error>

#include "tools/jailrun/byte_size.h"
#include "tools/jailrun/chosen_environment.h"
#include "tools/jailrun/duration.h"

namespace cellblock {
namespace {

std::string ReadCpu(const FlagWords& words, Options* options) {
  if (words.cpu.empty()) return {};
  const auto time = ParseDuration(words.cpu);
  if (!time) {
    return "--cpu=" + words.cpu + kDurations + " (for example --cpu=10s)";
  }
  // The kernel counts in whole seconds.
  options->cpu_time = std::chrono::ceil<std::chrono::seconds>(*time);
  return {};
}

std::string ReadSize(const char* option, const std::string& word,
                     uint64_t least, uint64_t most,
                     std::optional<uint64_t>* bytes) {
  if (word.empty()) return {};
  const std::string where = std::string(option) + "=" + word + ": ";
  std::string error;
  *bytes = ParseByteSize(word, &error);
  if (!*bytes) return where + error + " (for example " + option + "=16M)";
  if (**bytes < least) return where + "the least is " + SizeArgument(least);
  if (**bytes > most) return where + "the most is " + SizeArgument(most);
  return {};
}

std::string ReadFileSize(const FlagWords& words, Options* options) {
  constexpr uint64_t kMostFileBytes = uint64_t{1} << 62;
  return ReadSize("--fsize", words.fsize, 0, kMostFileBytes,
                  &options->file_bytes);
}

std::string ReadOutputLimit(const FlagWords& words, Options* options) {
  constexpr uint64_t kMostOutputBytes = uint64_t{1} << 62;
  return ReadSize("--output-limit", words.output_limit, 0, kMostOutputBytes,
                  &options->output_bytes);
}

std::string ReadFiles(const FlagWords& words, Options* options) {
  options->loads = words.loads;
  options->readable = words.readable;
  options->writable = words.writable;
  options->directory = words.directory;
  return {};
}

std::string ReadStack(const FlagWords& words, Options* options) {
  return ReadSize("--stack", words.stack, kLeastStackBytes,
                  kMostAskedStackBytes, &options->stack_bytes);
}

std::string ReadReserve(const FlagWords& words, Options* options) {
  std::optional<uint64_t> bytes;
  std::string error = ReadSize("--reserve", words.reserve, kLeastPoolBytes,
                               kMostPoolBytes, &bytes);
  options->reserve_bytes = bytes.value_or(0);
  return error;
}

std::string ReadThreads(const FlagWords& words, Options* options) {
  if (!words.threads.empty()) {
    const char* const begin = words.threads.data();
    const char* const end = begin + words.threads.size();
    uint32_t threads = 0;
    const auto [rest, code] = std::from_chars(begin, end, threads);
    if (code != std::errc() || rest != end || threads > kMostThreads) {
      return "--threads=" + words.threads + ": give a number from 0 to " +
             std::to_string(kMostThreads) + " (for example --threads=32)";
    }
    options->threads = threads;
  }
  std::optional<uint64_t> bytes;
  std::string error =
      ReadSize("--thread-stack", words.thread_stack, kLeastThreadStackBytes,
               kMostThreadStackBytes, &bytes);
  if (!error.empty()) return error;
  options->thread_stack_bytes = bytes.value_or(kDefaultThreadStackBytes);
  if (options->threads.value_or(kDefaultThreads) * options->thread_stack_bytes >
      kMostPoolBytes) {
    return "--threads and --thread-stack: the stacks are " +
           SizeArgument(kMostPoolBytes) + " together at the most";
  }
  return {};
}

std::string ReadSpeculationWord(const FlagWords& words, Options* options) {
  if (words.speculation.empty() || words.speculation == "restrict") return {};
  if (words.speculation != "allow") {
    return "--speculation=" + words.speculation + ": use restrict or allow";
  }
  options->speculation = Speculation::kAllowed;
  return {};
}

std::string ReadEnvironment(const FlagWords& words, Options* options) {
  if (words.clear_environment) options->environment = Environment::kCleared;
  for (const std::string& word : words.variables) {
    std::string error = CheckVariable(word);
    if (!error.empty()) return error;
    options->variables.push_back(word);
  }
  return {};
}

}  // namespace

std::string ReadLayers(const FlagWords& words, Options* options) {
  std::string error;
  for (const auto read :
       {&ReadFiles, &ReadCpu, &ReadOutputLimit, &ReadFileSize, &ReadStack,
        &ReadReserve, &ReadThreads, &ReadSpeculationWord, &ReadEnvironment}) {
    if (error.empty()) error = read(words, options);
  }
  return error;
}

}  // namespace cellblock
