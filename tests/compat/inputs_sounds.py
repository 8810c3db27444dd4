# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Sounds: two seconds of two voices, in many formats."""

import array
import io
import math
import wave

from made import makes, makes_by


def _wav(channels, rate, seconds):
    samples = array.array("h")
    for n in range(rate * seconds):
        left = int(12000 * math.sin(n * 660 / rate) +
                   (n * 7919 % 1009) - 500)
        right = int(9000 * math.sin(n * 0.031 + n * n * 1e-6))
        samples.extend((left, right)[:channels])
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


@makes("sound.wav")
def sound():
    return _wav(2, 44100, 2)


@makes("speech.wav")
def speech():
    return _wav(1, 16000, 2)


makes_by("sound.flac", "flac", "-s", "-c", "{sound.wav}")
makes_by("sound.ogg", "oggenc", "-Q", "-s", "1", "-o", "-", "{sound.wav}")
makes_by("sound.mp3", "lame", "--quiet", "{sound.wav}", "-")
makes_by("sound.mp2", "twolame", "--quiet", "{sound.wav}", "{}")
makes_by("sound.wv", "wavpack", "-q", "{sound.wav}", "-o", "{}")
makes_by("sound.opus", "opusenc", "--quiet", "--serial", "1", "{sound.wav}",
         "{}")
makes_by("sound.mpc", "mpcenc", "--silent", "{sound.wav}", "{}")
makes_by("speech.spx", "speexenc", "--quiet", "{speech.wav}", "{}")
makes_by("sound.m4a", "ffmpeg", "-v", "error", "-i", "{sound.wav}", "-c:a",
         "aac", "-bitexact", "-y", "{}")
makes_by("sound.aac", "ffmpeg", "-v", "error", "-i", "{sound.wav}", "-c:a",
         "aac", "-bitexact", "-y", "{}")
makes_by("sound.ac3", "ffmpeg", "-v", "error", "-i", "{sound.wav}", "-c:a",
         "ac3", "-bitexact", "-y", "{}")
makes_by("sound.au", "sox", "{sound.wav}", "{}")
makes_by("speech.gsm", "sox", "{speech.wav}", "-r", "8000", "{}")
