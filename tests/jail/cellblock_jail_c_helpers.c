// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/jail/cellblock_jail_c_test.h"

int passed;
int failed;
const char* worker;

cellblock_jail_options defaults(void) {
  cellblock_jail_options options;
  memset(&options, 0xff, sizeof(options));
  cellblock_jail_options_init(&options, sizeof(options));
  options.worker_binary = worker;
  options.pool_bytes = 1 << 20;
  return options;
}

cellblock_jail* make(const cellblock_jail_options* options,
                     const char* decoder) {
  char why[CELLBLOCK_JAIL_WHY_BYTES] = "";
  cellblock_jail* jail = cellblock_jail_create(options, decoder, why);
  if (jail == NULL) {
    fprintf(stderr, "%s: %s\n", decoder, why);
    exit(1);
  }
  return jail;
}

int is_output(const cellblock_output* output, const char* text) {
  size_t bytes = 0;
  const uint8_t* given = cellblock_output_bytes(output, &bytes);
  return cellblock_output_end(output) == CELLBLOCK_END_CLEAN &&
         bytes == strlen(text) && (bytes == 0 || !memcmp(given, text, bytes)) &&
         cellblock_output_message(output)[0] == '\0';
}

void expect(cellblock_jail* jail, const char* input, const char* text) {
  cellblock_output* output = cellblock_jail_call(jail, input, strlen(input));
  CHECK(output != NULL && is_output(output, text));
  if (output != NULL && cellblock_output_message(output)[0] != '\0') {
    fprintf(stderr, "%s: %s\n", input, cellblock_output_message(output));
  }
  cellblock_output_free(output);
}

cellblock_output* failure_of(cellblock_jail* jail, const char* input,
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

int says(const cellblock_output* output, const char* words) {
  const char* message = cellblock_output_message(output);
  if (strstr(message, words) != NULL) return 1;
  fprintf(stderr, "no \"%s\" in: %s\n", words, message);
  return 0;
}
