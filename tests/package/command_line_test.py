#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""The manual page and the completions, which are made from the tables of
options: they are sound, have every option, and complete command lines."""

import os
import re
import sys

# As it lies in the tree, and in the runfiles.
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             "..", "tools", "jailrun"))
# pylint: disable=wrong-import-position
from harness import case, check, equal, execute, jailrun_path, main, runfile, scratch

COMMANDS = {"batch", "learn", "policy", "doctor", "report", "diff"}


def output(*command, stdin=b"", env=None):
    run = execute(list(command), stdin=stdin,
                  env=env or {"PATH": "/usr/bin:/bin", "HOME": scratch(),
                              "LANG": "C.UTF-8", "TERM": "dumb"})
    check(run.code == 0, f"{command}: {run.code}, {run.err!r}")
    equal(run.err, b"", f"what {command[0]} complains of")
    return run.out.decode()


def options(*words):
    """What --help names, without the dashes."""
    return set(re.findall(r"^  --([a-z-]+)", output(jailrun_path(), *words,
                                                    "--help"), re.MULTILINE))


@case
def the_manual_page_is_sound_and_whole():
    page = runfile("tools/package/jailrun.1")
    text = output("groff", "-ww", "-man", "-Tutf8", page)
    # Without the overstriking and colours of terminals; minus signs as typed.
    text = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", text).replace("\u2212", "-")
    for name in options() | options("batch") | options("learn"):
        check(re.search(rf"--{name}\b", text), f"--{name} is not in it")
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS",
                    "ENVIRONMENT", "EXIT STATUS", "EXAMPLES", "SEE ALSO"):
        check(f"\n{section}\n" in text, f"no section {section}")


def bash(*words):
    """What bash completes the last of the words to."""
    script = (f"source {runfile('tools/package/jailrun.bash')}; "
              'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; '
              '_jailrun; printf "%s\\n" "${COMPREPLY[@]}"')
    return output("bash", "--norc", "-c", script, "bash", *words).splitlines()


@case
def bash_completes_options_commands_and_files():
    found = set(bash("jailrun", "--"))
    equal({word.rstrip("=")[2:] for word in found} - {"help"},
          options() - {"help"}, "all options")
    equal(bash("jailrun", "--thread-s"), ["--thread-stack="], "one of them")
    equal(bash("jailrun", "--pool=1M", "--zer"), ["--zero"], "behind another")
    check("batch" in bash("jailrun", "bat"), "no batch")
    equal(bash("jailrun", "batch", "--journ"), ["--journal="], "of batch")
    equal(bash("jailrun", "policy", "e"), ["explain", "export"], "of policy")
    check("sha256sum" in bash("jailrun", "--pool=1M", "sha256s"),
          "no program")
    folder = os.path.join(scratch(), "files")
    os.makedirs(folder)
    open(os.path.join(folder, "picture"), "wb").close()
    equal(bash("jailrun", "batch", "cat {}", folder + "/pic"),
          [folder + "/picture"], "an input")
    equal(set(bash("jailrun", "learn", "--")) - {"--help"},
          {"--output=", "--verify", "--pool=", "--reserve=", "--commit=",
           "--zero", "--uninitialized", "--pass-fd=", "--json-fd="},
          "of learn")


@case
def bash_completes_files_where_files_belong():
    folder = os.path.join(scratch(), "reports")
    os.makedirs(folder)
    path = os.path.join(folder, "my report.json")
    open(path, "wb").close()
    start = folder + "/my"
    for words in (["report"], ["report", "--line=1"], ["diff"],
                  ["diff", "other"], ["--ro"], ["--ro="], ["--ro", "="],
                  ["--pool", "64M", "--html"], ["learn", "--output"],
                  ["batch", "--journal"], ["policy", "show"]):
        word = start
        if words[-1] == "--ro=":
            words, word = ["--ro", "="], start  # as a shell divides it
        equal(bash("jailrun", *words, word), [path], f"{words}")
    equal(set(bash("jailrun", "--pool", "64M", "sha256s")), {"sha256sum"},
          "the program, behind a value")
    check(not any(word.startswith("sha256") for word in
                  bash("jailrun", "report", "sha256")), "programs for report")


def fish(line):
    script = (f"source {runfile('tools/package/jailrun.fish')}; "
              f"complete -C {line!r}")
    found = output("fish", "--no-config", "--private", "-c", script)
    return {word.split("\t")[0] for word in found.splitlines()}


@case
def fish_completes_options_and_commands():
    equal({word.rstrip("=")[2:] for word in fish("jailrun --")} - {"help"},
          options() - {"help"}, "all options")
    check(COMMANDS <= fish("jailrun "), "not all commands")
    check("--journal" in {word.rstrip("=")
                          for word in fish("jailrun batch --journ")},
          "no --journal")
    check({"show", "export"} <= fish("jailrun policy "), "no verbs")


@case
def zsh_takes_the_function():
    path = runfile("tools/package/_jailrun")
    output("zsh", "-n", path)
    with open(path) as file:
        text = file.read()
    for name in options() | options("batch") | options("learn"):
        check(re.search(rf"--{name}[=\[]", text), f"--{name} is not in it")
    for command in COMMANDS:
        check(f"\n    '{command}:" in text, f"{command} is not in it")
    # Without its last line, which calls it.
    function = os.path.join(scratch(), "function")
    with open(function, "w") as file:
        file.write(text.replace('_jailrun "$@"\n', ""))
    equal(output("zsh", "-f", "-c",
                 f"source {function}; whence -w _jailrun").strip(),
          "_jailrun: function", "the function")


main()
