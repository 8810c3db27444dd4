# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What is resident in a process, by its mappings: those of a program under
jailrun that are not the program's own. All in KiB; nothing of one that has
ended."""

import dataclasses
import re

PAGE = 4096
_HEADER = re.compile(r"([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+ *(.*)")


@dataclasses.dataclass
class Mappings:
    resident: int = 0
    loaded: bool = False  # the runtime; before that it is still jailrun's copy
    runtime: int = 0  # its library, and the block that it shares with jailrun
    anonymous: list = dataclasses.field(default_factory=list)  # bytes, KiB

    def anonymous_of(self, wanted):
        """Of the mapping with as many bytes, in whole pages."""
        return sum(resident for length, resident in self.anonymous
                   if wanted <= length < wanted + 2 * PAGE)

    def add(self, length, name, resident):
        self.resident += resident
        self.loaded |= "libcellblock_runtime" in name
        if "libcellblock_runtime" in name or "cellblock-control" in name:
            self.runtime += resident
        if not name:
            self.anonymous.append((length, resident))


def mappings_of(pid):
    found = Mappings()
    try:
        with open(f"/proc/{pid}/smaps", encoding="utf-8",
                  errors="replace") as file:
            for line in file:
                if header := _HEADER.match(line):
                    low, high, name = header.groups()
                    length = int(high, 16) - int(low, 16)
                elif line.startswith("Rss:"):
                    found.add(length, name, int(line.split()[1]))
    except OSError:
        pass
    return found


def first_child(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return int(file.read().split()[0])
    except (OSError, IndexError):
        return None


def high_water(pid):
    """The most that was resident."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0
