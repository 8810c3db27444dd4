# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Moving pictures: a second of a test pattern, in many formats."""

from made import makes_by

_FFMPEG = ("ffmpeg", "-v", "error", "-nostdin", "-y")
_PATTERN = (*_FFMPEG, "-f", "lavfi", "-i",
            "testsrc2=size=192x144:rate=12:duration=1")
_EXACT = ("-bitexact", "-fflags", "+bitexact")

makes_by("video.y4m", *_PATTERN, "-pix_fmt", "yuv420p", "{}")
for _name, *_words in (
        ("video.m2v", "-c:v", "mpeg2video"),
        ("video.h264", "-c:v", "libx264", "-threads", "1"),
        ("video.h265", "-c:v", "libx265", "-x265-params",
         "log-level=none:pools=1"),
        ("video.mp4", "-c:v", "libx264", "-threads", "1"),
        ("video.webm", "-c:v", "libvpx-vp9", "-threads", "1"),
        ("video.ivf", "-c:v", "libvpx", "-threads", "1"),
        ("video.ogv", "-c:v", "libtheora"),
        ("video.avi", "-c:v", "mpeg4"),
        ("video.obu", "-c:v", "libaom-av1", "-cpu-used", "8", "-threads", "1"),
        ("video.av1.ivf", "-c:v", "libaom-av1", "-cpu-used", "8", "-threads",
         "1")):
    makes_by(_name, *_FFMPEG, "-i", "{video.y4m}", *_words, *_EXACT, "{}")
makes_by("film.mkv", *_FFMPEG, "-i", "{video.mp4}", "-i", "{sound.mp3}",
         "-c", "copy", *_EXACT, "{}")
makes_by("film.mp4", *_FFMPEG, "-i", "{video.mp4}", "-i", "{sound.m4a}",
         "-c", "copy", *_EXACT, "{}")
