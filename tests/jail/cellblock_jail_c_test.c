// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

// A consumer in plain C11 of everything that jail/cellblock_jail.h has. With
// --worker=PATH the worker is that program, and this one only its host.
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jail/cellblock_jail.h"

static int passed;
static int failed;

#define CHECK(condition)                                              \
  do {                                                                \
    if (condition) {                                                  \
      ++passed;                                                       \
    } else {                                                          \
      ++failed;                                                       \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
    }                                                                 \
  } while (0)

// In the jail.

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

static const cellblock_decoder decoders[] = {
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

// In the host.

static const char* worker;  // NULL: this program

static cellblock_jail_options defaults(void) {
  cellblock_jail_options options;
  memset(&options, 0xff, sizeof(options));
  cellblock_jail_options_init(&options, sizeof(options));
  options.worker_binary = worker;
  options.pool_bytes = 1 << 20;
  return options;
}

static cellblock_jail* make(const cellblock_jail_options* options,
                            const char* decoder) {
  char why[CELLBLOCK_JAIL_WHY_BYTES] = "";
  cellblock_jail* jail = cellblock_jail_create(options, decoder, why);
  if (jail == NULL) {
    fprintf(stderr, "%s: %s\n", decoder, why);
    exit(1);
  }
  return jail;
}

static int is_output(const cellblock_output* output, const char* text) {
  size_t bytes = 0;
  const uint8_t* given = cellblock_output_bytes(output, &bytes);
  return cellblock_output_end(output) == CELLBLOCK_END_CLEAN &&
         bytes == strlen(text) && (bytes == 0 || !memcmp(given, text, bytes)) &&
         cellblock_output_message(output)[0] == '\0';
}

// Calls, and checks what comes back.
static void expect(cellblock_jail* jail, const char* input, const char* text) {
  cellblock_output* output = cellblock_jail_call(jail, input, strlen(input));
  CHECK(output != NULL && is_output(output, text));
  if (output != NULL && cellblock_output_message(output)[0] != '\0') {
    fprintf(stderr, "%s: %s\n", input, cellblock_output_message(output));
  }
  cellblock_output_free(output);
}

static cellblock_output* failure_of(cellblock_jail* jail, const char* input,
                                    cellblock_end end) {
  cellblock_output* output =
      cellblock_jail_call_with(jail, input, strlen(input), 0, -1);
  CHECK(output != NULL && cellblock_output_end(output) == end);
  size_t bytes = 1;
  cellblock_output_bytes(output, &bytes);
  CHECK(bytes == 0 && cellblock_output_message(output)[0] != '\0');
  CHECK(cellblock_output_failure(output)->end == (int)end);
  return output;
}

static int says(const cellblock_output* output, const char* words) {
  const char* message = cellblock_output_message(output);
  if (strstr(message, words) != NULL) return 1;
  fprintf(stderr, "no \"%s\" in: %s\n", words, message);
  return 0;
}

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

static void check_what_is_passed_in(void) {
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

static void check_files(void) {
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

static void check_lock(void) {
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

static void check_log(void) {
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

static void check_bad_values(void) {
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

static void check_other_versions(void) {
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

static void check_without_options(void) {
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

static void check_numbers(void) {
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

int main(int argc, char** argv) {
  const int is_host_only = argc == 2 && strncmp(argv[1], "--worker=", 9) == 0;
  if (is_host_only) {
    worker = argv[1] + 9;
  } else {
    cellblock_jail_init(argc, argv, decoders,
                        sizeof(decoders) / sizeof(decoders[0]));
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
