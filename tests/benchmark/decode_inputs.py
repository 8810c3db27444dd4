#!/usr/bin/env python3
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Makes the files that decode_bench decodes: each about as large as it is named.

    tests/benchmark/decode_inputs.py FOLDER [DECODER...]

What is there already is kept.
"""

import math
import os
import random
import subprocess
import sys
import tempfile
from typing import Callable, Dict

SIZES = {"10K": 10_000, "300K": 300_000, "5M": 5_000_000}


def run(*command: str, text: bytes = b"") -> bytes:
    return subprocess.run(command, input=text, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def picture(pixels: int, noise_of: bytes = b"\x07") -> bytes:
    """A PPM file, four by three: soft shades, with noise on them."""
    width = max(16, round(math.sqrt(pixels * 4 / 3)))
    height = max(12, width * 3 // 4)
    rng = random.Random(pixels)
    mask = int.from_bytes(noise_of * (3 * width), "little")
    slope = bytes(int(110 + 100 * math.sin(x / width * turns))
                  for x in range(width + height) for turns in (9, 5, 3))
    rows = []
    for y in range(height):
        shades = int.from_bytes(slope[3 * y:3 * (y + width)], "little")
        noise = int.from_bytes(rng.randbytes(3 * width), "little") & mask
        rows.append((shades + noise).to_bytes(3 * width, "little"))
    return b"P6\n%d %d\n255\n" % (width, height) + b"".join(rows)


def text(size: int) -> bytes:
    """Words, the short ones often."""
    rng = random.Random(size)
    words = ["".join(rng.choices("etaoinshrdlu", k=rng.randint(2, 9)))
             for _ in range(4000)]
    weights = [1 / (rank + 1) for rank in range(len(words))]
    return " ".join(rng.choices(words, weights, k=size // 6)).encode()


def xml(size: int) -> bytes:
    rows = []
    words = text(size).decode().split()
    for i in range(0, len(words) - 4, 4):
        rows.append(f'<entry id="{i}" kind="{words[i]}"><name>{words[i + 1]}'
                    f"</name>{words[i + 2]} {words[i + 3]}</entry>\n")
        if len(rows) % 100 == 0 and sum(map(len, rows[-100:])) * (
                len(rows) / 100) > size:
            break
    whole, at = [], 0
    for row in rows:
        if at > size:
            break
        whole.append(row)
        at += len(row)
    return ("<?xml version='1.0'?>\n<list>\n" + "".join(whole) +
            "</list>\n").encode()


def by_file(command: str, suffix: str) -> Callable[[bytes], bytes]:
    """By a program that reads IN and writes OUT."""
    def encode(source: bytes) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            names = {"IN": os.path.join(folder, "in.ppm"),
                     "PNG": os.path.join(folder, "in.png"),
                     "OUT": os.path.join(folder, "out." + suffix)}
            with open(names["IN"], "wb") as file:
                file.write(source)
            if "PNG" in command:
                with open(names["PNG"], "wb") as file:
                    file.write(run("pnmtopng", text=source))
            run(*[names.get(word, word) for word in command.split()])
            with open(names["OUT"], "rb") as file:
                return file.read()
    return encode


def by_pipe(*command: str) -> Callable[[bytes], bytes]:
    return lambda source: run(*command, text=source)


def gif(source: bytes) -> bytes:
    return run("ppmtogif", text=run("pnmquant", "-fs", "256", text=source))


IMAGES: Dict[str, Callable[[bytes], bytes]] = {
    "png": by_pipe("pnmtopng"),
    "jpeg": by_pipe("cjpeg", "-quality", "90"),
    "webp": by_file("cwebp -quiet -q 90 IN -o OUT", "webp"),
    "tiff": by_pipe("pamtotiff", "-lzw", "-predictor=2", "-truecolor"),
    "gif": gif,
    "jpeg2000": by_file("opj_compress -i IN -o OUT -r 6", "jp2"),
    "heif": by_file("heif-enc -q 80 PNG -o OUT", "heic"),
}

STREAMS: Dict[str, Callable[[bytes], bytes]] = {
    "zlib": by_pipe("gzip", "-6", "-c", "-n"),
    "brotli": by_pipe("brotli", "-q", "6", "-c", "-"),
    "zstd": by_pipe("zstd", "-3", "-c", "-q"),
    "xz": by_pipe("xz", "-1", "-c"),
}


def sized(encode: Callable[[bytes], bytes], source: Callable[[int], bytes],
          first: int, size: int) -> bytes:
    """What comes out about `size` bytes long: by its rate, refined twice."""
    amount = first
    for _ in range(3):
        encoded = encode(source(amount))
        if abs(len(encoded) - size) < size * 0.05:
            break
        amount = max(200, int(amount * size / len(encoded)))
    return encoded


def noisy(pixels: int) -> bytes:
    """What leaves a codec that is good at soft shades some work."""
    return picture(pixels, b"\x1f")


def make(decoder: str, size: int) -> bytes:
    if decoder in IMAGES:
        source = noisy if decoder in ("webp", "heif") else picture
        return sized(IMAGES[decoder], source, min(2 * size, 400_000), size)
    if decoder in STREAMS:
        return sized(STREAMS[decoder], text, min(4 * size, 1_000_000), size)
    if decoder == "expat":
        return xml(size)
    raise SystemExit(f"no decoder {decoder}")


def main() -> None:
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    for decoder in sys.argv[2:] or [*IMAGES, *STREAMS, "expat"]:
        for name, size in SIZES.items():
            path = os.path.join(folder, f"{decoder}.{name}")
            if os.path.exists(path):
                continue
            made = make(decoder, size)
            with open(path + ".part", "wb") as file:
                file.write(made)
            os.rename(path + ".part", path)
            print(f"{path}: {len(made)} bytes", flush=True)


if __name__ == "__main__":
    main()
