// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0

#ifndef CELLBLOCK_TESTS_JAIL_CELLBLOCK_JAIL_C_TEST_H_
#define CELLBLOCK_TESTS_JAIL_CELLBLOCK_JAIL_C_TEST_H_

// What the parts of cellblock_jail_c_test share.

#include <stddef.h>
#include <stdio.h>

#include "jail/cellblock_jail.h"

extern int passed;
extern int failed;

#define CHECK(condition)                                              \
  do {                                                                \
    if (condition) {                                                  \
      ++passed;                                                       \
    } else {                                                          \
      ++failed;                                                       \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
    }                                                                 \
  } while (0)

// In the jail: cellblock_jail_c_decoders.c.
extern const cellblock_decoder decoders[];
extern const size_t decoder_count;

// In the host: cellblock_jail_c_helpers.c.
extern const char* worker;  // NULL: this program

cellblock_jail_options defaults(void);
// Ends the test if there is none.
cellblock_jail* make(const cellblock_jail_options* options,
                     const char* decoder);
int is_output(const cellblock_output* output, const char* text);
// Calls, and checks what comes back.
void expect(cellblock_jail* jail, const char* input, const char* text);
cellblock_output* failure_of(cellblock_jail* jail, const char* input,
                             cellblock_end end);
int says(const cellblock_output* output, const char* words);

// cellblock_jail_c_options.c.
void check_what_is_passed_in(void);
void check_files(void);
void check_lock(void);
void check_log(void);
void check_bad_values(void);
void check_other_versions(void);
void check_without_options(void);
void check_numbers(void);

#endif  // CELLBLOCK_TESTS_JAIL_CELLBLOCK_JAIL_C_TEST_H_
