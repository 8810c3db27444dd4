# Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
"""All inputs of the compatibility matrix. To add one, register it in one of
these files, see made.py."""

# pylint: disable=unused-import
import inputs_archives
import inputs_code
import inputs_data
import inputs_documents
import inputs_edits
import inputs_fonts
import inputs_grammars
import inputs_images
import inputs_problems
import inputs_programs
import inputs_scripts
import inputs_sounds
import inputs_texts
import inputs_videos
from made import input_path

__all__ = ["input_path"]
