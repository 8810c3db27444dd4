# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Texts for what compares, joins, corrects and edits them."""

import json
import random

from made import content, makes, makes_by


@makes("changed.txt")
def changed():
    """small.txt with lines changed, moved and left out."""
    lines = content("small.txt").decode().splitlines(keepends=True)
    lines[100:110] = []
    lines[300:300] = ["a line that was not there\n"] * 3
    lines[500], lines[501] = lines[501], lines[500]
    lines[700] = lines[700].replace("pool", "lock").upper()
    return "".join(lines).encode()


makes_by("changed.patch", "sh", "-c",
         "diff -u --label=small.txt --label=small.txt \"$0\" \"$1\" || true",
         "{small.txt}", "{changed.txt}")


@makes("mistakes.txt")
def mistakes():
    """English with words that are none."""
    return b"".join(line.replace(b"program", b"progarm").replace(b"answer", b"anwser")
                    + b"\n" for line in content("small.txt").splitlines()[:20])


@makes("dos.txt")
def dos():
    return content("small.txt").replace(b"\n", b"\r\n")


@makes("sorted.txt")
def sorted_txt():
    return "".join(f"key{row['id']:04} {row['city']}\n"
                   for row in json.loads(content("rows.json"))).encode()


@makes("other.txt")
def other():
    return "".join(f"key{row['id']:04} {row['weight']}\n"
                   for row in json.loads(content("rows.json")) if row["id"] % 3).encode()


@makes("many.txt")
def many():
    """More lines than sort gives one thread."""
    draw = random.Random(8)
    words = "fixed pool lock thread stack guard page call".split()
    return "".join(f"{draw.randrange(1 << 20):x} {draw.choice(words)} {number % 7}\n"
                   for number in range(280000)).encode()
