# SPDX-License-Identifier: Apache-2.0
"""Times, random ids and addresses among the values that differ: they say themselves what they are."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

from repro_action.report.model import ArtifactDifference, Cause, LeafDifference
from repro_action.text import plural


class Accident(StrEnum):
    """What a value is that differs in every run and says nothing of the model."""

    ID = "random-id"
    TIME = "time-value"
    ADDRESS = "address-value"


_UUID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32}\b", re.IGNORECASE
)
_DATE = re.compile(r"\b(?:19|20)\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d")
_MOMENT = re.compile(
    r"\b[0-2]?\d:[0-5]\d(?::[0-5]\d(?:\.\d+)?)?\b|\b\d+(?:\.\d+)? ?(?:[mµn]?s|secs?|seconds?|minutes?)\b"
    r"|\b[0-3]?\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{4}\b"
    r"|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\b"
)
"""A time of day, a duration, a date in words."""
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,16}\b", re.IGNORECASE)
_EPOCH = re.compile(r"-?\d+(?:\.\d+)?(?:e\+?\d+)?")
_NOWADAYS, _APART = (1.2e9, 4.1e9), 400 * 86400
"""Seconds since 1970 from 2008 to 2099, and how far two runs are apart at most."""
_NAMED = re.compile(
    r"(?<![a-z])(?:date|datetime|time|timestamp|duration|elapsed|seconds|runtime|created|modified)(?![a-z])",
    re.IGNORECASE,
)
_SMALL = 64
"""Bytes or elements of a time at most."""
_SENTENCES = {
    Accident.ID: ("a random id", "give it a fixed name, or leave it out of what is saved"),
    Accident.TIME: ("a time", "leave it out of what is saved, or declare it under `byproducts`"),
    Accident.ADDRESS: (
        "an address in memory",
        "define `__repr__` in the class, or save the attribute that matters",
    ),
}


def accident(leaf: LeafDifference) -> Accident | None:
    """Return what a differing value is, from its text, or from its name where it is a number."""
    texts = [text for text in (leaf.before, leaf.after) if text]
    if texts and all(_UUID.search(f"{leaf.path} {text}") for text in texts):
        return Accident.ID
    if texts and all(_DATE.search(text) for text in texts):
        return Accident.TIME
    if leaf.before and leaf.after:
        if _differs_by(_ADDRESS, leaf.before, leaf.after):
            return Accident.ADDRESS
        # What is not quoted is a number, or a summary of many: `std 2.5 min 0`.
        quoted = leaf.before.startswith('"') and leaf.after.startswith('"')
        if (quoted and _differs_by(_MOMENT, leaf.before, leaf.after)) or _epochs(leaf.before, leaf.after):
            return Accident.TIME
    small = math.prod(leaf.shape) <= _SMALL
    return Accident.TIME if small and _NAMED.search(leaf.path.replace("_", " ")) else None


def _differs_by(pattern: re.Pattern[str], before: str, after: str) -> bool:
    """Whether two texts are the same but for what matches a pattern."""
    return before != after and pattern.sub("", before) == pattern.sub("", after)


def _epochs(before: str, after: str) -> bool:
    """Whether two numbers are moments of our days, in seconds or a thousandth, millionth, billionth of it."""
    if not (_EPOCH.fullmatch(before) and _EPOCH.fullmatch(after)):
        return False
    one, other = float(before), float(after)
    return any(
        _NOWADAYS[0] < one / unit < _NOWADAYS[1] and abs(other - one) / unit < _APART
        for unit in (1, 1e3, 1e6, 1e9)
    )


def accidents(artifacts: Sequence[ArtifactDifference], step: str) -> tuple[tuple[Cause, ...], bool]:
    """Return a cause for each kind of accidental value of a step, and whether nothing else differs there.

    Args:
        artifacts: that differ.
        step: where the difference begins.
    """
    differing = [found for found in artifacts if found.step == step and not found.state.accepted]
    leaves = [(found.path, leaf) for found in differing for leaf in found.leaves]
    classified = [(path, leaf, accident(leaf)) for path, leaf in leaves]
    whole = (
        bool(classified)
        and all(kind for _, _, kind in classified)
        and not any(one.hidden for one in differing)
    )
    return tuple(_causes(classified)), whole and all(one.leaves for one in differing)


def _causes(classified: Sequence[tuple[str, LeafDifference, Accident | None]]) -> Iterator[Cause]:
    for kind, (what, remedy) in _SENTENCES.items():
        found = [(path, leaf) for path, leaf, one in classified if one is kind]
        if found:
            path, leaf = found[0]
            count = sum(leaf.count for _, leaf in found) - 1
            more = f", as {'does' if count == 1 else 'do'} {plural(count, 'other value')}" if count else ""
            text = f"{path}: {leaf.path or 'its text'} contains {what}{more} → {remedy}"
            yield Cause(kind=None, name=kind.value, text=text)
