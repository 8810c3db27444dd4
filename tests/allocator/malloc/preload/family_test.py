#!/usr/bin/python3 -B
# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""What every member of malloc's family promises, under the preload. The checks
are in fixtures/family.cc; CELLBLOCK_SEED changes their random histories."""

from preload import fixture, fixture_cases, main

fixture_cases(fixture("family"))

main()
