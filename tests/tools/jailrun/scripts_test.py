#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Scripts: started as the kernel and env(1) start them, told of in reports
alone, and with the pattern to use where they start programs."""

import os

from harness import (bare, case, check, contains, equal, execute, jail,
                     jailrun_path, main, program, scratch, scratch_file)

PYTHON = "/usr/bin/python3"

# What a program can see of how it was started.
LOOK = b"""
import os, sys
print(sys.orig_argv)
print(sorted((k, v) for k, v in os.environ.items() if k != "LC_CTYPE"))
print(open("/proc/self/stat").read().split()[1])
"""

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/", "WORD": "two words",
               "EMPTY": ""}


def script(name, line, rest=b"\n"):
    return scratch_file(name, line + b"\n" + rest, 0o755)


def same(path, *arguments, env=None):
    """Both ways; the jailed run says nothing of its own."""
    env = ENVIRONMENT if env is None else env
    plain = execute([path, *arguments], env=env)
    jailed = jail([path, *arguments], env=env)
    jailed.expect(plain.code)
    equal(jailed.out, plain.out, "standard output")
    equal(jailed.err, plain.err, "standard error")
    return jailed


# Lines whose interpreter prints its arguments.
KERNEL_LINES = {
    "bare": b"#!/bin/echo",
    "argument": b"#!/bin/echo one",
    "one_argument_with_blanks": b"#!/bin/echo one  two\tthree",
    "blanks_around": b"#! \t /bin/echo \t one two \t ",
    "nul_ends_it": b"#!/bin/echo one\0two",
    "long": b"#!/bin/echo " + b"x" * 300,
    "as_long_as_it_gets": b"#!/bin/echo " + b"y" * (255 - len(b"#!/bin/echo ")),
}
for _name, _line in KERNEL_LINES.items():
    case(lambda line=_line: same(script("kernel", line), "a b", "", "c"),
         name="kernel/" + _name)


@case
def scripts_of_scripts():
    path = script("1", b"#!/bin/echo deep")
    for depth in range(2, 6):
        path = script(str(depth), b"#!" + path.encode() + b" arg" +
                      str(depth).encode())
    same(path, "x")
    path = script("6", b"#!" + path.encode())
    bare([path]).expect(126)


ENV_LINES = {
    "name": b"#!/usr/bin/env python3",
    "bin_env": b"#!/bin/env python3",
    "path": b"#!/usr/bin/env /usr/bin/python3",
    "split": b"#!/usr/bin/env -S python3 -u -B",
    "split_attached": b"#!/usr/bin/env -Spython3 -u",
    "split_long": b"#!/usr/bin/env --split-string=python3 -u",
    "cleared": b"#!/usr/bin/env -S -i A=1 B= /usr/bin/python3",
    "cleared_in_one": b"#!/usr/bin/env -iS A=1 /usr/bin/python3",
    "cleared_by_dash": b"#!/usr/bin/env -S - A=1 /usr/bin/python3",
    "cleared_long": b"#!/usr/bin/env -S --ignore-environment /usr/bin/python3",
    "unset": b"#!/usr/bin/env -S -u WORD --unset=HOME python3",
    "set": b"#!/usr/bin/env -S WORD=other NEW=1 python3",
    "set_twice": b"#!/usr/bin/env -S A=1 A=2 python3",
    "variable": b"#!/usr/bin/env -S A=${WORD} B=${EMPTY} ${NONE} python3",
    "quotes": b"""#!/usr/bin/env -S A='x "y" \\n z' B="p'q\\tr\\_s" python3""",
    "escapes": b"#!/usr/bin/env -S A=\\#\\$\\\\\\_B=\\'\\\" python3",
    "comment": b"#!/usr/bin/env -S python3 -u # -Z",
    "end": b"#!/usr/bin/env -S python3 -u\\c -Z",
    "hash_within": b"#!/usr/bin/env -S A=x#y python3",
    "split_twice": b"#!/usr/bin/env -S -S 'python3 -u'",
    "double_dash": b"#!/usr/bin/env -S -- python3 -B",
}
for _name, _line in ENV_LINES.items():
    case(lambda line=_line: same(script("by_env", line, LOOK), "a b", "", "c"),
         name="env/" + _name)


@case
def env_of_a_script():
    inner = script("inner", b"#!/usr/bin/python3 -B", LOOK)
    same(script("outer", b"#!/usr/bin/env -S " + inner.encode() + b" word"),
         "x")


