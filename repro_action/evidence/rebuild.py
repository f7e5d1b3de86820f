# SPDX-License-Identifier: Apache-2.0
"""The commands by which others build the model of a verified run again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from repro_action.evidence.verified_run import GitSource


def rebuild_commands(source: GitSource) -> Iterator[str]:
    """Yield one command a line, for a shell."""
    if source.repository:
        yield f"git clone {shlex.quote(source.repository)} model"
        yield "cd model"
    yield f"git checkout {source.commit}"
    if source.project:
        yield f"cd {shlex.quote(source.project)}"
    yield "repro verify"
