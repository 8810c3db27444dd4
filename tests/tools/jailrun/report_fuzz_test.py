#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Reports that were changed at random, as text, as pages and beside each other:
each is shown or refused, quickly, and nothing of it reaches a terminal or a
page as anything but text. CELLBLOCK_SEED gives another start."""

import copy
import json
import os
import random
import re

from harness import bare, case, check, main
from stored_reports import profile, run_of, stored

ROUNDS = 150
SEED = int(os.environ.get("CELLBLOCK_SEED", "10"))

CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")

VALUES = [None, True, 0, -1, 1, 255, 256, 2**31, 2**32, 2**53, 2**53 + 1,
          2**63 - 1, 2**63, 2**64 - 1, 2**64, 1e308, 0.5, "", "\x1b[2J\u009b",
          "</script><script>document.title='taken'</script>", "x" * 5000, [],
          {}, [[]], [None], {"": None}, "clean", "log", "off", "%s%n"]


def places(value, path=()):
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, path + (key,))
    elif isinstance(value, list):
        for index, item in enumerate(value[:6]):
            yield from places(item, path + (index,))


def changed_tree(report, rng):
    report = copy.deepcopy(report)
    for _ in range(rng.choice((1, 1, 1, 3))):
        path = rng.choice([path for path in places(report) if path])
        place = report
        for key in path[:-1]:
            place = place[key]
        what = rng.random()
        if what < 0.15:
            del place[path[-1]]
        elif what < 0.25 and isinstance(place, list):
            place *= rng.choice((0, 2, 400))
        else:
            place[path[-1]] = rng.choice(VALUES)
    return json.dumps(report, ensure_ascii=rng.random() < .5).encode(
        "utf-8", "surrogatepass")


def changed_bytes(report, rng):
    text = bytearray(json.dumps(report).encode())
    for _ in range(rng.choice((1, 2, 8))):
        at = rng.randrange(len(text))
        what = rng.random()
        if what < 0.3:
            text[at] = rng.randrange(256)
        elif what < 0.5:
            del text[at:at + rng.randrange(1, 60)]
        elif what < 0.7:
            text[at:at] = text[at:at + rng.randrange(1, 400)]
        else:
            text[at:at] = rng.choice([b"\0", b"\xff", b"\\u0000", b"\\ud800",
                                      b"[" * 40, b"{" * 40, b'"', b"\n", b"9" * 400,
                                      b"\x1b]0;x\a"])
    return bytes(text)


def reports():
    exhausted = run_of("exhausted").report
    exhausted["profile"] = profile()
    return [exhausted, run_of("violation").report, run_of("dry_run").report,
            run_of("clean_tolerated").report, run_of("clean_granted").report]


def expect_harmless(run, allowed, what):
    check(run.code in allowed, f"{what}: exit code {run.code}: {run.err!r}")
    for text in (run.out, run.err):
        check(not CONTROL.search(text), f"{what}: control characters")
    check((run.code == 125) == bool(run.err), f"{what}: {run.err!r}")


def nothing_harms(change):
    rng = random.Random(SEED)
    bases = reports()
    whole = stored("whole.json", bases[0])
    shown = 0
    for number in range(ROUNDS):
        text = change(rng.choice(bases), rng)
        what = f"seed {SEED}, round {number}"
        path = stored("changed.json", text)
        run = bare(["report", path], timeout=20)
        expect_harmless(run, (0, 125), what)
        shown += run.code == 0
        for line in run.out.splitlines():
            check(line.startswith(b"jailrun: "), f"{what}: {line!r}")
        page = bare(["report", "--html", path], timeout=20)
        expect_harmless(page, (run.code,), what)
        scripts = 3 * (b'id="report"' in page.out)
        if run.code == 0:
            check(page.out.count(b"</script") == scripts, f"{what}: a script")
        expect_harmless(bare(["diff", whole, path], timeout=20),
                        (0, 1) if run.code == 0 else (125,), what)
    # Some of each, or nothing was tried.
    check(0 < shown < ROUNDS, f"{shown} of {ROUNDS} could be shown")


case(nothing_harms, changed_tree, name="changed_values")
case(nothing_harms, changed_bytes, name="changed_bytes")

main()
