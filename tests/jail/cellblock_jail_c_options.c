// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// Options, from C: what they do, and what they may not be.

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/jail/cellblock_jail_c_test.h"

void check_what_is_passed_in(void) {
  static const char* const allow[] = {"read:9", "pread64:10", NULL};
  static const char* const environment[] = {"COLOUR=red", NULL};
  FILE* file = tmpfile();
  CHECK(file != NULL && fputs("the content", file) >= 0 && fflush(file) == 0);
  const int fd = fileno(file);
  cellblock_jail_options options = defaults();
  options.allow = allow;
  options.descriptors = &fd;
  options.descriptor_count = 1;
  options.environment = environment;
  cellblock_jail* jail = make(&options, "read passed");
  rewind(file);
  cellblock_output* output = cellblock_jail_call_with(jail, NULL, 0, 0, fd);
  CHECK(is_output(output, "the content"));
  cellblock_output_free(output);
  cellblock_output_free(failure_of(jail, "", CELLBLOCK_END_REFUSED));
  cellblock_jail_destroy(jail);

  jail = make(&options, "read given");
  expect(jail, "", "the content");
  cellblock_jail_destroy(jail);
  jail = make(&options, "say environment");
  expect(jail, "", "red");
  cellblock_jail_destroy(jail);
  fclose(file);
}

void check_files(void) {
  char path[] = "/tmp/cellblock_jail_c_test.XXXXXX";
  const int fd = mkstemp(path);
  CHECK(fd >= 0 && write(fd, "granted", 7) == 7 && close(fd) == 0);
  const cellblock_path_grant grants[] = {
      {.path = path, .writable = 0, .optional = 0},
      {.path = "/no/such/file", .writable = 0, .optional = 1}};
  cellblock_jail_options options = defaults();
  options.preset = "decoder";
  options.files = grants;
  options.file_count = 2;
  cellblock_jail* jail = make(&options, "read file");
  expect(jail, path, "granted");
  cellblock_output* output =
      failure_of(jail, "/etc/passwd", CELLBLOCK_END_REFUSED);
  CHECK(cellblock_output_failure(output)->code == 2);
  cellblock_output_free(output);
  cellblock_jail_destroy(jail);

  const cellblock_path_grant missing = {.path = "/no/such/file"};
  options.files = &missing;
  options.file_count = 1;
  char why[CELLBLOCK_JAIL_WHY_BYTES];
  CHECK(cellblock_jail_create(&options, "read file", why) == NULL);
  CHECK(strstr(why, "/no/such/file") != NULL);
  unlink(path);
}

static void count_enforced(void* context, const char* name, const char* state,
                           const char* reason) {
  CHECK(name[0] != '\0');
  if (strcmp(state, "enforced") == 0) {
    ++*(int*)context;
  } else {
    CHECK(reason[0] != '\0');
  }
}

void check_lock(void) {
  cellblock_jail_options options = defaults();
  cellblock_jail* jail = make(&options, "echo");
  char why[CELLBLOCK_JAIL_WHY_BYTES] = "";
  CHECK(cellblock_jail_test_lock(jail, SYS_ptrace, why) == 0);
  CHECK(why[0] == '\0');
  CHECK(cellblock_jail_test_lock(jail, SYS_getpid, why) == -1);
  CHECK(strstr(why, "came back") != NULL);
  CHECK(cellblock_jail_test_lock(jail, SYS_getpid, NULL) == -1);
  int enforced = 0;
  CHECK(cellblock_jail_posture(jail, count_enforced, &enforced) == 0);
  CHECK(enforced >= 6);
  expect(jail, "still", "still");
  cellblock_jail_destroy(jail);
}

struct seen {
  int calls;
  cellblock_call_record last;
};

static void see_call(void* context, const cellblock_call_record* record) {
  struct seen* seen = context;
  ++seen->calls;
  seen->last = *record;
  CHECK(strcmp(record->decoder, "misbehave") == 0);
}

void check_log(void) {
  struct seen seen = {0};
  cellblock_jail_options options = defaults();
  options.log = see_call;
  options.log_context = &seen;
  cellblock_jail* jail = make(&options, "misbehave");
  expect(jail, "nothing", "");
  CHECK(seen.calls == 1 && seen.last.end == CELLBLOCK_END_CLEAN);
  CHECK(seen.last.input_bytes == 7 && seen.last.output_bytes == 0);
  CHECK(seen.last.worker > 0 && seen.last.wall_ns > 0);
  cellblock_output_free(failure_of(jail, "crash", CELLBLOCK_END_CRASHED));
  CHECK(seen.calls == 2 && seen.last.end == CELLBLOCK_END_CRASHED);
  cellblock_jail_destroy(jail);
}

// That there is no jail, and that `words` are in what it says.
static void expect_refusal(const cellblock_jail_options* options,
                           const char* decoder, const char* words) {
  char why[CELLBLOCK_JAIL_WHY_BYTES] = "";
  cellblock_jail* jail = cellblock_jail_create(options, decoder, why);
  CHECK(jail == NULL && strstr(why, words) != NULL);
  if (strstr(why, words) == NULL) fprintf(stderr, "%s: %s\n", words, why);
  cellblock_jail_destroy(jail);
}

