// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/call/init.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <atomic>
#include <span>
#include <string>
#include <vector>

#include "jail/call/template_control.h"
#include "jail/call/template_main.h"
#include "jail/jail.h"

namespace cellblock {
namespace {

// Whether this program becomes a worker when it is executed as one.
constinit std::atomic<bool> g_initialized{false};

// 0 iff there is no such argument.
int ControlDescriptor(int argc, char** argv) {
  // A program that runs with another user's rights takes no orders.
  if (argc != 2 || getauxval(AT_SECURE) != 0) return 0;
  if (strcmp(argv[0], kTemplateName) != 0) return 0;
  return atoi(argv[1]);
}

// The variables that made this process what it is are no longer seen, nor are
// their bytes.
void ForgetVariable(const char* name) {
  char* const value = getenv(name);
  if (value == nullptr) return;
  char* const entry = value - strlen(name) - 1;
  unsetenv(name);
  memset(entry, 0, strlen(entry));
}

std::string Names(std::span<const NamedWork> decoders) {
  std::string names;
  for (const NamedWork& decoder : decoders) {
    names += names.empty() ? "" : ", ";
    names += decoder.name;
  }
  return names.empty() ? "none" : names;
}

[[noreturn]] void BecomeTemplate(int fd, std::span<const NamedWork> decoders) {
  TemplateControl* const control = MapControl(fd);
  if (control == nullptr) _exit(EXIT_FAILURE);
  for (const char* const name : {"LD_PRELOAD", "LD_BIND_NOW", "CELLBLOCK_POOL",
                                 "CELLBLOCK_FILL", "CELLBLOCK_HARDENED"}) {
    ForgetVariable(name);
  }
  for (const NamedWork& decoder : decoders) {
    if (strcmp(decoder.name, control->order.decoder) == 0) {
      RunTemplate(control, decoder.work, WorkerHeap::kPool);
    }
  }
  RefuseTemplate(control, TemplatePhase::kNoDecoder, Names(decoders).c_str());
}

}  // namespace

bool IsInitialized() { return g_initialized.load(std::memory_order_relaxed); }

void InitWorker(int argc, char** argv, std::span<const NamedWork> decoders) {
  if (const int fd = ControlDescriptor(argc, argv)) {
    BecomeTemplate(fd, decoders);
  }
  g_initialized.store(true, std::memory_order_relaxed);
}

namespace jail {

void Init(int argc, char** argv, std::span<const Decoder> decoders) {
  std::vector<NamedWork> work;
  for (const Decoder& decoder : decoders) {
    work.push_back({decoder.name,
                    {.decode = decoder.decode,
                     .entry = reinterpret_cast<const void*>(decoder.decode)}});
    if (decoder.prepare != nullptr) work.back().work.prepare = decoder.prepare;
  }
  InitWorker(argc, argv, work);
}

}  // namespace jail
}  // namespace cellblock
