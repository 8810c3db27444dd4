#!/usr/bin/env python3
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Decodes PNG files in a jail and prints the verdict of each.

    python3 examples/python/decode_png.py FILE.png …

With --demo: a picture that is made here, the same cut short, and a small file
that unpacks to 3 GiB. Run from the root, after
`bazel build //jail:libcellblock_jail.so //examples/python:png_worker`.
"""

import argparse
import os
import struct
import sys
import zlib
from typing import Iterator, Tuple

# No cache beside the sources.
sys.dont_write_bytecode = True
from cellblock import CallFailed, Jail  # pylint: disable=wrong-import-position


def png(width: int, height: int, rows: bytes) -> bytes:
    """A grey picture; `rows` may be too few."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return (struct.pack(">I", len(data)) + body +
                struct.pack(">I", zlib.crc32(body)))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def demo() -> Iterator[Tuple[str, bytes]]:
    picture = png(64, 48, b"".join(b"\0" + bytes(range(64))
                                   for _ in range(48)))
    yield "a picture", picture
    yield "the same, cut short", picture[:60]
    yield "a bomb", png(28_000, 28_000, bytes(28_001 * 100))


def files(names: "list[str]") -> Iterator[Tuple[str, bytes]]:
    for name in names:
        with open(name, "rb") as file:
            yield name, file.read()


def size_of(pixels: bytes) -> Tuple[int, int]:
    """Believes the worker nothing: the size has to be that of the bytes."""
    if len(pixels) >= 8:
        width, height = struct.unpack("<II", pixels[:8])
        if len(pixels) == 8 + 4 * width * height:
            return width, height
    raise ValueError("no picture came out")


def built(path: str) -> str:
    """Where Bazel puts it, seen from the sources or beside them."""
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
    there = os.path.join(root, "bazel-bin", path)
    return there if os.path.exists(there) else os.path.join(root, path)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("names", nargs="*", metavar="FILE.png")
    options = parser.parse_args()
    failed = 0
    with Jail("png", library=built("jail/libcellblock_jail.so"),
              worker=built("examples/python/png_worker"),
              pool_bytes=16 << 20, deadline_ms=5000) as jail:
        for name, data in demo() if options.demo else files(options.names):
            try:
                width, height = size_of(jail.call(data))
                print(f"{name}: clean, {width} x {height} pixels")
            except CallFailed as failure:
                failed += 1
                print(f"{name}: {failure.end}, {failure}")
                if failure.end == "exhausted":
                    print("  asked for {asked} bytes, with {in_use} in use of "
                          "a pool of {pool}".format(**failure.figures))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
