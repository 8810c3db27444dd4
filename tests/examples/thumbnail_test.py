#!/usr/bin/env python3
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""examples/imaging:thumbnail: files of every format, each held against what
netpbm decodes and exact fractions make of it; and files that are none.
"""

import os
import struct
import subprocess
import sys
import tempfile
import zlib
from fractions import Fraction

THUMBNAIL = os.path.abspath("examples/imaging/thumbnail")
SOURCE = os.path.abspath("examples/data/mandelbrot.jpg")

# {file: (how it is made of s.ppm, how another decoder gets a PPM of it)}
FILES = {
    "p.png": ("pnmtopng s.ppm", "pngtopnm p.png"),
    "p.gif": ("ppmtogif s.ppm", "giftopnm p.gif"),
    "p.jpg": ("cjpeg s.ppm", "djpeg p.jpg"),
    "p.tiff": ("pnmtotiff s.ppm", "tifftopnm p.tiff"),
    "p.webp": ("pnmtopng s.ppm > t.png; cwebp -quiet -lossless t.png -o -",
               "dwebp -quiet p.webp -ppm -o -"),
    "p.jp2": ("opj_compress -i s.ppm -o t.jp2 > t.log; cat t.jp2",
              "opj_decompress -i p.jp2 -o t.ppm > t.log; pamtopnm t.ppm"),
}


class Tally:
    passed = 0
    failed = 0

    def check(self, ok, what):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {what}")


def shell(command, directory):
    return subprocess.run(["bash", "-c", command], cwd=directory, check=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def header(content, lines):
    """The words of the first lines, and what follows."""
    words = []
    for _ in range(lines):
        line, content = content.split(b"\n", 1)
        words += line.split()
    return words, content


def of_ppm(content):
    """(width, height, [(r, g, b, a)]); what is grey has one byte."""
    (magic, width, height, _), pixels = header(content, 3)
    depth = {b"P6": 3, b"P5": 1}[magic]
    rgb = [tuple(pixels[i:i + depth]) for i in range(0, len(pixels), depth)]
    return int(width), int(height), [
        (p if depth == 3 else p * 3) + (255,) for p in rgb]


def of_pam(content):
    words, pixels = content.split(b"ENDHDR\n", 1)
    values = dict(line.split() for line in words.splitlines()[1:])
    return (int(values[b"WIDTH"]), int(values[b"HEIGHT"]),
            [tuple(pixels[i:i + 4]) for i in range(0, len(pixels), 4)])


def covered(side, index, small):
    """[(place, share)] of what one pixel of the small line covers."""
    begin = Fraction(side * index, small)
    end = Fraction(side * (index + 1), small)
    return [(i, min(end, i + 1) - max(begin, i))
            for i in range(int(begin), -int(-end // 1))]


def nearest(value):
    return int(value + Fraction(1, 2))


def scaled(width, height, pixels, most):
    longest = max(width, height)
    if longest <= most:
        return width, height, pixels
    small_width = max(1, nearest(Fraction(width * most, longest)))
    small_height = max(1, nearest(Fraction(height * most, longest)))
    columns = [covered(width, x, small_width) for x in range(small_width)]
    small = []
    for y in range(small_height):
        rows = covered(height, y, small_height)
        for column in columns:
            sums = [Fraction(0)] * 3
            opaque = area = Fraction(0)
            for at_y, share_y in rows:
                for at_x, share_x in column:
                    pixel = pixels[at_y * width + at_x]
                    share = share_x * share_y
                    area += share
                    opaque += share * pixel[3]
                    for i in range(3):
                        sums[i] += share * pixel[3] * pixel[i]
            small.append(tuple(nearest(s / opaque) if opaque else 0
                               for s in sums) + (nearest(opaque / area),))
    return small_width, small_height, small


def run(directory, *names):
    return subprocess.run([THUMBNAIL, *names], cwd=directory, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)


def thumbnail(directory, name):
    path = os.path.join(directory, name + ".thumbnail.pam")
    with open(path, "rb") as file:
        return of_pam(file.read())


def every_format(tally, directory):
    shell(f"djpeg {SOURCE} | pamcut -top 150 -width 200 -height 40 | pnmquant 200 "
          "> s.ppm", directory)
    for name, (make, decode) in FILES.items():
        with open(os.path.join(directory, name), "wb") as file:
            file.write(shell(make, directory))
        ran = run(directory, name)
        tally.check(ran.stdout == f"{name}: clean\n" and ran.returncode == 0,
                    f"{name}: {ran.stdout}")
        expected = scaled(*of_ppm(shell(decode, directory)), 128)
        tally.check(thumbnail(directory, name) == expected,
                    f"{name}: another picture than netpbm's")


def transparent(tally, directory):
    """A gradient of alpha over one of colours, in a PNG."""
    width, height = 150, 3
    pixels = [(x, 255 - x, 90 * y, (7 * x + y) % 256)
              for y in range(height) for x in range(width)]
    with open(os.path.join(directory, "a.pam"), "wb") as file:
        file.write(b"P7\nWIDTH 150\nHEIGHT 3\nDEPTH 4\nMAXVAL 255\n"
                   b"TUPLTYPE RGB_ALPHA\nENDHDR\n" +
                   bytes(v for pixel in pixels for v in pixel))
    shell("pamtopng a.pam > a.png", directory)
    tally.check(run(directory, "a.png").returncode == 0, "a.png")
    tally.check(thumbnail(directory, "a.png") ==
                scaled(width, height, pixels, 128), "a.png: another picture")


def small(tally, directory):
    """What is small enough stays as it is."""
    shell("pamcut -width 128 -height 3 s.ppm | pnmtopng > small.png", directory)
    tally.check(run(directory, "small.png").returncode == 0, "small.png")
    tally.check(thumbnail(directory, "small.png") ==
                of_ppm(shell("pngtopnm small.png", directory)),
                "small.png: another picture")


def no_pictures(tally, directory):
    with open(os.path.join(directory, "text.png"), "w",
              encoding="utf-8") as file:
        file.write("no picture")
    shell("head -c 1000 p.png > cut.png", directory)
    header_chunk = b"IHDR" + struct.pack(">IIBBBBB", 100000, 100000, 8, 2, 0,
                                         0, 0)
    with open(os.path.join(directory, "bomb.png"), "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n\0\0\0\x0d" + header_chunk +
                   struct.pack(">I", zlib.crc32(header_chunk)) +
                   struct.pack(">I4s", 1 << 20, b"IDAT") + bytes(1000))
    ran = run(directory, "text.png", "cut.png", "bomb.png", "missing.png",
              "p.gif")
    lines = ran.stdout.splitlines()
    tally.check(ran.returncode == 1 and len(lines) == 5, f"{ran}")
    for line, begins in zip(lines, (
            "text.png: the file begins as none of these: png, ",
            "cut.png: the decoder refused the input, with INVALID_ARGUMENT",
            "bomb.png: the decoder refused the input, with RESOURCE_EXHAUSTED",
            "missing.png: cannot be opened: No such file",
            "p.gif: clean")):
        tally.check(line.startswith(begins), line)
    for name in ("text.png", "cut.png", "bomb.png"):
        tally.check(not os.path.exists(
            os.path.join(directory, name + ".thumbnail.pam")), name)


def main():
    tally = Tally()
    with tempfile.TemporaryDirectory() as directory:
        every_format(tally, directory)
        transparent(tally, directory)
        small(tally, directory)
        no_pictures(tally, directory)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or tally.passed != 25 else 0


if __name__ == "__main__":
    sys.exit(main())
