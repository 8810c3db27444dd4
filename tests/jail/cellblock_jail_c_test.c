// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A consumer in plain C11 of everything that jail/cellblock_jail.h has. With
// --worker=PATH the worker is that program, and this one only its host.

#include "tests/jail/cellblock_jail_c_test.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

static void check_names(void) {
  static const char* const names[] = {"clean",        "refused",   "exhausted",
                                      "violation",    "deadline",  "cpu_limit",
                                      "output_limit", "crashed",   "exited",
                                      "lied",         "no_worker", "misuse"};
  for (int end = 0; end <= CELLBLOCK_END_MISUSE; ++end) {
    CHECK(strcmp(cellblock_end_name(end), names[end]) == 0);
  }
  CHECK(strcmp(cellblock_end_name(CELLBLOCK_END_MISUSE + 1), "unknown") == 0);
  CHECK(strcmp(cellblock_end_name(-1), "unknown") == 0);
}

static void check_calls(void) {
  cellblock_jail_options options = defaults();
  cellblock_jail* jail = make(&options, "echo");
  expect(jail, "hello", "hello");
  expect(jail, "", "");
  cellblock_output* output = cellblock_jail_call(jail, NULL, 0);
  CHECK(is_output(output, ""));
  CHECK(cellblock_output_failure(output)->end == CELLBLOCK_END_CLEAN);
  size_t bytes = 1;
  cellblock_output_messages(output, &bytes);
  CHECK(bytes == 0);
  cellblock_output_free(output);
  cellblock_output_free(NULL);
  output = cellblock_jail_call(jail, NULL, 1);
  CHECK(cellblock_output_end(output) == CELLBLOCK_END_MISUSE);
  cellblock_output_free(output);
  cellblock_jail_destroy(jail);
  cellblock_jail_destroy(NULL);

  options.output_buffer = 4096;
  jail = make(&options, "twice");
  static char long_input[10001];
  static char doubled[20001];
  memset(long_input, 'x', sizeof(long_input) - 1);
  memset(doubled, 'x', sizeof(doubled) - 1);
  expect(jail, long_input, doubled);
  expect(jail, "ab", "abab");
  cellblock_jail_destroy(jail);
}

static void check_prepare(void) {
  cellblock_jail_options options = defaults();
  cellblock_jail* jail = make(&options, "say prepared");
  cellblock_output* output = cellblock_jail_call(jail, "", 0);
  size_t bytes = 0;
  const uint8_t* given = cellblock_output_bytes(output, &bytes);
  int number = 0;
  CHECK(bytes == sizeof(number));
  if (bytes == sizeof(number)) memcpy(&number, given, bytes);
  CHECK(number == 42);
  cellblock_output_free(output);
  cellblock_jail_destroy(jail);
}

