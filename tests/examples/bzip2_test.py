#!/usr/bin/env python3
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""examples/bzip2: what bzip2(1) packs is unpacked, with a jail and without one;
broken files end alike in both; a bomb ends at its limit. And what
examples/sizing finds out is enough, while less is not.
"""

import bz2
import os
import random
import re
import subprocess
import sys
import tempfile
import zlib

JAILED = os.path.abspath("examples/bzip2/jailed")
UNJAILED = os.path.abspath("examples/bzip2/unjailed")
SIZING = os.path.abspath("examples/sizing/sizing")
LIMIT = 64 << 20


class Tally:
    passed = 0
    failed = 0

    def check(self, ok, what):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {what}")


def run(*command, cwd=None):
    return subprocess.run(command, cwd=cwd, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)


def put(directory, name, content):
    with open(os.path.join(directory, name), "wb") as file:
        file.write(content)
    return name


def good(tally, directory):
    text = random.Random(1).randbytes(1_000_000)
    cases = {
        "empty": b"",
        "text": b"all work and no play " * 1000,
        "noise": text,
        "zeros": bytes(LIMIT),
    }
    for name, content in cases.items():
        put(directory, name, bz2.compress(content))
    cases["two"] = cases["text"] * 2
    put(directory, "two", bz2.compress(cases["text"]) * 2)
    for name, content in cases.items():
        line = (f"{name}: clean, {len(content)} bytes, "
                f"crc32 0x{zlib.crc32(content):08x}\n")
        for program in (JAILED, UNJAILED):
            ran = run(program, name, cwd=directory)
            tally.check(ran.stdout == line and ran.returncode == 0,
                        f"{program} {name}: {ran.stdout}")


# The twin's word is what the jail's message quotes.
def broken(tally, directory):
    packed = bz2.compress(random.Random(2).randbytes(20_000))
    files = {
        "none": b"", "no.bz2": b"no such file", "tail": packed + b"tail",
        "magic": packed[:3], "half": packed[:len(packed) // 2],
        "last": packed[:-1],
    }
    places = random.Random(3)
    for i in range(100):
        flipped = bytearray(packed)
        flipped[places.randrange(len(packed))] ^= 1 << places.randrange(8)
        files[f"flip{i}"] = bytes(flipped)
    names = [put(directory, name, content) for name, content in files.items()]
    jailed = run(JAILED, *names, cwd=directory).stdout.splitlines()
    unjailed = run(UNJAILED, *names, cwd=directory).stdout.splitlines()
    tally.check(len(jailed) == len(unjailed) == len(names), "a line for each")
    for name, inside, outside in zip(names, jailed, unjailed):
        words = outside.split(": ", 1)[1]
        tally.check(inside == outside if words.startswith("clean")
                    else "refused the input, with INVALID_ARGUMENT and the "
                         f'words "{words}"' in inside,
                    f"{name}: {inside} / {outside}")


def bombs(tally, directory):
    put(directory, "bomb", bz2.compress(bytes(LIMIT + 1)))
    ran = run(UNJAILED, "bomb", cwd=directory)
    tally.check("more comes out than may" in ran.stdout, ran.stdout)
    ran = run(JAILED, "bomb", "text", cwd=directory)
    lines = ran.stdout.splitlines()
    tally.check("with RESOURCE_EXHAUSTED" in lines[0], ran.stdout)
    tally.check(lines[1].startswith("text: clean"), ran.stdout)


def sizing(tally, directory):
    ran = run(SIZING, JAILED, "bzip2", "text", cwd=directory)
    found = re.fullmatch(
        r"text: pool (\d+) KiB, stack (\d+) KiB, output (\d+) bytes, "
        r"longest of 20 calls \d+ us\n"
        r"  with (\d+) KiB: the decoder ran out of memory: .*\n",
        ran.stdout)
    tally.check(found is not None, ran.stdout)
    pool, stack, output, less = map(int, found.groups() if found else [0] * 4)
    # 100 KiB and four bytes for each of the 900,000 of a block.
    tally.check(3700 <= pool <= 8192, f"pool of {pool} KiB")
    tally.check(less == pool - 64, ran.stdout)
    tally.check(64 <= stack <= 256, ran.stdout)
    tally.check(output == 21_000, ran.stdout)
    for arguments in ((), (JAILED, "bzip2")):
        tally.check(run(SIZING, *arguments).returncode == 2, "usage")
    ran = run(SIZING, JAILED, "gzip", "text", cwd=directory)
    tally.check(ran.returncode == 1 and "it has: bzip2" in ran.stdout,
                ran.stdout)
    ran = run(SIZING, JAILED, "bzip2", "half", cwd=directory)
    tally.check(ran.returncode == 1 and "ends too early" in ran.stdout,
                ran.stdout)


def main():
    tally = Tally()
    with tempfile.TemporaryDirectory() as directory:
        good(tally, directory)
        broken(tally, directory)
        bombs(tally, directory)
        sizing(tally, directory)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or tally.passed != 129 else 0


if __name__ == "__main__":
    sys.exit(main())
