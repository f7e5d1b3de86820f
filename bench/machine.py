# SPDX-License-Identifier: Apache-2.0
"""Describes the machine without its name."""

from __future__ import annotations

import os
import platform
import subprocess

from bench import tools
from repro_action.environments.circumstances import circumstances


def describe() -> list[str]:
    """Return one line a fact."""
    result = circumstances()
    version = subprocess.run([tools.dvc(), "--version"], capture_output=True, text=True, check=True).stdout
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return [
        f"CPU: {result['cpu'] or 'unknown'} ({result['cpu_level']}), {result['cores']} cores in use",
        f"memory: {memory:.0f} GiB",
        f"system: {result['os']} {result['kernel'].partition('-')[0]}, {result['libc'] or 'unknown libc'}",
        f"Python {platform.python_version()}, DVC {version.strip()}",
    ]