#define EXPECT_BAD(member, value)                   \
  do {                                              \
    cellblock_jail_options options = defaults();    \
    options.member = value;                         \
    expect_refusal(&options, "misbehave", #member); \
  } while (0)

void check_bad_values(void) {
  EXPECT_BAD(pool_bytes, 1);
  EXPECT_BAD(stack_bytes, 1);
  EXPECT_BAD(input_bytes, 0);
  EXPECT_BAD(output_buffer, 0);
  cellblock_jail_options options = defaults();
  options.deadline_ms = 0;
  expect_refusal(&options, "echo", "::deadline");
  options = defaults();
  options.start_deadline_ms = 0;
  expect_refusal(&options, "echo", "start_deadline");
  EXPECT_BAD(freshness, -1);
  EXPECT_BAD(freshness, CELLBLOCK_FRESHNESS_NEW_PROCESS + 1);
  EXPECT_BAD(workers, 0);
  EXPECT_BAD(workers, -1);
  EXPECT_BAD(zeroed, 2);
  EXPECT_BAD(populate, -1);
  EXPECT_BAD(hardened, 2);
  EXPECT_BAD(anywhere, 2);
  EXPECT_BAD(messages, CELLBLOCK_MESSAGES_SHOWN + 1);
  EXPECT_BAD(reserved, 1);
  EXPECT_BAD(size, 0);
  EXPECT_BAD(size, offsetof(cellblock_jail_options, worker_binary));
  static const char* const no_call[] = {"no_such_call", NULL};
  static const char* const no_value[] = {"no value", NULL};
  static const int not_open = 9999;
  options = defaults();
  options.allow = no_call;
  expect_refusal(&options, "echo", "no_such_call");
  options = defaults();
  options.environment = no_value;
  expect_refusal(&options, "echo", "no value");
  options = defaults();
  options.descriptors = &not_open;
  options.descriptor_count = 1;
  expect_refusal(&options, "echo", "9999");
  options = defaults();
  options.preset = "strict";
  expect_refusal(&options, "echo", "strict");
  options = defaults();
  options.worker_binary = "/no/such/file";
  expect_refusal(&options, "echo", "/no/such/file");
  options = defaults();
  expect_refusal(&options, "no such decoder", "say prepared");
  expect_refusal(&options, "never prepared", "3");
  expect_refusal(&options, NULL, "decoder");
  CHECK(cellblock_jail_create(&options, "no such decoder", NULL) == NULL);
}

void check_other_versions(void) {
  // An older caller: what it does not know keeps its default, and what lies
  // behind it is not touched.
  union {
    cellblock_jail_options options;
    unsigned char bytes[sizeof(cellblock_jail_options) + 64];
  } memory;
  const size_t older = offsetof(cellblock_jail_options, files);
  memset(&memory, 0xee, sizeof(memory));
  cellblock_jail_options_init(&memory.options, older);
  CHECK(memory.options.size == older);
  for (size_t at = older; at < sizeof(memory); ++at) {
    CHECK(memory.bytes[at] == 0xee);
  }
  memory.options.worker_binary = worker;
  cellblock_jail* jail = make(&memory.options, "echo");
  expect(jail, "older", "older");
  cellblock_jail_destroy(jail);

  // A newer one: it may only leave alone what this library does not know.
  cellblock_jail_options_init(&memory.options, sizeof(memory));
  memory.options.worker_binary = worker;
  jail = make(&memory.options, "echo");
  expect(jail, "newer", "newer");
  cellblock_jail_destroy(jail);
  memory.bytes[sizeof(memory) - 1] = 1;
  expect_refusal(&memory.options, "echo", "size");
}

void check_without_options(void) {
  char why[CELLBLOCK_JAIL_WHY_BYTES] = "";
  cellblock_jail* jail = cellblock_jail_create(NULL, "echo", why);
  if (worker == NULL) {
    expect(jail, "defaults", "defaults");
  } else {
    // Its worker would be this program, which has not called
    // cellblock_jail_init.
    CHECK(jail == NULL && strstr(why, "worker_binary") != NULL);
  }
  cellblock_jail_destroy(jail);
}

void check_numbers(void) {
  cellblock_jail_options options = defaults();
  options.zeroed = 1;
  options.populate = 1;
  options.hardened = 1;
  options.anywhere = 1;
  options.workers = 2;
  options.messages = CELLBLOCK_MESSAGES_DROPPED;
  cellblock_jail* jail = make(&options, "misbehave");
  expect(jail, "nothing", "");
  cellblock_output* output =
      failure_of(jail, "complain", CELLBLOCK_END_CRASHED);
  size_t bytes = 1;
  cellblock_output_messages(output, &bytes);
  CHECK(bytes == 0);
  cellblock_output_free(output);
  cellblock_jail_destroy(jail);
}
