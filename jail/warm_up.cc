// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include "jail/warm_up.h"

#include <errno.h>
#include <execinfo.h>
#include <langinfo.h>
#include <link.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include <locale>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace cellblock {
namespace {

// Keeps the compiler from leaving out what only warms.
template <typename Value>
void Use(const Value& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

// The buffer that first use would allocate, of the kind that it would have.
void GiveBuffer(FILE* stream) {
  if (__fbufsize(stream) != 0) return;
  const int descriptor = fileno(stream);
  if (descriptor < 0) return;
  const int mode = isatty(descriptor) == 1 ? _IOLBF : _IOFBF;
  setvbuf(stream, nullptr, mode, 0);
}

void WarmStreams() {
  GiveBuffer(stdin);
  GiveBuffer(stdout);
  char text[1024];
  // Long enough for the digits to need memory of their own.
  snprintf(text, sizeof(text), "%.300f %Lg %s %lld", 1e300, 1.5L, "", 1LL);
  double number = 0;
  sscanf("1.5", "%lf", &number);
  Use(text);
  Use(number);
}

void WarmLocale() {
  Use(*localeconv());
  Use(*nl_langinfo(CODESET));
  wchar_t wide[8] = {};
  char narrow[8] = {};
  mbstowcs(wide, "warm", 8);
  wcstombs(narrow, wide, 8);
  swprintf(wide, 8, L"%d", 1);
  std::ostringstream stream;
  stream.imbue(std::locale());
  stream << 1.5 << ' ' << 1 << ' ' << true;
  std::istringstream back(stream.str());
  double number = 0;
  back >> number;
  Use(number);
}

void WarmTime() {
  setenv("TZ", ":/etc/localtime", 0);
  tzset();
  const time_t now = time(nullptr);
  tm parts = {};
  char text[64];
  Use(*localtime(&now));
  localtime_r(&now, &parts);
  Use(*gmtime(&now));
  strftime(text, sizeof(text), "%c %Z", &parts);
  Use(mktime(&parts));
  timespec moment = {};
  clock_gettime(CLOCK_MONOTONIC, &moment);
  Use(moment);
}

void WarmErrors() {
  Use(*strerror(ENOENT));
  Use(*strerror(1 << 20));  // none: its text is put together in memory
  Use(*strsignal(SIGSEGV));
  Use(*strsignal(SIGRTMAX + 1));
}

void WarmRandom() {
  char bytes[16];
  static_cast<void>(!getrandom(bytes, sizeof(bytes), GRND_NONBLOCK));
  Use(bytes);
  try {
    std::random_device device;
    Use(device());
  } catch (const std::exception&) {
    // A machine without any source that the library knows.
  }
}

int LookAtModule(dl_phdr_info* module, size_t /*size*/, void* count) {
  *static_cast<size_t*>(count) += module->dlpi_phnum;
  return 0;
}

void WarmUnwinder() {
  size_t headers = 0;
  dl_iterate_phdr(&LookAtModule, &headers);
  try {
    throw std::runtime_error(std::to_string(headers));
  } catch (const std::exception& error) {
    Use(*error.what());
  }
  void* frames[4];
  Use(backtrace(frames, 4));
}

int CompareBytes(const void* a, const void* b) { return memcmp(a, b, 1); }

// Beyond a kilobyte, qsort asks once how much memory the machine has.
void WarmSorting() {
  char many[2048] = {};
  qsort(many, sizeof(many), 1, &CompareBytes);
  Use(many);
}

}  // namespace

void WarmUp() {
  const int saved = errno;
  WarmStreams();
  WarmLocale();
  WarmTime();
  WarmErrors();
  WarmRandom();
  WarmUnwinder();
  WarmSorting();
  Use(sysconf(_SC_NPROCESSORS_ONLN));
  Use(std::thread::hardware_concurrency());
  errno = saved;
}

}  // namespace cellblock
