# SPDX-License-Identifier: Apache-2.0
"""Starts the trace of a process, by whichever means its Python has."""

from __future__ import annotations

import atexit
import os
import sys

from repro_hook.project_code import Files
from repro_hook.recorder import Recorder


def start() -> None:
    """Follow this process, and its forks, to their ends."""
    files = Files()
    if not files.root or not os.environ.get("REPRO_HOOK_DIR"):
        return
    recorder = Recorder(files)
    if hasattr(sys, "monitoring"):
        from repro_hook.monitoring import follow
    else:
        from repro_hook.settrace import follow
    recorder.stop.append(follow(recorder))
    os.register_at_fork(after_in_child=recorder.forked)
    atexit.register(recorder.finish)
