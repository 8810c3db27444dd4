#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""--clearenv and --env choose what a program sees of the environment, in memory
and in /proc too; and the loader obeys what is chosen."""

import os
import shutil

from harness import (case, check, contains, equal, execute, fixture, jail,
                     jailrun_path, main, program, scratch)

PROBE = fixture("probe")
SECRETS = {"PATH": "/usr/bin:/bin", "TOKEN": "hunter2", "HOME": "/nowhere",
           "EMPTY": ""}


def layer(run):
    found = run.report["posture"]["environment"]
    return found["state"], found["detail"]


class Seen:
    """What fixtures/probe.cc prints of its environment."""

    def __init__(self, run):
        run.expect(0)
        self.lines = [line.split(" ", 1) for line in
                      run.out.decode().splitlines()]
        self.environ = self.of("environ")
        for kind in ("envp",):
            equal(self.of(kind), self.environ, kind)
        equal(self.texts("environ_bytes"), self.environ, "environ_bytes")
        if self.of("environ_file"):
            equal(self.texts("environ_file"), self.environ, "/proc")

    def of(self, kind):
        return [bytes.fromhex(value) for name, value in self.lines
                if name == kind]

    def texts(self, kind):
        return [text for text in self.of(kind)[0].split(b"\0") if text]

    def holds(self, text):
        return any(text in bytes.fromhex(value) for _, value in self.lines)


def chosen(options, wanted, env=None, under=()):
    run = jail([PROBE], options=options, env=env or SECRETS, under=under)
    seen = Seen(run)
    equal(seen.environ, wanted, "environ")
    check(not seen.holds(b"CELLBLOCK") and not seen.holds(b"libcellblock"),
          "something of jailrun's can be seen")
    return run, seen


@case
def cleared():
    run, seen = chosen(["--clearenv"], [])
    check(not seen.holds(b"hunter2"), "a secret can be seen")
    equal(layer(run), ("enforced", "0 variables, all named by --env"),
          "posture.environment")
    chosen(["--clearenv", "--unjailed"], [])


@case
def cleared_but_for_some():
    run, _ = chosen(["--clearenv", "--env=HOME", "--env=LANG=C",
                     "--env=NOT_THERE", "--env=EMPTY", "--env=ODD=a=b \n'\""],
                    [b"HOME=/nowhere", b"LANG=C", b"EMPTY=",
                     b"ODD=a=b \n'\""])
    equal(layer(run), ("enforced", "4 variables, all named by --env"),
          "posture.environment")
    check("hunter2" not in str(run.report["posture"]), "a secret is reported")


@case
def set_beside_the_others():
    run, _ = chosen(["--env=TOKEN=none", "--env=NEW="],
                    [b"PATH=/usr/bin:/bin", b"HOME=/nowhere", b"EMPTY=",
                     b"TOKEN=none", b"NEW="])
    state, detail = layer(run)
    equal(state, "off", "posture.environment")
    contains(detail, "--clearenv", "detail")


@case
def last_one_counts():
    chosen(["--clearenv", "--env=A=1", "--env=A=2"], [b"A=2"])
    chosen(["--clearenv", "--env=HOME=x", "--env=HOME"], [b"HOME=/nowhere"])


# The same name twice, as a careless parent leaves it.
@case
def duplicates():
    script = ("import ctypes, sys\n"
              "to = lambda words: (ctypes.c_char_p * (len(words) + 1))("
              "*[word.encode() for word in words], None)\n"
              "ctypes.CDLL(None).execve(sys.argv[1].encode(), "
              "to(sys.argv[1:]), to(['A=1', 'B=2', 'A=3', 'LD_PRELOAD=', "
              "'LD_PRELOAD=libm.so.6']))")
    under = [program("python3"), "-I", "-S", "-c", script]
    chosen(["--clearenv", "--env=A"], [b"A=1", b"A=3"], under=under)
    chosen(["--env=A=4"], [b"B=2", b"LD_PRELOAD=", b"LD_PRELOAD=libm.so.6",
                           b"A=4"], under=under)
    chosen(["--clearenv", "--env=LD_PRELOAD"],
           [b"LD_PRELOAD=", b"LD_PRELOAD=libm.so.6"], under=under)


# The loader's variables, and the jail in spite of them.
@case
def preload_is_obeyed():
    for options, env, wanted in (
            (["--clearenv"], {"LD_PRELOAD": "libm.so.6"}, []),
            (["--clearenv", "--env=LD_PRELOAD=libm.so.6"], {"A": "1"},
             [b"LD_PRELOAD=libm.so.6"]),
            (["--clearenv", "--env=LD_PRELOAD="], {"A": "1"},
             [b"LD_PRELOAD="])):
        run, _ = chosen(options, wanted, env)
        equal(run.report["posture"]["locked"], True, "posture.locked")


@case
def library_path_is_the_programs_own():
    """A program whose library only one directory has."""
    folder = os.path.join(scratch(), "libraries")
    os.makedirs(folder, exist_ok=True)
    source = fixture("needs_library")
    library = fixture("libneeded.so")
    shutil.copy(library, folder)
    path = "LD_LIBRARY_PATH"
    with_path = {"PATH": "/usr/bin", path: folder}
    without = {"PATH": "/usr/bin"}
    for options, env, found in (
            ([], with_path, True),
            ([], without, False),
            (["--clearenv"], with_path, False),
            (["--clearenv", f"--env={path}"], with_path, True),
            ([f"--env={path}={folder}"], without, True),
            ([f"--env={path}=/nowhere"], with_path, False)):
        run = jail([source], options=options, env=env)
        if found:
            run.expect(0, "clean")
        else:
            equal((run.code, run.out), (125, b""), f"{options} {env}")
            contains(run.err, b"libneeded.so", "stderr")


@case
def program_is_found_by_jailruns_own_path():
    run = execute([jailrun_path(), "--clearenv", "--env=PATH=/nowhere", "env"],
                  env={"PATH": "/usr/bin"})
    equal(run.expect(0).out, b"PATH=/nowhere\n", "stdout")


def refused(word, why):
    run = execute([jailrun_path(), "--env=" + word, "--", PROBE])
    equal((run.code, run.out), (125, b""), word)
    contains(run.err, why, "stderr")


for bad_name, (bad_word, bad_why) in {
        "empty": ("", b"the value is empty"),
        "no_name": ("=x", b"a name is needed"),
        "blank": ("A B=1", b"no blanks"),
        "newline": ("A\n=1", b"no blanks or control"),
        "ours": ("CELLBLOCK_CONTROL=7,8,9", b"jailrun's own"),
        "ours_kept": ("CELLBLOCK_CONTROL", b"jailrun's own"),
}.items():
    case(refused, bad_word, bad_why, name="refused/" + bad_name)

main()
