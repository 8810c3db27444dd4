#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Prints docs/compatibility.md, which is made from the tables. From the root:

    python3 tests/compat/document.py >docs/compatibility.md
"""

import os
import re

from tables import read_tables

HEAD = """\
# Compatibility: {works} of {all} commands

Debian's unmodified programs on real inputs, each run plain and under `jailrun`. {works} of {all} do the same, byte for byte:
standard output, exit code, and the contents of the files that they write. {default} of them do with the default options, {writes}
with no more than `--rw` for what they write, the others with options that jailrun's own message names when they are
missing. The {misses} that do not work stay in the count. Modes and times of files are not compared: by default a jail sets
none.

That each ran locked is seen from outside, by a program that asks the kernel and not jailrun (`tests/compat/watch.cc`).
{threads} of the commands run threads, {late} load modules while they run. The tables are in `tests/compat/tables`, their inputs are
made by `tests/compat/inputs.py`, and `tests/compat/compat_test.py` tries each line of this page, and decoders on inputs that are cut
short as well. Made from the tables: `python3 tests/compat/document.py >docs/compatibility.md`.

"""


def _cell(text):
    return text.replace("|", "\\|")


def _how(command):
    if command.fails:
        return "does not work: " + command.fails
    options = [re.sub(r"\{(\w+\.[\w.]+)\}", r"\1", option.replace(
        "{outdir}", "DIR").replace("{indir}", "DIR"))
               for option in command.options]
    return " ".join(f"`{option}`" for option in options) or "default options"


def _marks(command):
    return ", ".join(word for word, there in (("threads", command.threads),
                                              ("loads late", command.late))
                     if there)


def _only_writes(command):
    return bool(command.options) and all(
        option.startswith("--rw=") for option in command.options)


def _counts(commands):
    works = [command for command in commands if not command.fails]
    return {
        "all": len(commands),
        "works": len(works),
        "default": sum(not command.options for command in works),
        "writes": sum(_only_writes(command) for command in works),
        "misses": len(commands) - len(works),
        "threads": sum(command.threads for command in commands),
        "late": sum(command.late for command in commands),
    }


def document(tables):
    parts = [HEAD.format(**_counts([command for table in tables.values()
                                    for command in table]))]
    parts.append("| category | commands | work | by default | with `--rw` alone |"
                 "\n| --- | --- | --- | --- | --- |\n")
    for category, commands in tables.items():
        counts = _counts(commands)
        parts.append(f"| {category} | {counts['all']} | {counts['works']} | "
                     f"{counts['default']} | "
                     f"{counts['writes']} |\n")
    for category, commands in tables.items():
        parts.append(f"\n## {category.capitalize()}\n\n"
                     "| command | package | how it runs | |\n"
                     "| --- | --- | --- | --- |\n")
        for command in commands:
            parts.append(f"| {_cell(command.name)} | "
                         f"{' '.join(command.packages)} | "
                         f"{_cell(_how(command))} | {_marks(command)} |\n")
    return "".join(parts)


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    print(document(read_tables(os.path.join(here, "tables"))), end="")
