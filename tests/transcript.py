# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Transcripts in documents: each ```console block is commands, behind "$ ",
and below each what it prints. `…` stands for any text on one line, and alone
for any lines."""

import re


def blocks(text, language):
    """The contents of the blocks of a document in Markdown."""
    return re.findall(r"^```" + language + r"\n(.*?)^```", text,
                      re.MULTILINE | re.DOTALL)


def steps(text):
    """[(command, [expected lines])] of all of a document's transcripts."""
    found = []
    for block in blocks(text, "console"):
        begun = len(found)
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif len(found) > begun:
                found[-1][1].append(line)
    return found


def matches(expected, printed):
    """Whether the text is these lines."""
    pattern = ""
    for line in expected:
        parts = [re.escape(part) for part in line.split("…")]
        pattern += r"(?:.*\n)*" if line == "…" else ".*".join(parts) + r"\n"
    if printed and not printed.endswith("\n"):
        printed += "\n"
    return re.fullmatch(pattern, printed) is not None
