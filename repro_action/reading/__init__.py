# SPDX-License-Identifier: Apache-2.0
"""Artifacts are read in a child process with hard limits: whatever one of them does, the others are read.

`read` is the one way in which flows and runs read artifacts; `repro_action.readers.read_artifact`
is what the child does.
"""

from __future__ import annotations

from repro_action.reading.limits import ReadingLimits
from repro_action.reading.reader import ArtifactReader
from repro_action.reading.shared import ask, close, read, start

__all__ = ["ArtifactReader", "ReadingLimits", "ask", "close", "read", "start"]
