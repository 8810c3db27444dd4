// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// What libc puts off until first use, done while it can be. A program that may
// open and read files has most of that later as well, and is not kept waiting
// for it now. Randomness is not kept by libc: each use is a call.

#include <errno.h>
#include <execinfo.h>
#include <iconv.h>
#include <locale.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "tools/jailrun/runtime/processors.h"
#include "tools/jailrun/runtime/runtime.h"
#include "tools/jailrun/runtime/symbol_users.h"

namespace cellblock {
namespace {

// Those for which libc loads libgcc_s, and ends the process if it cannot.
constexpr const char* kUnwinders[] = {"backtrace", "pthread_cancel",
                                      "pthread_exit", "thrd_exit"};

// Keeps the compiler from leaving out what only warms.
template <typename Value>
void Use(const Value& value) {
  __asm__ volatile("" : : "g"(&value) : "memory");
}

void WarmUnwinder() {
  void* frame = nullptr;
  Use(backtrace(&frame, 1));
}

// The buffer that first use would allocate, of the kind that it would have.
void GiveBuffer(FILE* stream) {
  if (__fbufsize(stream) != 0) return;
  const int mode = isatty(fileno(stream)) == 1 ? _IOLBF : _IOFBF;
  setvbuf(stream, nullptr, mode, 0);
}

// For whoever asks for the environment's locale, as most programs do; it is not
// yet in force, and stays loaded.
void WarmLocale() {
  const locale_t locale = newlocale(LC_ALL_MASK, "", nullptr);
  Use(locale);
}

// Its list of character sets. Both of these are built in.
void WarmConversions() {
  const iconv_t conversion = iconv_open("UTF-8", "UCS-4LE");
  if (conversion != reinterpret_cast<iconv_t>(-1)) iconv_close(conversion);
}

// Where TZ is not set libc looks at that file again at each use; where it is
// set to the same, once.
void WarmTime() {
  setenv("TZ", ":/etc/localtime", 0);
  const time_t now = 0;
  tm parts = {};
  char text[64];
  tzset();
  localtime_r(&now, &parts);
  strftime(text, sizeof(text), "%c %Z", &parts);
  Use(mktime(&parts));
}

int CompareBytes(const void* a, const void* b) { return memcmp(a, b, 1); }

// Beyond a kilobyte, qsort asks once how much memory the machine has.
void WarmSorting() {
  char many[2048] = {};
  qsort(many, sizeof(many), 1, &CompareBytes);
  Use(many);
}

}  // namespace

void WarmLibc() {
  const int saved = errno;
  if (AnyNeeds(kUnwinders)) WarmUnwinder();
  if (!TheControl()->opens_files) {
    GiveBuffer(stdin);
    GiveBuffer(stdout);
    WarmLocale();
    WarmConversions();
    WarmTime();
    WarmSorting();
    KeepProcessors();
  }
  errno = saved;
}

}  // namespace cellblock