@case
def env_within_a_chain():
    inner = script("inner", b"#!/usr/bin/env -S python3 -B", LOOK)
    same(script("outer", b"#!" + inner.encode() + b" word"), "x")


@case
def env_looks_in_the_programs_path():
    own = os.path.join(scratch(), "own")
    os.makedirs(own, exist_ok=True)
    os.symlink(PYTHON, os.path.join(own, "an-interpreter"))
    path = script("own_path", b"#!/usr/bin/env an-interpreter", LOOK)
    jail([path], env=ENVIRONMENT).expect(127, "setup_failed")
    run = jail([path], env=ENVIRONMENT, options=["--env=PATH=" + own])
    contains(run.expect(0).out, b"['an-interpreter', ", "stdout")


@case
def what_env_does_not_find_is_named():
    path = script("lost", b"#!/usr/bin/env no-such-interpreter")
    equal(execute([path]).code, 127, "plain")
    run = jail([path]).expect(127, "setup_failed")
    for wanted in (b"'/usr/bin/env'", b"'no-such-interpreter'", b"PATH"):
        contains(run.err, wanted, "stderr")


@case
def one_word_with_a_blank_is_explained():
    path = script("unsplit", b"#!/usr/bin/env python3 -u")
    equal(execute([path]).code, 127, "plain")
    contains(jail([path]).expect(127).err, b"env -S splits", "stderr")


@case
def what_env_refuses_is_refused():
    for line, word in ((b"-Z python3", b"-Z"), (b"-S -C / python3", b"-C"),
                       (b"-S 'python3", b"quotes"),
                       (b"-S python3 \\q", b"escape"),
                       (b"-S python3 $HOME", b"${NAME}"),
                       (b"-S -u A=B python3", b"-u")):
        path = script("refused", b"#!/usr/bin/env " + line)
        contains(jail([path]).expect(125, "setup_failed").err, word, "stderr")


@case
def env_without_end_is_refused():
    path = os.path.join(scratch(), "endless")
    script("endless", b"#!/usr/bin/env -S " + path.encode())
    contains(jail([path]).expect(126).err, b"more than 5", "stderr")


@case
def a_script_can_be_read_wherever_it_lies():
    home = os.path.join(scratch(), "home")
    os.makedirs(home, exist_ok=True)
    path = os.path.join(home, "of_home")
    with open(path, "wb") as file:
        file.write(b"#!/usr/bin/env python3\nprint('read')\n")
    os.chmod(path, 0o755)
    run = jail(["of_home"], env={"PATH": home + ":/usr/bin", "HOME": home})
    equal(run.expect(0).out, b"read\n", "stdout")


@case
def reports_name_the_interpreter_and_clean_runs_nothing():
    path = script("told", b"#!/usr/bin/env python3")
    run = jail([path], env=ENVIRONMENT)
    equal(run.expect(0).err, b"", "stderr")
    equal(run.report["script"], path, "script")
    equal(run.report["program"], PYTHON, "program")
    equal(run.report["interpreters"], ["/usr/bin/env", PYTHON], "interpreters")
    told = f"'{path}' is a script, and '{PYTHON}' runs it"
    for options in (["--report=always"], ["--dry-run"]):
        run = jail([path], env=ENVIRONMENT, options=options)
        contains(run.expect(0).err.decode(), told, str(options))
    run = jail([program("true")], options=["--report=always"])
    check(b"is a script" not in run.err, "a program is called a script")


@case
def a_script_that_starts_programs_is_told_the_pattern():
    path = script("starts", b"#!/bin/sh", b"/usr/bin/id\necho not reached\n")
    run = jail([path]).expect(159, "violation")
    equal(run.out, b"", "stdout")
    text = run.err.decode()
    contains(text, "put jailrun before each program", "stderr")
    contains(text, f"'{path}' is a script, and '/bin/sh' runs it", "stderr")


@case
def the_pattern_works():
    data = scratch_file("data", b"text\n" * 100)
    path = script("pattern", b"#!/bin/sh", (
        f"{jailrun_path()} --pool=16M -- /usr/bin/gzip -c {data} |"
        f" {jailrun_path()} --pool=16M -- /usr/bin/gzip -dc\n").encode())
    program("gzip")
    run = execute([path])
    equal((run.code, run.out, run.err), (0, b"text\n" * 100, b""), "pattern")


@case
def text_without_a_line_for_it_is_no_program():
    path = scratch_file("text", b"echo hello\n", 0o755)
    contains(jail([path]).expect(126, "setup_failed").err, b"unknown format",
             "stderr")


main()
