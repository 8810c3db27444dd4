#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""--config and the variables JAILRUN_*: options by other ways, with the command
line above the variables above the file; and --chdir."""

import os
import re

from harness import (case, check, contains, equal, execute, jail, jailrun_path,
                     main, scratch, scratch_file)

BASE = {"PATH": "/usr/bin:/bin", "HOME": "/"}


def run(options=(), variables=None, config=None, command=("/bin/true",)):
    options = list(options)
    if config is not None:
        path = scratch_file("jail.toml", config.encode())
        options.insert(0, "--config=" + path)
    return jail(list(command), options=options, pool=None,
                env={**BASE, **(variables or {})})


def pool(*arguments, **more):
    return run(*arguments, **more).expect(0).report["pool"]["bytes"] >> 20


@case
def the_nearer_one_counts():
    file = 'pool = "16M"\n'
    variable = {"JAILRUN_POOL": "32M"}
    option = ["--pool=64M"]
    equal(pool(), 256, "the default")
    equal(pool(config=file), 16, "the file")
    equal(pool(variables=variable), 32, "the variable")
    equal(pool(variables=variable, config=file), 32, "the variable, the file")
    equal(pool(option, config=file), 64, "the option, the file")
    equal(pool(option, variable), 64, "the option, the variable")
    equal(pool(option, variable, file), 64, "all")


@case
def lists_take_the_place_of_lists():
    def readable(**more):
        return run(**more).expect(0).report["posture"]["readable"]
    file = 'ro = ["/etc/passwd", "/etc/group"]\n'
    equal(readable(config=file), ["/etc/passwd", "/etc/group"], "the file")
    equal(readable(config='ro = "/etc/passwd"\n'), ["/etc/passwd"], "one")
    equal(readable(config="ro = []\n"), [], "none")
    equal(readable(config=file, variables={"JAILRUN_RO": "/tmp\n/var"}),
          ["/tmp", "/var"], "lines")
    equal(readable(config=file, options=["--ro=/usr"]), ["/usr"], "the option")


@case
def rivals_give_way_to_what_is_nearer():
    for file, options in (("zero = true", ["--uninitialized"]),
                          ('policy = "/none"', ["--preset=decoder"]),
                          ('dry-run = true', ["--unjailed"])):
        run(options, config=file + "\n").expect(0)
    run(config="zero = true\nuninitialized = true\n").expect(125)
    equal(run(["--dry-run=false"], config="dry-run = true\n").expect(0)
          .report["mode"], "jailed", "switched off")
    equal(run(variables={"JAILRUN_DRY_RUN": "0"}, config="dry-run = true\n")
          .expect(0).report["mode"], "jailed", "switched off by a variable")


@case
def a_file_named_by_a_variable():
    path = scratch_file("named.toml", b'pool = "17M"\n')
    equal(pool(variables={"JAILRUN_CONFIG": path}), 17, "the file")
    other = scratch_file("other.toml", b'pool = "18M"\n')
    equal(pool(["--config=" + other], {"JAILRUN_CONFIG": path}), 18, "the other")


@case
def files_are_refused_by_file_line_and_key():
    for text, line, words in (
            ('\npoll = "1M"', 2, ["poll", "no such option"]),
            ('pool = "1M"\nzero = "yes"', 2, ["zero", "true or false"]),
            ('pool = true', 1, ["pool", "in quotes"]),
            ('pool = ["1M"]', 1, ["pool", "one value"]),
            ('ro = [1.5]', 1, ["ro", "list"]),
            ('[pool]\nx = 1', 1, ["pool"]),
            ('pool = "12Q"', 1, ["--pool=12Q", "size suffix"]),
            ('pool = ""', 1, ["pool", "empty"]),
            ('config = "x"', 1, ["config", "does not give"]),
            ('unjailed = true', 1, ["unjailed", "does not give"]),
            ('version = true', 1, ["version", "does not give"]),
            ('pool = ', 1, []),
            ('a = 1\na = 2', 2, []),
            ('\nro = "/etc\\u0000/no"', 2, ["ro", "no NUL"]),
            ('rw = ["/tmp", "/etc\\u0000"]', 1, ["rw", "no NUL"]),
            ('html = "page\\u0000.html"', 1, ["html", "no NUL"]),
            ('\nro = "\u00e4"', 2, ["ASCII"])):
        ended = run(config=text + "\n")
        equal(ended.code, 125, text)
        equal(ended.out, b"", text)
        error = ended.err.decode()
        equal(error.count("\n"), 1, text)
        for word in ["jail.toml, line " + str(line), *words]:
            contains(error, word, text)
    ended = run(["--config=/nonexistent/x"])
    contains(ended.expect(125).err, b"/nonexistent/x: No such file", "stderr")
    ended = run(["--config=/dev/zero"])
    contains(ended.expect(125).err, b"256 KiB", "stderr")


@case
def variables_are_refused_by_name():
    for name, value, words in (
            ("JAILRUN_POLL", "1M", ["JAILRUN_POLL", "no such option"]),
            ("JAILRUN_pool", "1M", ["JAILRUN_pool", "no such option"]),
            ("JAILRUN_POOL", "12Q", ["JAILRUN_POOL: --pool=12Q"]),
            ("JAILRUN_ZERO", "maybe", ["JAILRUN_ZERO", "neither"]),
            ("JAILRUN_UNJAILED", "1", ["JAILRUN_UNJAILED", "command line"]),
            ("JAILRUN_VERSION", "1", ["JAILRUN_VERSION", "command line"])):
        error = run(variables={name: value}).expect(125).err.decode()
        for word in words:
            contains(error, word, name)
    equal(pool(variables={"JAILRUN_POOL": ""}), 256, "an empty one")


@case
def what_a_run_finds_wrong_is_named_by_its_place():
    """Values that are well formed, and name what is not there."""
    for key, words in (("ro", "--ro: /no/such"), ("load", "--load=/no/such"),
                       ("policy", "--policy: /no/such"),
                       ("html", "--html=/no/such/file")):
        value = "/no/such/file"
        error = run(config=f'\n{key} = "{value}"\n').err.decode()
        contains(error, "jail.toml, line 2: " + words, key)
        variable = "JAILRUN_" + key.upper()
        error = run(variables={variable: value}).err.decode()
        contains(error, f"{variable}: {words}", key)
        error = run([f"--{key}={value}"]).err.decode()
        contains(error, "jailrun: " + words, key)


@case
def the_program_does_not_see_them():
    env = ["/usr/bin/python3", "-c", "import os; print('|'.join(sorted("
           "k for k in os.environ if k.startswith('JAILRUN'))))"]
    variables = {"JAILRUN_POOL": "64M", "JAILRUN_REPORT": "auto"}
    for options in ([], ["--env=LANG=C"]):
        equal(run(options, variables, command=env).expect(0).out, b"\n",
              "variables")
    equal(run(["--env=JAILRUN_X=1"], command=env).expect(0).out,
          b"JAILRUN_X\n", "one that is named")


@case
def every_option_has_a_variable_and_a_key():
    """By the help: one table has them all."""
    text = execute([jailrun_path(), "--help"]).out.decode()
    names = re.findall(r"^  (--[a-z-]+)", text, re.MULTILINE)
    check(len(names) > 25, names)
    for name in names:
        if name in ("--unjailed", "--version", "--help"):
            continue
        variable = "JAILRUN_" + name[2:].upper().replace("-", "_")
        error = run(variables={variable: "~"}).err.decode()
        check("no such option" not in error, variable + ": " + error)
        if name == "--config":
            continue
        error = run(config=f'{name[2:]} = "~"\n').err.decode()
        check("no such option" not in error, name + ": " + error)


@case
def chdir_is_where_everything_is_meant_from():
    place = os.path.join(scratch(), "place")
    os.makedirs(os.path.join(place, "data"), exist_ok=True)
    with open(os.path.join(place, "data", "file"), "wb") as file:
        file.write(b"here\n")
    for command in (["/bin/cat", "data/file"], ["/bin/cat", "./data/file"]):
        ended = run(["--chdir=" + place], command=command).expect(0)
        equal(ended.out, b"here\n", "stdout")
    ended = run(["--chdir=" + place, "--ro=data"], command=["/bin/pwd", "-P"])
    equal(ended.expect(0).out.strip().decode(), os.path.realpath(place), "pwd")
    for options in (["--chdir=/nonexistent"], ["--chdir=/etc/passwd"]):
        contains(run(options).expect(125, "setup_failed").err, b"--chdir=",
                 "stderr")


main()
