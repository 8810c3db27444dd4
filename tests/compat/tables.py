# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""The tables of the compatibility matrix: tests/compat/tables/CATEGORY.toml.

A table is a list of commands:

    [[command]]
    name = "xz, four threads"      # unique among all tables
    packages = ["xz-utils"]        # Debian's, of tools/packages.sh
    argv = ["xz", "-T4", "-c", "{text.txt}"]
    stdin = "{text.txt}"           # else nothing
    copies = ["sans.ttf"]          # inputs that are copied into {outdir} first
    env = {SOURCE_DATE_EPOCH = "0"}
    code = 1                       # the exit code, else 0
    options = ["--rw={outdir}"]    # beside jailrun's default ones
    threads = true                 # it runs threads
    late = true                    # it loads modules late
    fails = "starts cc1, a program"
    says = "vfork"                 # what jailrun then says
    when_cut = "prints how long it took"  # why what it says of an input that
                                          # is cut short cannot be compared

`{NAME.SUFFIX}` is the path of an input (inputs.py), `{indir}` the directory in
which they all are, `{outdir}` that of an empty
directory, in which the program is run and whose files are compared, `{out}` and
`{out.SUFFIX}` a path in it. Braces around anything else stay as they are.
"""

import os
import re
import tomllib

CATEGORIES = ("archives", "images", "audio", "video", "documents", "fonts",
              "interpreters", "databases", "text", "compilers", "solvers")

# Those that read files of others' making, which may be cut short.
DECODERS = ("archives", "images", "audio", "video", "documents", "fonts")

_TEXTS = ("name", "stdin", "fails", "says", "when_cut")
_LISTS = ("packages", "argv", "options", "copies")
_FLAGS = ("threads", "late")
_NEEDED = ("name", "packages", "argv")
_PLACE = re.compile(r"\{(indir|outdir|out(?:\.[\w.]+)?|[\w-]+\.[\w.-]+)\}")


class Mistake(Exception):
    """What is wrong with a table."""


class Command:
    """One row."""

    def __init__(self, category, row):
        self.category = category
        self.name = row.get("name", "")
        for key in _NEEDED:
            if not row.get(key):
                raise Mistake(f"{category}: {self.name or row}: no {key}")
        for key, value in row.items():
            sound = (key in _TEXTS and isinstance(value, str) or
                     key in _LISTS and isinstance(value, list) and
                     all(isinstance(word, str) for word in value) or
                     key in _FLAGS and value is True or
                     key == "code" and isinstance(value, int) or
                     key == "env" and isinstance(value, dict))
            if not sound:
                raise Mistake(f"{category}: {self.name}: {key} = {value!r}")
        if ("fails" in row) != ("says" in row):
            raise Mistake(f"{category}: {self.name}: fails and says go together")
        loads = any(option.startswith("--load=") for option in
                    row.get("options", ()))
        if loads != ("late" in row) and "fails" not in row:
            raise Mistake(f"{category}: {self.name}: late and --load go together")
        self.packages = row["packages"]
        self.argv = row["argv"]
        self.stdin = row.get("stdin")
        self.copies = row.get("copies", [])
        self.env = row.get("env", {})
        self.code = row.get("code", 0)
        self.options = row.get("options", [])
        self.threads = row.get("threads", False)
        self.late = row.get("late", False)
        self.fails = row.get("fails")
        self.says = row.get("says")
        self.when_cut = row.get("when_cut")


    def decodes(self):
        """Whether it can be tried on an input that is cut short."""
        if self.category not in DECODERS or self.fails:
            return False
        names = []
        for word in [*self.argv, self.stdin or ""]:
            filled(word, "", lambda name: names.append(name) or "")
        return bool(names or self.copies)


def filled(word, outdir, input_path):
    """A word of a row with paths in the places of names."""
    def path(match):
        name = match.group(1)
        if name == "indir":
            return os.path.dirname(outdir) + "/inputs"
        if name == "outdir":
            return outdir
        if name.split(".")[0] == "out":
            return os.path.join(outdir, name)
        return input_path(name)
    return _PLACE.sub(path, word)


def read_table(folder, category):
    """The commands of one table; none where it is not there."""
    path = os.path.join(folder, category + ".toml")
    if not os.path.exists(path):
        return []
    with open(path, "rb") as file:
        try:
            table = tomllib.load(file)
        except tomllib.TOMLDecodeError as error:
            raise Mistake(f"{path}: {error}") from error
    if set(table) - {"command"}:
        raise Mistake(f"{path}: has more than commands")
    return [Command(category, row) for row in table.get("command", [])]


def read_tables(folder):
    return {category: read_table(folder, category) for category in CATEGORIES}
