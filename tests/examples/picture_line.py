# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What a twin prints of the PBM, PGM, PPM or PAM on standard input.

With the argument "bytes", what it prints of any bytes.
"""

import subprocess
import sys
import zlib


def to_rgba(depth, samples):
    """Grey, grey and alpha, RGB or RGBA, with one byte for each sample."""
    pixels = len(samples) // depth
    rgba = bytearray(b"\xff" * (4 * pixels))
    for channel in range(3):
        rgba[channel::4] = samples[channel if depth > 2 else 0::depth]
    if depth in (2, 4):
        rgba[3::4] = samples[depth - 1::depth]
    return bytes(rgba)


def main():
    data = sys.stdin.buffer.read()
    if sys.argv[1:] == ["bytes"]:
        print(f"{len(data)} bytes, crc32 0x{zlib.crc32(data):08x}")
        return
    # As PAM of 8 bits a sample, whatever it was.
    pam = subprocess.run(
        ["pamtopam"], check=True, capture_output=True,
        input=subprocess.run(["pamdepth", "255"], check=True, input=data,
                             capture_output=True).stdout).stdout
    header, samples = pam.split(b"ENDHDR\n", 1)
    fields = dict(line.split(None, 1) for line in header.splitlines()[1:])
    rgba = to_rgba(int(fields[b"DEPTH"]), samples)
    print(f"{int(fields[b'WIDTH'])} x {int(fields[b'HEIGHT'])}, "
          f"crc32 0x{zlib.crc32(rgba):08x}")


main()
