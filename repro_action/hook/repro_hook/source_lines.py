# SPDX-License-Identifier: Apache-2.0

"""Lines of source files, to name what leaves no frame and to see whether a seed follows."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

LONGEST = 1 << 20
"""Bytes of a source file that are read."""
FILES = 64
AHEAD = 40
"""Lines after a generator is made in which its seed is looked for."""
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
            SOURCES[name] = []
    return SOURCES[name]


def line(frame: FrameType) -> str:
    """Return the line that a frame is at."""
    source = lines(frame)
    return source[frame.f_lineno - 1] if frame.f_lineno <= len(source) else ""


def seed_follows(frame: FrameType | None) -> bool:
    """Whether a generator that is made without a seed is visibly given one next.

    Either the name that it is bound to is (`rs = RandomState()`, then `rs.seed(7)`), or a caller is at
    a line that seeds what it asks for (`self.rng.seed(seed)`, where `rng` makes it).
    """
    if frame is None:
        return False
    target, bound, _ = line(frame).partition("=")
    name = target.strip()
    if bound and name.replace(".", "").replace("_", "").isalnum():
        later = lines(frame)[frame.f_lineno : frame.f_lineno + AHEAD]
        if any(_seeds(text, f"{name}.seed(") for text in later):
            return True
    outer, left = frame.f_back, OUTWARD
    while outer is not None and left:
        if _seeds(line(outer), ".seed("):
            return True
        outer, left = outer.f_back, left - 1
    return False


def _seeds(text: str, call: str) -> bool:
    _, found, after = text.partition(call)
    return bool(found) and not after.startswith((")", "None)"))
