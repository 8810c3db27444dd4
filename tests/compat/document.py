#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Prints docs/compatibility.md, which is made from the tables. From the root:

    python3 tests/compat/document.py >docs/compatibility.md
"""

import os
import re
import tomllib

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


BLIND_HEAD = """
## Blind picks

The commands above were chosen. These were not: on {date} the names of Debian's packages whose tags call them programs for a
command line that work with some kind of data, without a daemon, a graphical interface, a network or the machine's administration, and
that take at most 30 MB, were shuffled with seed {seed}; the first {drawn} were taken, and of each that was tried the program that has the
package's name or the first that fits, with the first plain command that came to mind, in an empty home directory. Each ran twice
plain, once under `jailrun` with no option, and then with what jailrun's own message, or its report with `--report=always`, named. Options
as DIR are the directory that the program writes to.

**{works} of {all} did the same: {default} with no option, {writes} with `--rw` too, {more} with others that were named.** {starts} of the {misses} that did not
start other programs, which no jail does; of the {single} that are one process, {works_single} did the same. No mend was made between the draw
and the runs, but two inputs that the plain program refused were made again, and all were run again when what ran them had cut
options short. Which sections are left out was settled when the names were known, before any run. A mend came of them: what locks files is told of `--rw`, with
which `slice` does the same too (48 of 60, no longer blind). `unrtf`, `icns2png` and `xbrzscale` ended with exit code 0 without their
text or their file, and jailrun named the option in its report alone.

{left} of the {drawn} are not in the count:
"""


def blind_picks(path):
    with open(path, "rb") as file:
        record = tomllib.load(file)
    picks = record["pick"]
    works = [pick for pick in picks if "fails" not in pick]
    default = sum("options" not in pick for pick in works)
    writes = sum(all(option.startswith("--rw=") for option in pick["options"])
                 for pick in works if "options" in pick)
    starts = sum(pick.get("fails", "").startswith("starts ") for pick in picks)
    parts = [BLIND_HEAD.format(
        date=record["date"], seed=record["seed"], drawn=record["drawn"],
        all=len(picks), works=len(works), default=default, writes=writes,
        more=len(works) - default - writes, misses=len(picks) - len(works),
        starts=starts, single=len(picks) - starts, works_single=len(works),
        left=sum(len(group["packages"]) for group in record["left_out"]))]
    parts += [f"- {len(group['packages'])} {group['why']}: "
              f"{', '.join(group['packages'])}\n"
              for group in record["left_out"]]
    parts.append("\n| package | command | how it ran |\n| --- | --- | --- |\n")
    for pick in picks:
        how = (f"not the same: {pick['fails']}" if "fails" in pick else
               " ".join(f"`{option}`" for option in pick.get("options", ())) or
               "default options")
        parts.append(f"| {pick['package']} | `{_cell(pick['command'])}` | "
                     f"{_cell(how)} |\n")
    return "".join(parts)


def page(folder):
    """The whole of it, of what lies in tests/compat."""
    return (document(read_tables(os.path.join(folder, "tables"))) +
            blind_picks(os.path.join(folder, "blind_picks.toml")))


if __name__ == "__main__":
    print(page(os.path.dirname(os.path.abspath(__file__))), end="")
