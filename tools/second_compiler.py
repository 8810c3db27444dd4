#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Has clang read the sources of the targets that a query names, with the
options of .bazelrc's config clang, and accept them without a warning. Nothing
is made of them, which takes a third of the time.

  tools/second_compiler.py QUERY

The targets are built by the first compiler before: sources that are generated
are taken from there. Ends with "N passed, N failed"."""

import concurrent.futures
import json
import os
import re
import subprocess
import sys


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


def accepted(command, folder):
    run = subprocess.run([*command, "-fsyntax-only"], cwd=folder,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         check=False)
    if run.returncode != 0:
        source = command[command.index("-c") + 1]
        print(f"== {source}\n{run.stdout.decode(errors='replace')}", flush=True)
    return run.returncode == 0


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    to_do = commands(sys.argv[1])
    if not to_do:
        sys.exit(f"no source of {sys.argv[1]}")
    folder = bazel("info", "execution_root").strip()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = list(pool.map(lambda each: accepted(each, folder), to_do))
    print(f"{sum(verdicts)} passed, {len(verdicts) - sum(verdicts)} failed")
    sys.exit(0 if all(verdicts) else 1)


main()
