#!/usr/bin/env python3
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Holds the documents against the tree.

In every Markdown file: each `path/in/backticks` and each relative link exists.
In README.md and docs/: each ```console block is a transcript (see
tests/transcript.py), whose commands are run, in order, and must print what
stands below them. In every document whose transcripts use $TMPDIR, a ```sh
block sets it, and builds what they run. Each ```cpp block stands, word for word, in an example.
Each example with a jailed twin is in examples/README.md and is tested, by
twins_test or by a test of its own.
docs/seed_parity.md names the tests that there are: see check_seed_parity.py.

Run from the root of the checkout, after `bazel build //...`.
"""

import glob
import os
import re
import subprocess
import sys
import tempfile

# No cache beside the sources.
sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import check_seed_parity  # pylint: disable=wrong-import-position
import transcript  # pylint: disable=wrong-import-position

ROOMS = ("allocator", "jail", "tools", "tests", "examples", "docs", ".ci")


class Tally:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, ok, what):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print("FAIL " + what)


def documents():
    listed = subprocess.run(
        ["find", ".", "-name", "*.md", "-not", "-path", "./bazel-*",
         "-not", "-path", "./.git/*", "-not", "-path", "./.cache/*"],
        capture_output=True, text=True, check=True)
    return sorted(path[2:] for path in listed.stdout.split())


def without_blocks(text):
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def check_paths(path, text, tally):
    prose = without_blocks(text)
    for word in re.findall(r"`([^`\n]+)`", prose):
        word = word.strip()
        if not re.fullmatch(r"[\w.*{}+-]+(/[\w.*{}+-]*)+", word):
            continue
        if word.split("/")[0] not in ROOMS:
            continue
        tally.check(bool(glob.glob(word)), f"{path}: no such path: {word}")
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            continue
        there = os.path.join(os.path.dirname(path), target.split("#")[0])
        tally.check(os.path.exists(there), f"{path}: dead link: {target}")


def squeezed(text):
    return re.sub(r"\s+", " ", text).strip()


def check_snippets(path, text, tally):
    sources = [squeezed(open(name, encoding="utf-8").read())
               for name in glob.glob("examples/**/*.cc", recursive=True)]
    for block in transcript.blocks(text, "cpp"):
        tally.check(any(squeezed(block) in source for source in sources),
                    f"{path}: in no example:\n{block}")


def check_transcripts(path, text, environment, tally):
    for command, expected in transcript.steps(text):
        printed = subprocess.run(
            ["bash", "-c", command], env=environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=60, check=False).stdout
        tally.check(transcript.matches(expected, printed),
                    f"{path}: $ {command}\n  printed:\n    " +
                    "\n    ".join(printed.splitlines()))


def check_prepared(path, text, tally):
    """Who types the transcripts in has what this program gives them."""
    commands = "\n".join(command for command, _ in transcript.steps(text))
    prepared = "\n".join(transcript.blocks(text, "sh"))
    if "$TMPDIR" in commands:
        tally.check("export TMPDIR=$(mktemp -d)" in prepared,
                    f"{path}: nothing sets TMPDIR")
        for needed, word in (("bazel-bin/", "bazel build "),
                             ("jailrun ", "PATH=$PWD/bazel-bin/tools/jailrun:"
                                          "$PATH")):
            tally.check(needed not in commands or word in prepared,
                        f"{path}: nothing before its commands has {word}")


def check_twins(tally):
    with open("tests/examples/twins.bzl", encoding="utf-8") as file:
        tested = file.read()
    with open("examples/README.md", encoding="utf-8") as file:
        rows = file.read()
    twins = glob.glob("examples/*/jailed.cc")
    tally.check(len(twins) > 1, "examples: no twins")
    for twin in twins:
        folder = twin.split("/")[1]
        tally.check(f'    "{folder}",\n' in tested or
                    os.path.exists(f"tests/examples/{folder}_test.py"),
                    f"tests/examples: neither {folder}_test.py, nor in "
                    f"twins.bzl: {folder}")
        tally.check(f"| `examples/{folder}` |" in rows,
                    f"examples/README.md: no row for {folder}")


def main():
    tally = Tally()
    environment = dict(os.environ)
    found = subprocess.run(["bazel", "info", "bazel-bin"], check=True,
                           capture_output=True, text=True).stdout.strip()
    environment["PATH"] = f"{found}/tools/jailrun:" + environment["PATH"]
    environment["LC_ALL"] = "C.UTF-8"
    environment["TMPDIR"] = tempfile.mkdtemp()
    for path in documents():
        with open(path, encoding="utf-8") as file:
            text = file.read()
        check_paths(path, text, tally)
        check_prepared(path, text, tally)
        if path == "README.md" or path.startswith("docs/"):
            check_snippets(path, text, tally)
            check_transcripts(path, text, environment, tally)
    check_twins(tally)
    for right, what in check_seed_parity.findings():
        tally.check(right, what)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
