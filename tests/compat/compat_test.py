#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Debian's unmodified programs do the same with and without jailrun: each
command of a table (tables.py) is run both ways on the same inputs, and standard
output, exit code and the files that it wrote are compared, byte for byte. That
the program ran locked is seen from outside, see watch.cc.

One test for each table, which is called CATEGORY_test; arguments choose
commands by parts of their names.
"""

import os
import re
import shutil
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [_HERE, os.path.join(_HERE, "../tools/jailrun")]

# pylint: disable=wrong-import-position
from harness import (Failure, case, check, contains, equal, execute,
                     jailrun_path, main, runfile, scratch)
from inputs import input_path
from tables import filled, read_table
from watched import watched

# A command takes much less; one that takes as long hangs.
DEADLINE = 40


class Outcome:
    """What a run left."""

    def __init__(self, run, outdir):
        self.run = run
        self.files = {}
        for top, folders, names in os.walk(outdir):
            for name in folders + names:
                path = os.path.join(top, name)
                self.files[os.path.relpath(path, outdir)] = _content(path)

    def same_as(self, other):
        return ((self.run.code, self.run.out, self.files) ==
                (other.run.code, other.run.out, other.files))

    def check_same(self, other):
        told = f"stderr {other.run.err[-600:]!r}"
        equal(other.run.code, self.run.code, f"exit code ({told})")
        equal(other.run.out, self.run.out, f"stdout ({told})")
        equal(sorted(other.files), sorted(self.files), f"files ({told})")
        for name, content in self.files.items():
            equal(other.files[name], content, f"the file {name}")


def _content(path):
    if os.path.islink(path):
        return ("link", os.readlink(path))
    if os.path.isdir(path):
        return "directory"
    with open(path, "rb") as file:
        return file.read()


class Trial:
    """One command, in whichever way; `source` gives the path of an input."""

    def __init__(self, command, source=input_path, **variables):
        self.command = command
        self.source = source
        self.outdir = os.path.join(scratch(), "out")
        home = os.path.join(scratch(), "home")
        os.makedirs(home, exist_ok=True)
        self.env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": home,
                    **variables}
        self.env.update((name, self._filled(value))
                        for name, value in command.env.items())
        self.options = [self._filled(word) for word in command.options]
        self.argv = [self._filled(word) for word in command.argv]
        self.argv[0] = self._found(self.argv[0])

    def _filled(self, word):
        return filled(word, self.outdir, self.source)

    def _found(self, name):
        for folder in ("/usr/bin", "/usr/sbin", "/usr/games"):
            path = os.path.join(folder, name)
            if os.access(path, os.X_OK):
                return path
        raise Failure(f"{name} is missing: apt-get install "
                      f"{' '.join(self.command.packages)}")

    def _run(self, start):
        shutil.rmtree(self.outdir, ignore_errors=True)
        os.makedirs(self.outdir)
        for name in self.command.copies:
            shutil.copy2(self.source(name), os.path.join(self.outdir, name))
        stdin = (os.open(self._filled(self.command.stdin), os.O_RDONLY)
                 if self.command.stdin else b"")
        try:
            run = start(stdin=stdin, env=self.env, cwd=self.outdir,
                        timeout=DEADLINE)
        finally:
            if stdin != b"":
                os.close(stdin)
        return Outcome(run, self.outdir)

    def plain(self):
        return self._run(lambda **more: execute(self.argv, **more))

    def jailed(self, options):
        return self._run(lambda **more: watched(
            [jailrun_path(), *options], self.argv, **more))


def names(text, option):
    """Whether a message names an option: the value of --rw is a path of the
    user's, and that of a size is more than enough."""
    name = option.split("=")[0]
    if name in ("--load", "--allow"):
        name = option
    return re.search(re.escape(name) + r"(=|[;:,.]?\s)", text) is not None


def message(trial, options, plain):
    """What jailrun says to a run with too few options, of which it has to do
    something else than the plain one did."""
    outcome = trial.jailed([*options, "--timeout=10s"])
    check(not plain.same_as(outcome), f"works with the options {options}")
    if outcome.run.report["verdict"]["class"] == "clean":
        # The program hides that it failed; its user has to ask.
        outcome = trial.jailed([*options, "--report=always"])
    if outcome.run.report["verdict"]["class"] != "setup_failed":
        outcome.run.check_locked(trial.argv[0])
    return outcome.run.err.decode("utf-8", "replace")


def check_named(trial, plain):
    """Each option is one that jailrun asks for when it is not given."""
    for option in trial.options:
        told = message(trial, [other for other in trial.options
                               if other != option], plain)
        check(names(told, option),
              f"does not say {option}, but {told[-800:]!r}")


def check_fails(trial, plain):
    """An honest miss: it fails for the reason that the table gives. Whoever
    mends it takes `fails` out of the table."""
    contains(message(trial, trial.options, plain), trial.command.says,
             "what jailrun says")


def try_command(command):
    trial = Trial(command)
    plain = trial.plain()
    equal(plain.run.code, command.code,
          f"exit code, unjailed (stderr {plain.run.err[-400:]!r})")
    check(plain.run.out or any(content != "directory" for content in
                               plain.files.values()),
          "makes nothing, unjailed")
    if command.fails:
        check_fails(trial, plain)
        return
    jailed = trial.jailed(trial.options)
    plain.check_same(jailed)
    jailed.run.check_locked(trial.argv[0])
    report = jailed.run.report
    equal(report["verdict"]["class"],
          "clean" if command.code == 0 else "program_error", "verdict.class")
    if command.threads:
        check(report["threads"]["most_in_use"] > 0, "runs no threads")
    check_named(trial, plain)


def cut_short(name):
    """The path of the first 60 % of an input."""
    path = os.path.join(scratch(), "inputs", "short." + name)
    with open(input_path(name), "rb") as whole, open(path, "wb") as short:
        content = whole.read()
        short.write(content[:len(content) * 6 // 10])
    return path


def messages(run):
    """What a program says, without the addresses of its objects."""
    return re.sub(rb"0x[0-9a-f]+", b"0x", run.err)


def try_cut_short(command):
    """The same on bad input, in another locale, and with the same words."""
    trial = Trial(command, cut_short, LANG="C")
    jailed = trial.jailed([*trial.options, "--report=never"])
    jailed.run.check_locked(trial.argv[0])
    if command.when_cut:
        return
    plain = trial.plain()
    if plain.run.code < 0:
        plain.run.code = 128 - plain.run.code
    plain.check_same(jailed)
    # Of several threads any may be the first to find a fault.
    if not command.threads:
        equal(messages(jailed.run), messages(plain.run), "stderr")


def commands():
    test = os.path.basename(sys.argv[0]).removesuffix("_test")
    folder = os.path.dirname(runfile(f"tests/compat/tables/{test}.toml"))
    return read_table(folder, test)


if __name__ == "__main__":
    for row in commands():
        case(try_command, row, name=row.name)
        if row.decodes():
            case(try_cut_short, row, name=row.name + ", cut short")
    main()
