# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Inputs of the compatibility matrix: each is a file with a name, made when it
is first asked for, by a function of the inputs_*.py or by one of Debian's
programs. The same on each run."""

import os
import shutil
import subprocess

from harness import Failure, check, scratch

_makers = {}
_ready = set()


def makes(name):
    """Registers a function that gives the content of an input."""
    def register(function):
        check(name not in _makers, f"two inputs are called {name}")
        _makers[name] = function
        return function
    return register


def makes_by(name, *command, stdin=None):
    """An input that a program makes: in its words {NAME} is another input and
    {} the file to be made; without {} it is what the program prints."""
    def function():
        target = os.path.join(folder(), name)
        words = [word.replace("{}", target) if "{}" in word else
                 input_path(word[1:-1]) if word.startswith("{") else word
                 for word in command]
        out = run(*words, stdin=stdin and content(stdin))
        return None if any("{}" in word for word in command) else out
    makes(name)(function)


def run(*command, stdin=None, cwd=None):
    """What a program prints."""
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8",
                   "HOME": folder(), "SOURCE_DATE_EPOCH": "0"}
    done = subprocess.run(command, input=stdin or b"", env=environment,
                          cwd=cwd or folder(), capture_output=True,
                          check=False, timeout=60)
    check(done.returncode == 0,
          f"no input is made by {command}: {done.stderr[-300:]!r}")
    return done.stdout


def folder():
    path = os.path.join(scratch(), "inputs")
    os.makedirs(path, exist_ok=True)
    return path


def input_path(name):
    """The path of an input, which is made if it is not there."""
    path = os.path.join(folder(), name)
    if name not in _ready:
        if name not in _makers:
            raise Failure(f"there is no input {name}; see inputs.py")
        made = _makers[name]()
        if made is not None:
            with open(path, "wb") as file:
                file.write(made)
        check(os.path.exists(path), f"the input {name} was not made")
        # For what keeps a file's time.
        os.utime(path, (0, 0))
        _ready.add(name)
    return path


def content(name):
    with open(input_path(name), "rb") as file:
        return file.read()


def tree(*names):
    """A directory with these inputs, afresh, for what packs directories."""
    path = os.path.join(folder(), "tree")
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(os.path.join(path, "files"))
    for name in names:
        shutil.copy2(input_path(name), os.path.join(path, "files", name))
    return path
