# SPDX-License-Identifier: Apache-2.0
"""One leaf of an artifact that differs, and by how much; import both from `model`."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.compare.byte_facts import ByteFacts
from repro_action.report.states import Measured, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Magnitude:
    """How large the difference of a numeric leaf is; None where it was not measured.

    Attributes:
        max_abs: largest `|after - before|`.
        max_rel: largest `|after - before| / |before|` over elements with `before != 0`.
        max_ulp: largest distance in units in the last place of the leaf's dtype.
        differing, total: number of elements.
        first: index of the first differing element, such as `[3, 7]`.
        measured: from the elements themselves or from statistics only.
    """

    measured: Measured
    max_abs: float | None = None
    max_rel: float | None = None
    max_ulp: int | None = None
    differing: int | None = None
    total: int | None = None
    first: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafDifference:
    """One leaf that differs, or several that differ in the same way.

    Attributes:
        path: inside the artifact; empty for its root; `a[0…9].b` for several.
        before, after: a summary of each side, such as `<f8 (13,) mean 0.41`; empty where
            the side has no such leaf, or where several leaves have unlike ones.
        dtype, shape: of the candidate's side, or of the only one.
        reason: why it differs or could not be compared, in a few words.
        count: number of leaves that this line stands for.
        opaque: what can be said of bytes that no reader knows.
    """

    path: str
    state: State
    before: str
    after: str
    dtype: str = ""
    shape: tuple[int, ...] = ()
    magnitude: Magnitude | None = None
    reason: str = ""
    count: int = 1
    opaque: ByteFacts | None = None
