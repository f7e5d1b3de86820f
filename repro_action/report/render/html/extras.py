# SPDX-License-Identifier: Apache-2.0
"""What a page shows beyond its report, where the machine that ran still has it; every list is bounded."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.report.model import Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayPlot:
    """A numeric array on both sides, or the histograms of both.

    Attributes:
        artifact, leaf: which array; foreign.
        before, after: values by index, or counts by bin; `before` is empty where there is none.
        bins: lowest and highest value of histograms; None where the values themselves are drawn.
        elements: number of elements of the later side.
    """

    artifact: str
    leaf: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    bins: tuple[float, float] | None = None
    elements: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureTriple:
    """A picture before, after, and where both differ.

    Attributes:
        artifact: which one; foreign.
        before, after, difference: PNG; empty where there is none.
        width, height: in pixels, of the later side as it is shown.
        note: what is said of it, such as how many pixels differ; foreign.
    """

    artifact: str
    before: bytes
    after: bytes
    difference: bytes
    width: int
    height: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixPair:
    """A confusion matrix on both sides: rows are the truth, columns what was predicted.

    Attributes:
        name: which one; foreign.
        before, after: counts, row by row; `before` is empty where there is none.
    """

    name: str
    before: tuple[tuple[float, ...], ...]
    after: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFile:
    """A file that a stage read or wrote; its path and digest are foreign.

    Attributes:
        role: `code`, `data`, `intermediate`, `params`, `product` or `metrics`.
        changed: whether it is known to differ from the other side.
    """

    path: str
    role: str
    digest: str = ""
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCard:
    """What one stage is made of; texts are foreign.

    Attributes:
        command: argument vector.
        state: what became of it, in words.
        params, metrics: name → value, as text.
    """

    name: str
    command: tuple[str, ...]
    state: str
    inputs: tuple[StageFile, ...]
    params: tuple[tuple[str, str], ...]
    outputs: tuple[StageFile, ...]
    metrics: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageExtras:
    """What is known beyond a report.

    Attributes:
        plots, pictures, matrices: of artifacts that differ.
        left_out: why further ones are not drawn, a sentence each; foreign.
        cards: one a stage, in the order in which they ran.
        environment: each fact on both sides.
    """

    plots: tuple[ArrayPlot, ...] = ()
    pictures: tuple[PictureTriple, ...] = ()
    matrices: tuple[MatrixPair, ...] = ()
    left_out: tuple[str, ...] = ()
    cards: tuple[StageCard, ...] = ()
    environment: tuple[Pair, ...] = ()


NO_EXTRAS = PageExtras()
