#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""The tables of the compatibility matrix are what they are meant to be: as
many commands of each kind as promised, and docs/compatibility.md says what they
say."""

import collections
import os
import re
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [_HERE, os.path.join(_HERE, "../tools/jailrun")]

# pylint: disable=wrong-import-position
from document import page
from harness import case, check, equal, main, runfile
from tables import read_tables

# The denominator: fewer would be another test.
COMMANDS = 130
IN_EACH_CATEGORY = 10
THREADED = 15
LATE = 10
MOST_TEXT = 0.20
LEAST_WORKING = 0.95

tables = read_tables(os.path.dirname(
    runfile("tests/compat/tables/archives.toml")))
commands = [command for table in tables.values() for command in table]


@case
def names_are_unique():
    counted = collections.Counter(command.name for command in commands)
    twice = [name for name, count in counted.items() if count > 1]
    check(not twice, f"more than one command is called {twice}")


@case
def there_are_enough():
    check(len(commands) >= COMMANDS, f"{len(commands)} commands")
    for category, table in tables.items():
        check(len(table) >= IN_EACH_CATEGORY,
              f"{len(table)} commands in {category}")


@case
def enough_run_threads():
    threaded = sum(command.threads for command in commands)
    check(threaded >= THREADED, f"{threaded} commands run threads")


@case
def enough_load_late():
    late = sum(command.late for command in commands)
    check(late >= LATE, f"{late} commands load modules late")


@case
def not_too_many_are_text_tools():
    share = len(tables["text"]) / len(commands)
    check(share <= MOST_TEXT, f"{share:.0%} are text tools")


@case
def nearly_all_work():
    share = sum(not command.fails for command in commands) / len(commands)
    check(share >= LEAST_WORKING, f"{share:.1%} work")


@case
def their_packages_are_installed_by_packages_sh():
    with open(runfile("tools/packages.sh"), encoding="utf-8") as file:
        script = file.read()
    lists = dict(re.findall(r"^(\w+)_PACKAGES=\(([^)]*)\)", script,
                            re.MULTILINE))
    listed = set()
    for name in ("BUILD", "DEMO", "TEST", "COMPAT"):
        listed.update(lists[name].split())
    missing = {package for command in commands for package in command.packages
               if package not in listed}
    check(not missing, f"tools/packages.sh does not list {sorted(missing)}")


@case
def the_document_says_the_same():
    folder = os.path.dirname(runfile("tests/compat/blind_picks.toml"))
    with open(runfile("docs/compatibility.md"), encoding="utf-8") as file:
        check(file.read() == page(folder), "make it anew: python3 "
              "tests/compat/document.py >docs/compatibility.md")


main()
