// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Decoders in C that do what they are asked.

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/jail/cellblock_jail_c_test.h"

static volatile unsigned sink;
static int prepared;

static int is_asked(cellblock_call* call, const char* for_what) {
  size_t bytes;
  const uint8_t* input = cellblock_call_input(call, &bytes);
  return bytes == strlen(for_what) && memcmp(input, for_what, bytes) == 0;
}

static int echo(cellblock_call* call) {
  size_t bytes;
  const uint8_t* input = cellblock_call_input(call, &bytes);
  cellblock_call_write(call, input, bytes);
  cellblock_call_write(call, NULL, 0);
  return 0;
}

// The input twice, without a copy of its own.
static int twice(cellblock_call* call) {
  size_t bytes;
  const uint8_t* input = cellblock_call_input(call, &bytes);
  for (size_t at = 0; at < 2 * bytes;) {
    size_t room;
    uint8_t* to = cellblock_call_room(call, &room);
    size_t i = 0;
    for (; i < room && at < 2 * bytes; ++i) to[i] = input[at++ % bytes];
    cellblock_call_commit(call, i);
  }
  return 0;
}

static int prepare(void) {
  prepared = 42;
  return 0;
}

static int fail_to_prepare(void) { return 3; }

static int say_prepared(cellblock_call* call) {
  cellblock_call_write(call, &prepared, sizeof(prepared));
  return 0;
}

static int read_passed(cellblock_call* call) {
  char text[16];
  const int fd = cellblock_call_descriptor(call);
  if (fd < 0) return 1;
  const ssize_t bytes = read(fd, text, sizeof(text));
  cellblock_call_write(call, text, bytes < 0 ? 0 : (size_t)bytes);
  return 0;
}

static int read_given(cellblock_call* call) {
  char text[16];
  const ssize_t bytes = pread(10, text, sizeof(text), 0);
  cellblock_call_write(call, text, bytes < 0 ? 0 : (size_t)bytes);
  return 0;
}

static int read_file(cellblock_call* call) {
  char path[256] = {0};
  size_t bytes;
  const uint8_t* input = cellblock_call_input(call, &bytes);
  memcpy(path, input, bytes < sizeof(path) ? bytes : sizeof(path) - 1);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 2;
  char text[16];
  const ssize_t got = read(fd, text, sizeof(text));
  cellblock_call_write(call, text, got < 0 ? 0 : (size_t)got);
  return close(fd);
}

static int say_environment(cellblock_call* call) {
  const char* value = getenv("COLOUR");
  if (value == NULL || getenv("PATH") != NULL) return 1;
  cellblock_call_write(call, value, strlen(value));
  return 0;
}

static int misbehave(cellblock_call* call) {
  if (is_asked(call, "refuse")) {
    cellblock_call_explain(call, "first words");
    cellblock_call_explain(call, "no picture");
    return -3;
  }
  if (is_asked(call, "refuse in silence")) {
    cellblock_call_explain(call, "said");
    cellblock_call_explain(call, NULL);
    return 7;
  }
  if (is_asked(call, "explain at length")) {
    static char words[1000];
    memset(words, 'w', sizeof(words) - 1);
    cellblock_call_explain(call, words);
    return 7;
  }
  if (is_asked(call, "exhaust")) {
    // Not a byte is left for words either.
    for (size_t bytes = (size_t)1 << 30; bytes > 0; bytes /= 2) {
      while (malloc(bytes) != NULL) continue;
    }
    cellblock_call_explain(call, "the picture takes more than there is");
    return 12;
  }
  if (is_asked(call, "mmap")) syscall(SYS_mmap, 0, 4096, 3, 0x22, -1, 0);
  if (is_asked(call, "spin")) {
    for (;;) ++sink;
  }
  if (is_asked(call, "crash")) *(volatile int*)0x123450 = 1;
  if (is_asked(call, "exit")) _exit(9);
  if (is_asked(call, "complain")) {
    if (write(2, "a complaint", 11) == 11) abort();
  }
  return 0;
}

const cellblock_decoder decoders[] = {
    {"echo", echo, NULL},
    {"twice", twice, NULL},
    {"say prepared", say_prepared, prepare},
    {"never prepared", say_prepared, fail_to_prepare},
    {"read passed", read_passed, NULL},
    {"read given", read_given, NULL},
    {"read file", read_file, NULL},
    {"say environment", say_environment, NULL},
    {"misbehave", misbehave, NULL},
};

const size_t decoder_count = sizeof(decoders) / sizeof(decoders[0]);
