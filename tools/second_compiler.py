#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Has clang read the sources of the targets that a query names, with the
options of .bazelrc's config clang, and accept them without a warning. Nothing
is made of them, which takes a third of the time.

  tools/second_compiler.py QUERY [SANITIZED]

The targets are built by the first compiler before: sources that are generated
are taken from there.

A test is built with headers that are compiled (tools/bazel/rules_cc), and so
one that it does not include is missed. It has to be accepted by itself too, and
that takes three times as long: so it is for one test in five, others every day,
or the part that CELLBLOCK_SHARD says; for all with CELLBLOCK_FULL. Tests that
SANITIZED names are built by clang later, and are read for that alone.

Ends with "N passed, N failed"."""

import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zlib

SHARDS = 5
TODAY = str(int(time.time()) // (24 * 60 * 60))
SHARD = int(os.environ.get("CELLBLOCK_SHARD", TODAY), 0) % SHARDS
FULL = "CELLBLOCK_FULL" in os.environ

# Headers of others that many sources include: for all sources with the same
# options they are read once.
HEADERS = """
algorithm array atomic chrono functional map memory optional set span string
string_view utility vector
absl/status/statusor.h nlohmann/json.hpp
""".split()
OF_TESTS = "gmock/gmock.h gtest/gtest.h random thread".split()
# Else what they need of templates would be made for each source again.
INSTANTIATED = "-fpch-instantiate-templates"
# With fewer sources that takes longer than it saves.
WORTH_IT = 5


def bazel(*words):
    run = subprocess.run(["bazel", *words], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, check=False)
    if run.returncode != 0:
        sys.exit(f"bazel {words[0]}: {run.stderr.decode()[-2000:]}")
    return run.stdout.decode()


def commands(query):
    """One for each source and set of options."""
    actions = json.loads(bazel("aquery", "--config=clang", "--output=jsonproto",
                               f'mnemonic("CppCompile", {query})'))["actions"]
    first_build = os.path.relpath(bazel("info", "bazel-bin").strip(),
                                  bazel("info", "execution_root").strip())
    found = {}
    for action in actions:
        words = []
        rest = iter(action["arguments"])
        for word in rest:
            if word in ("-o", "-MF"):
                next(rest)
            elif word != "-MD" and not word.startswith("-frandom-seed="):
                words.append(re.sub(r"bazel-out/[^/]*/bin", first_build, word))
        # A source that is also compiled for libraries is read once.
        found.setdefault(tuple(w for w in words if w != "-fPIC"), words)
    return list(found.values())


def source_of(command):
    return command[command.index("-c") + 1]


def is_test(command):
    return source_of(command).endswith("_test.cc")


def read_by_itself(command):
    """Whether it is a test's turn to be."""
    part = zlib.crc32(source_of(command).encode()) % SHARDS
    return is_test(command) and (FULL or part == SHARD)


def language(command):
    """What headers are read with: the options but for where its own are; and
    whether a test's are among them."""
    rest = iter(command)
    return is_test(command), tuple(
        word for word in rest
        if word not in ("-c", "-iquote") or not next(rest))


def clang(command, folder, *more):
    return subprocess.run([*command, *more], cwd=folder,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)


def read_headers(language_, folder, scratch):
    """Where they are compiled, or None if these options do not allow for it."""
    of_tests, options = language_
    made = tempfile.mktemp(".pch", dir=scratch)
    header = made[:-len("pch")] + "h"
    with open(header, "w", encoding="ascii") as out:
        out.writelines(f"#include <{name}>\n"
                       for name in HEADERS + OF_TESTS * of_tests)
    run = clang([*options, INSTANTIATED, "-x", "c++-header", header,
                 "-o", made], folder)
    return made if run.returncode == 0 else None


def shared_headers(to_do, folder, scratch, pool):
    """For each set of options that is worth it, the compiled headers."""
    counts = collections.Counter(
        language(each) for each in to_do if may_share(each))
    worth_it = [each for each, count in counts.items() if count >= WORTH_IT]
    return dict(zip(worth_it, pool.map(
        lambda each: read_headers(each, folder, scratch), worth_it)))


def may_share(command):
    return source_of(command).endswith(".cc") and not read_by_itself(command)


def accepted(command, folder, shared):
    made = shared.get(language(command)) if may_share(command) else None
    if made and clang(command, folder, "-fsyntax-only", INSTANTIATED,
                      "-include-pch", made).returncode == 0:
        return True
    # By itself: what it defines may be declared in a header that is not its.
    run = clang(command, folder, "-fsyntax-only")
    if run.returncode != 0:
        print(f"== {source_of(command)}\n"
              f"{run.stdout.decode(errors='replace')}", flush=True)
    return run.returncode == 0


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    to_do = commands(sys.argv[1])
    for query in sys.argv[2:]:
        to_do += filter(read_by_itself, commands(query))
    if not to_do:
        sys.exit(f"no source of {sys.argv[1]}")
    print("CELLBLOCK_FULL" if FULL else f"CELLBLOCK_SHARD={SHARD}", flush=True)
    folder = bazel("info", "execution_root").strip()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool, \
            tempfile.TemporaryDirectory() as scratch:
        shared = shared_headers(to_do, folder, scratch, pool)
        verdicts = list(pool.map(
            lambda each: accepted(each, folder, shared), to_do))
    print(f"{sum(verdicts)} passed, {len(verdicts) - sum(verdicts)} failed")
    sys.exit(0 if all(verdicts) else 1)


main()
