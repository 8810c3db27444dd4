#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""examples/service with its defaults, and a large file of each format: 7
million pixels, in the kinds that need the most memory."""

import os
import subprocess

from service_process import Service, png
from harness import case, equal, main, program, scratch

WIDTH, HEIGHT = 3000, 2334


def interlaced_png():
    """Its seven passes, all black."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4),
              (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    raw = b""
    for left, top, across, down in passes:
        columns = (WIDTH - left + across - 1) // across
        rows = (HEIGHT - top + down - 1) // down
        raw += bytes(1 + 4 * columns) * rows
    return png(WIDTH, HEIGHT, raw=raw, interlaced=1)


def write(name, kind, row):
    path = os.path.join(scratch(), name)
    with open(path, "wb") as file:
        file.write(b"%s\n%d %d\n255\n" % (kind, WIDTH, HEIGHT) + row * HEIGHT)
    return path


def made(name, command, output=None):
    """What a program of Debian's makes: the file `name`, or its output."""
    path = os.path.join(scratch(), name)
    arguments = [path if word == "OUT" else word for word in command[1:]]
    run = subprocess.run([program(command[0]), *arguments], check=True,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         timeout=120)
    if output == "stdout":
        return run.stdout
    with open(path, "rb") as file:
        return file.read()


@case
def large_files_of_each_format():
    gray = bytes(x * 255 // WIDTH for x in range(WIDTH))
    ppm = write("large.ppm", b"P6", b"".join(
        bytes((level, 255 - level, x >> 6)) for x, level in enumerate(gray)))
    pgm = write("large.pgm", b"P5", gray)
    jpeg = made("large.jpg", ["cjpeg", "-progressive", "-outfile", "OUT", ppm])
    files = {
        "png": interlaced_png(),
        "jpeg": jpeg,
        "webp": made("large.webp", ["cwebp", "-quiet", "-lossless", "-z", "0",
                                    ppm, "-o", "OUT"]),
        "gif": made("", ["ppmtogif", pgm], output="stdout"),
        "tiff": made("", ["pnmtotiff", "-flate", ppm], output="stdout"),
        "jpeg2000": made("large.jp2", ["opj_compress", "-i", ppm, "-o", "OUT"]),
        "heif": made("large.heic", [
            "heif-enc", "-q", "20", "-p", "preset=ultrafast", "-o", "OUT",
            os.path.join(scratch(), "large.jpg")]),
    }
    # Where a machine is slow, that is not what is looked at.
    with Service("--deadline-ms=120000", "--write-ms=60000") as service:
        for name, file in files.items():
            answer = service.decode(file)
            equal(answer.status, 200, f"{name}: {answer.body[:300]}")
            equal((answer.headers["X-Image-Width"],
                   answer.headers["X-Image-Height"]),
                  (str(WIDTH), str(HEIGHT)), name)
            equal(len(answer.body), WIDTH * HEIGHT * 4, name)
            equal(answer.headers["X-Verdict"].count(f'"{name}"'), 1, name)


if __name__ == "__main__":
    main()