static void check_every_end(int freshness) {
  cellblock_jail_options options = defaults();
  options.freshness = freshness;
  options.deadline_ms = 5000;
  cellblock_jail* jail = make(&options, "misbehave");
  expect(jail, "nothing", "");

  cellblock_output* output = failure_of(jail, "refuse", CELLBLOCK_END_REFUSED);
  CHECK(cellblock_output_failure(output)->code == -3);
  CHECK(says(output, "no picture") && says(output, "code -3"));
  CHECK(strstr(cellblock_output_message(output), "first words") == NULL);
  cellblock_output_free(output);
  output = failure_of(jail, "refuse in silence", CELLBLOCK_END_REFUSED);
  CHECK(cellblock_output_failure(output)->code == 7);
  CHECK(strstr(cellblock_output_message(output), "said") == NULL);
  cellblock_output_free(output);
  output = failure_of(jail, "explain at length", CELLBLOCK_END_REFUSED);
  CHECK(says(output, "wwwwwwww"));
  CHECK(strlen(cellblock_output_message(output)) < 500);
  cellblock_output_free(output);

  output = failure_of(jail, "exhaust", CELLBLOCK_END_EXHAUSTED);
  const cellblock_failure* failure = cellblock_output_failure(output);
  CHECK(failure->pool == 1 << 20 && failure->asked > 0);
  CHECK(failure->short_by > 0 && failure->in_use > 1 << 19);
  CHECK(failure->peak >= failure->in_use);
  CHECK(says(output, "pool_bytes"));
  cellblock_output_free(output);

  output = failure_of(jail, "mmap", CELLBLOCK_END_VIOLATION);
  failure = cellblock_output_failure(output);
  CHECK(failure->call_number == SYS_mmap && failure->call_arch != 0);
  CHECK(failure->call_instruction != 0 && failure->call_arguments[1] == 4096);
  CHECK(failure->worker > 0);
  cellblock_output_free(output);

  output = cellblock_jail_call_with(jail, "spin", 4, 200, -1);
  CHECK(cellblock_output_end(output) == CELLBLOCK_END_DEADLINE);
  CHECK(cellblock_output_failure(output)->time_limit_ms == 200);
  cellblock_output_free(output);

  output = failure_of(jail, "crash", CELLBLOCK_END_CRASHED);
  CHECK(cellblock_output_failure(output)->signal == SIGSEGV);
  CHECK(cellblock_output_failure(output)->address == 0x123450);
  cellblock_output_free(output);

  output = failure_of(jail, "exit", CELLBLOCK_END_EXITED);
  CHECK(cellblock_output_failure(output)->exit_code == 9);
  cellblock_output_free(output);

  output = failure_of(jail, "complain", CELLBLOCK_END_CRASHED);
  size_t bytes = 0;
  const char* messages = cellblock_output_messages(output, &bytes);
  CHECK(bytes == 11 && memcmp(messages, "a complaint", 11) == 0);
  cellblock_output_free(output);

  output = cellblock_jail_call_with(jail, "nothing", 7, 0, 9999);
  CHECK(cellblock_output_end(output) == CELLBLOCK_END_MISUSE);
  cellblock_output_free(output);
  expect(jail, "nothing", "");
  cellblock_jail_destroy(jail);
}

static void check_limits(void) {
  cellblock_jail_options options = defaults();
  options.output_limit = 10;
  options.input_bytes = 4096;
  cellblock_jail* jail = make(&options, "echo");
  expect(jail, "0123456789", "0123456789");
  cellblock_output* output =
      failure_of(jail, "0123456789a", CELLBLOCK_END_OUTPUT_LIMIT);
  CHECK(cellblock_output_failure(output)->output_limit == 10);
  cellblock_output_free(output);
  static const char zeroes[4097];
  output = cellblock_jail_call(jail, zeroes, sizeof(zeroes));
  CHECK(cellblock_output_end(output) == CELLBLOCK_END_MISUSE);
  CHECK(says(output, "4097"));
  cellblock_output_free(output);
  cellblock_jail_destroy(jail);

  options = defaults();
  options.cpu_limit_ms = 100;
  jail = make(&options, "misbehave");
  output = failure_of(jail, "spin", CELLBLOCK_END_CPU_LIMIT);
  CHECK(cellblock_output_failure(output)->time_limit_ms == 100);
  cellblock_output_free(output);
  cellblock_jail_destroy(jail);
}

int main(int argc, char** argv) {
  const int is_host_only = argc == 2 && strncmp(argv[1], "--worker=", 9) == 0;
  if (is_host_only) {
    worker = argv[1] + 9;
  } else {
    cellblock_jail_init(argc, argv, decoders, decoder_count);
  }
  check_names();
  check_calls();
  check_prepare();
  for (int each = CELLBLOCK_FRESHNESS_REUSE;
       each <= CELLBLOCK_FRESHNESS_NEW_PROCESS; ++each) {
    check_every_end(each);
  }
  check_limits();
  check_what_is_passed_in();
  check_files();
  check_lock();
  check_log();
  check_bad_values();
  check_other_versions();
  check_without_options();
  check_numbers();
  printf("%d passed, %d failed\n", passed, failed);
  return failed != 0 || passed == 0;
}
