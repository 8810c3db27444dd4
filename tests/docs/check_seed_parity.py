#!/usr/bin/env python3
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Holds docs/seed_parity.md against the tests.

Its table has rows 1 to 50. A row names, file by file, every test whose name
begins with SeedParity_RowNN, without that prefix, and nothing else; a name
with several rows, SeedParity_RowNN_MM_…, is in each of them. A file alone
stands for tests that have the prefix and no name of their own. Every row is
done, and has a test.

check_docs.py runs this. Run from the root of the checkout.
"""

import os
import re
import sys

PAGE = "docs/seed_parity.md"
ROWS = range(1, 51)
DONE = "done"

TEST = re.compile(r"SeedParity_Row(\d\d(?:_\d\d(?=_))*)(?:_(\w+))?")
FILE = re.compile(r"`([\w./-]+\.(?:cc|c|h|py|sh))`")
NAME = re.compile(r"`(\w+)`")
COMMENT = {".py": "#", ".sh": "#"}  # else //


def code_of(path):
    """The text of a file without the lines that are comments."""
    mark = COMMENT.get(os.path.splitext(path)[1], "//")
    with open(path, encoding="utf-8") as file:
        return "".join(line for line in file
                       if not line.lstrip().startswith(mark))


def tests_in_sources():
    """{row: {path: {name, …}}}; the name is "" for a test without one."""
    found = {row: {} for row in ROWS}
    for folder, _, names in sorted(os.walk("tests")):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if folder == "tests/docs" or not FILE.fullmatch(f"`{path}`"):
                continue
            for rows, test in TEST.findall(code_of(path)):
                for row in rows.split("_"):
                    tests = found.setdefault(int(row), {})
                    tests.setdefault(path, set()).add(test)
    return found


def cell(tests):
    """The tests of a row as its cell has them."""
    return "; ".join(
        f"`{path}`" + (": " if any(names) else "") +
        ", ".join(f"`{name}`" for name in sorted(names) if name)
        for path, names in sorted(tests.items()))


def tests_in_cell(text):
    """The inverse of cell()."""
    tests = {}
    for part in text.split(";"):
        path = FILE.search(part)
        if path is None:
            continue
        names = NAME.findall(part[path.end():])
        tests.setdefault(path[1], set()).update(names or [""])
    return tests


def findings():
    """[(whether it is right, what is wrong if it is not)]"""
    with open(PAGE, encoding="utf-8") as file:
        lines = [line for line in file if re.match(r"\| *\d+ *\|", line)]
    rows = [[part.strip() for part in line.strip().strip("|").split("|")]
            for line in lines]
    sources = tests_in_sources()
    numbers = [int(row[0]) for row in rows]
    yield (numbers == list(ROWS),
           f"{PAGE}: the rows are not 1 to {ROWS[-1]}: {numbers}")
    for unknown in sorted(set(sources) - set(ROWS)):
        yield False, f"there is no row {unknown}: {cell(sources[unknown])}"
    for row in rows:
        number = int(row[0])
        if len(row) != 4 or number not in sources:
            yield False, f"{PAGE}: row {number} has {len(row)} cells"
            continue
        wanted = sources[number]
        yield (tests_in_cell(row[2]) == wanted,
               f"{PAGE}: the tests of row {number} are\n  {cell(wanted)}")
        yield (row[3] == DONE and bool(wanted),
               f"{PAGE}: row {number} is '{row[3]}', with "
               f"{len(wanted)} files of tests")


def main():
    results = list(findings())
    for right, what in results:
        if not right:
            print("FAIL " + what)
    failed = sum(1 for right, _ in results if not right)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
