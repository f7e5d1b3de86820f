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
STATES = (".set_state(", ".setstate(", ".bit_generator.state=", ".state=", ".__setstate__(")
"""What gives a generator the state of another one, without spaces."""

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

    Either the name that it is bound to is (`rs = RandomState()`, then `rs.seed(7)`, or a state), or a
    caller is at a line that seeds what it asks for (`self.rng.seed(seed)`, where `rng` makes it).
    """
    if frame is None:
        return False
    text = line(frame)
    if _seeds(text, ").seed(") or state_follows(frame):
        return True
    made, _, rest = text.partition(";")
    later = [rest, *lines(frame)[frame.f_lineno : frame.f_lineno + AHEAD]]
    if any(_seeds(text, f"{name}.seed(") for name in _targets(made, later) for text in later):
        return True
    outer, left = frame.f_back, OUTWARD
    while outer is not None and left:
        if _seeds(line(outer), ".seed("):
            return True
        outer, left = outer.f_back, left - 1
    return False


def state_follows(frame: FrameType | None) -> bool:
    """Whether the first that is done with a generator is to give it the state of another one.

    Its own numbers are never used then; where that depends on a condition, they may be.
    """
    if frame is None:
        return False
    whole = line(frame)
    made, _, rest = whole.partition(";")
    indent = len(whole) - len(whole.lstrip())
    later = [" " * indent + rest, *lines(frame)[frame.f_lineno : frame.f_lineno + AHEAD]]
    return any(_given_state(name, later, indent) for name in _targets(made, []))


def _given_state(name: str, later: list[str], indent: int) -> bool:
    for text in later:
        if any(f"{name}{call}" in text.replace(" ", "") for call in STATES):
            return len(text) - len(text.lstrip()) <= indent
        if name in text:
            return False
    return False


def _targets(made: str, later: list[str]) -> list[str]:
    """Return the names that a line binds, and those of loops over them: `for r in rs`."""
    names = []
    before, bound, _ = made.partition(":=")
    if bound:
        names.append(before.rpartition("(")[2].strip())
    targets, bound, _ = made.partition("=")
    names += [part.partition(":")[0].strip() for part in targets.split(",")] if bound else []
    known = [name for name in names if name.replace(".", "").replace("_", "").isalnum()]
    for text in later:
        head, loops, over = text.strip().partition(" in ")
        words = over.replace("(", " ").replace(")", " ").replace(":", " ").replace(",", " ").split()
        if loops and head.startswith("for ") and any(name in words for name in known):
            known += [part.strip("() ") for part in head[len("for ") :].split(",")]
    return known


def _seeds(text: str, call: str) -> bool:
    _, found, after = text.partition(call)
    return bool(found) and not after.startswith((")", "None)"))
