# SPDX-License-Identifier: Apache-2.0
"""The surroundings that are compared, as data; what the profile itself sets is never copied here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from repro_action.determinism.knobs import KNOBS

Profile = Literal["portable", "native", "off"]
PROFILES: tuple[Profile, ...] = ("portable", "native", "off")

REFERENCE = "reference"
_THREADS = tuple(dict.fromkeys(knob.variable for knob in KNOBS if knob.value == "{threads}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One pass over all estimators, and the pass that it is compared with.

    Attributes:
        name: in file names.
        title: in tables.
        outside: variables of the caller's environment, over which the profile is laid.
        threads: `threads` of the profile.
        against: the column of the same profile that it is held against.
        cpu: that qemu emulates; empty for the machine's own.
        shared: name of another column whose pass this one is; it is only held against another.
        profiles: those for which it says something.
    """

    name: str
    title: str
    outside: Mapping[str, str] = field(default_factory=dict)
    threads: int = 1
    against: str = REFERENCE
    cpu: str = ""
    shared: str = ""
    profiles: tuple[Profile, ...] = PROFILES


def _requested(count: int) -> Column:
    return Column(
        name=f"threads-{count}",
        title=f"{count} thread{'s' if count > 1 else ''} requested",
        outside=dict.fromkeys(_THREADS, str(count)),
    )


def _core(name: str) -> Column:
    title = f"`OPENBLAS_CORETYPE={name}`"
    return Column(name=f"core-{name}", title=title, outside={"OPENBLAS_CORETYPE": name})


PINNED: tuple[Profile, ...] = ("portable", "native")

COLUMNS: tuple[Column, ...] = (
    Column(name=REFERENCE, title="nothing set, `OPENBLAS_CORETYPE` unset", against=""),
    Column(name="again", title="the same again"),
    *(_requested(count) for count in (1, 2, 4)),
    *(_core(name) for name in ("SkylakeX", "Haswell", "Zen")),
    Column(name="hash-seed", title="`PYTHONHASHSEED=12345`", outside={"PYTHONHASHSEED": "12345"}),
    Column(
        name="avx2",
        title="`OPENBLAS_CORETYPE=Haswell`, `NPY_ENABLE_CPU_FEATURES=X86_V3`",
        outside={"OPENBLAS_CORETYPE": "Haswell", "NPY_ENABLE_CPU_FEATURES": "X86_V3"},
    ),
    Column(name="two", title="`threads = 2` in the profile", threads=2, profiles=PINNED),
    Column(
        name="two-again",
        title="`threads = 2` in the profile, against itself again",
        threads=2,
        against="two",
        profiles=PINNED,
    ),
)

EMULATED: tuple[Column, ...] = (
    Column(name="qemu-Haswell", title="emulated Haswell", cpu="Haswell"),
    Column(name="qemu-EPYC", title="emulated EPYC (Zen 1)", cpu="EPYC"),
    Column(
        name="qemu-both",
        title="emulated Haswell against emulated EPYC",
        shared="qemu-EPYC",
        against="qemu-Haswell",
    ),
)

REFERENCES = frozenset(column.against for column in (*COLUMNS, *EMULATED)) - {""}


def by_name(name: str) -> Column:
    """Return a column by its name."""
    return next(column for column in (*COLUMNS, *EMULATED) if column.name == name)
