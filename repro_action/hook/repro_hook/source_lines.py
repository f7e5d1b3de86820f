# SPDX-License-Identifier: Apache-2.0

"""Lines of source files, to name what leaves no frame and to see whether a seed follows."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

LONGEST = 1 << 20
"""Bytes of a source file that are read."""
FILES = 64
OUTWARD = 6
"""Frames outward in which a call of `.seed(` is looked for."""

SOURCES: dict[str, list[str]] = {}


def lines(frame: FrameType) -> list[str]:
    """Return the source of a frame's file; empty where it cannot be read."""
    name = frame.f_code.co_filename
    if name not in SOURCES:
        if len(SOURCES) >= FILES:
            SOURCES.clear()
        try:
            with open(name, "rb") as file:  # noqa: PTH123 -- pathlib is not loaded yet
                SOURCES[name] = file.read(LONGEST).decode("utf-8", "replace").splitlines()
        except OSError:
            # Cells of a notebook are in no file; IPython keeps them where tracebacks look for lines.
            kept = getattr(sys.modules.get("linecache"), "cache", {}).get(name)
            SOURCES[name] = list(kept[2]) if isinstance(kept, tuple) and len(kept) == 4 else []
    return SOURCES[name]


def line(frame: FrameType) -> str:
    """Return the line that a frame is at."""
    source = lines(frame)
    return source[frame.f_lineno - 1] if frame.f_lineno <= len(source) else ""


def seed_follows(frame: FrameType | None) -> bool:
    """Whether a generator that is made without a seed is visibly given one before anything is drawn.

    Either the name that it is bound to is (`rs = RandomState()`, then `rs.seed(7)`, or a state), or a
    caller seeds what it asks for (`self.rng.seed(seed)`, where `rng` makes it).
    """
    from repro_hook.first_uses import DRAWN, first_use

    left = OUTWARD
    while frame is not None and left:
        following = first_use(frame, lines(frame))
        if following is not None:
            return following is not DRAWN
        frame, left = frame.f_back, left - 1
    return False


def state_follows(frame: FrameType | None) -> bool:
    """Whether the first that is done with a generator is to give it the state of another one.

    Its own numbers are never used then; where that depends on a condition, they may be.
    """
    from repro_hook.first_uses import STATE, first_use

    return frame is not None and first_use(frame, lines(frame)) is STATE
