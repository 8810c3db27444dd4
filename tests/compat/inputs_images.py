# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""Pictures."""

from made import content, makes, makes_by, run, tree
