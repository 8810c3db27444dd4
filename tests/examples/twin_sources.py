# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Holds the sources of two twins against each other, word for word.

    twin_sources.py FOLDER

What is in jailed.cc only is one of JAILED, each once; what is in unjailed.cc
only is one of UNJAILED. Without these they are the same, and so are the names
in them. Prints what is wrong, and returns 1, iff something is.
"""

import re
import sys

HEADS = {
    "jailed": r"(?P<files>Decodes [\w ]+ files) in a jail\. What it differs in "
              r"from unjailed\.cc is the jail\.",
    "unjailed": r"(?P<files>Decodes [\w ]+ files) without a jail\. What jailed\.cc "
                r"differs in is the jail\.",
}
OPTION = r"\.\w+ = [\w:()<. ]+"
JAILED = (
    r'#include "examples/common/call_sink\.h"',
    r'#include "jail/jail\.h"',
    r"absl::Status Decode\(cellblock::JailedCall& call\) \{ "
    r"examples::CallSink (?P<output>\w+)\(call\); "
    r"return examples::(?P<decode>\w+)\(call\.input\(\), \{\}, (?P=output)\); \}",
    r'constexpr cellblock::Decoder kDecoders\[\] = '
    r'\{ ?\{"(?P<name>\w+)", Decode(?:, examples::Prepare\w+)?\}\};',
    r"cellblock::jail::Init\(argc, argv, kDecoders\);",
    r"const auto jail = cellblock::Jail::Create\( ?"
    r'\{' + OPTION + r"(?:, " + OPTION + r')*\}, "(?P<jail>\w+)"\);',
    r"if \(!jail\.ok\(\)\) return examples::Fail\(jail\.status\(\)\);",
    r"\[&\](?=\(std::span<const uint8_t> file\))",
    r"const auto (?P<called>\w+) = \(\*jail\)->Call\(file\); "
    r"if \(!(?P=called)\.ok\(\)\) return (?P=called)\.status\(\); "
    r"return (?P=called)->Validate\(examples::(?P<describe>\w+)\);",
)
UNJAILED = (
    r'#include "examples/common/sink\.h"',
    r"\[\](?=\(std::span<const uint8_t> file\))",
    r"examples::MemorySink (?P<output>\w+); "
    r"const absl::Status status = "
    r"examples::(?P<decode>\w+)\(file, \{\}, (?P=output)\); "
    r"if \(!status\.ok\(\)\) return status; "
    r"return examples::(?P<describe>\w+)\((?P=output)\.bytes\(\)\);",
)


class Source:
    """One of the twins: what it shares, and the names in what it does not."""

    def __init__(self, folder, twin, patterns):
        path = f"examples/{folder}/{twin}.cc"
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.wrong = []
        self.names = {}
        comment = re.match(r"(?://.*\n)+", text).group()
        head = " ".join(re.sub(r"^// ?", "", comment, flags=re.M).split())
        found = re.fullmatch(
            r"Copyright .* Apache-2\.0 " + HEADS[twin] +
            rf" bazel run //examples/{folder}:{twin} -- FILE\.\.\.", head)
        self.note(found, f"another head: {head}")
        code = re.sub(r"//.*", "", text[len(comment):])
        self.code = " ".join(code.split())
        for pattern in patterns:
            places = list(re.finditer(pattern, self.code))
            self.note(places[0] if len(places) == 1 else None,
                      f"{len(places)} times in {path}: {pattern}")
            self.code = " ".join(re.sub(pattern, "", self.code).split())

    def note(self, found, complaint):
        if found:
            self.names.update(found.groupdict())
        else:
            self.wrong.append(complaint)


def main():
    folder = sys.argv[1]
    jailed = Source(folder, "jailed", JAILED)
    unjailed = Source(folder, "unjailed", UNJAILED)
    wrong = jailed.wrong + unjailed.wrong
    if jailed.code != unjailed.code:
        wrong.append(f"{jailed.code}\n  is not\n{unjailed.code}")
    for name, value in unjailed.names.items():
        if jailed.names.get(name) != value:
            wrong.append(f"{name}: {jailed.names.get(name)}, {value}")
    for one, other in (("called", "output"), ("jail", "name")):
        if jailed.names.get(one) != jailed.names.get(other):
            wrong.append(f"{one} is not {other}: {jailed.names}")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
