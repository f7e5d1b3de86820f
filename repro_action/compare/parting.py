# SPDX-License-Identifier: Apache-2.0
"""The entry of a training's log at which two trainings part."""

from __future__ import annotations

import re
from dataclasses import dataclass

from repro_action.readers.dtypes import EVERY
from repro_action.tree import Scalar

KEY = re.compile(
    r"(?P<above>.*?)(?:\['(?P<key>(?:[^'\\]|\\.)*)'\]|\.(?P<attribute>\w+)|(?P<column>[^./\[\]]+))",
    re.DOTALL,
)
"""The path of a series: what it is in, and its own name there."""

_KEYS = re.compile(r"\['((?:[^'\\]|\\.)*)'\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingParting:
    """The first entry of a training's log that differs.

    Attributes:
        artifact: path of the log.
        series: path of the values in it.
        index: of the entry, from 0.
        unit: name of the column that the log counts by; empty where it has none.
        at: what that column says there, on both sides.
        last: what it says of the entry before; None for the first entry.
        before, after: the values there.
        ulp: their distance in units in the last place; None where there is none.
        until: the last entry that the first difference can be in, where only the marks of a side are there;
            None where it is known, and is that at `index`.
        until_at: what the column says there.
        entries: of the log of the later run; 0 where that is unknown.
        repeated: whether two runs of the same materials part here.
    """

    artifact: str
    series: str
    index: int
    unit: str = ""
    at: Scalar = None
    last: Scalar = None
    before: Scalar = None
    after: Scalar = None
    ulp: int | None = None
    until: int | None = None
    until_at: Scalar = None
    entries: int = 0
    repeated: bool = False

    @property
    def name(self) -> str:
        """What the values are called in the log, such as `loss` or `train.rmse`."""
        keys = _KEYS.findall(self.series.rpartition(EVERY)[2] or self.series)
        return ".".join(keys) if len(keys) > 1 else last_name(self.series)


def last_name(series: str) -> str:
    """Return what a series is called in its log."""
    match = KEY.fullmatch(series.removesuffix(EVERY).removesuffix(".value"))
    if match is None:
        return series
    return match["key"] or match["attribute"] or match["column"] or series
