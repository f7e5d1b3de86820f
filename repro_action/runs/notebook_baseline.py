# SPDX-License-Identifier: Apache-2.0
"""A committed notebook as a baseline: a run is compared with what its cells printed, drew and returned."""

from __future__ import annotations

import json
import re
import shlex
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from repro_action.baseline import Baseline
from repro_action.errors import BaselineError
from repro_action.fingerprint import MaterialKind
from repro_action.notice import Notice
from repro_action.paths.names import CELL, shown
from repro_action.runs.baseline_source import AcceptedRun, FinishedRun
from repro_action.runs.products import listed_like, read_elsewhere
from repro_action.runs.store import RunStore

LARGEST = 1 << 28
"""Bytes of a notebook that is looked at."""
_VERSION = re.compile(r"3\.[0-9]{1,2}\.[0-9]{1,3}")
UNRECORDED = frozenset(MaterialKind) - {MaterialKind.STEPS, MaterialKind.RULES}
"""A notebook says nothing of what it was made from, besides its cells and the version of Python."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedCells:
    """What a notebook says of its own execution.

    Attributes:
        executed: cell, from 1 → the number in its brackets.
        has_outputs: whether any cell has an output.
        python: version of the Python that executed it; empty where it does not say.
    """

    executed: Mapping[int, int]
    has_outputs: bool
    python: str = ""

    @property
    def out_of_order(self) -> tuple[int, ...]:
        """The fewest cells without which the others ran from top to bottom."""
        # The longest run of rising counts, by patience sorting: what each pile ends with, and where from.
        ends: list[int] = []
        piles: list[int] = []
        before: dict[int, int] = {}
        for cell, count in self.executed.items():
            place = bisect_left(ends, count)
            before[cell] = piles[place - 1] if place else 0
            ends[place : place + 1] = [count]
            piles[place : place + 1] = [cell]
        kept: set[int] = set()
        cell = piles[-1] if piles else 0
        while cell:
            kept.add(cell)
            cell = before[cell]
        return tuple(cell for cell in self.executed if cell not in kept)


def committed_cells(path: Path, name: str) -> CommittedCells:
    """Read which cells of a notebook were executed, and in which order.

    Args:
        path: of the file.
        name: of it, in messages.

    Raises:
        BaselineError: it is no notebook for Python.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise BaselineError(
                f"it has more than {LARGEST >> 20} MiB",
                where=name,
                remedy="Clear outputs that are not results.",
            )
        raw = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise BaselineError(
            "it cannot be read as a notebook",
            why=shown(str(error)[:300]),
            where=name,
            remedy="Open it in Jupyter and save it again.",
        ) from error
    cells = raw.get("cells") if isinstance(raw, dict) else None
    if not isinstance(cells, list):
        raise BaselineError(
            "it is no notebook of format 4: it has no list of cells",
            where=name,
            remedy="Convert it: `jupyter nbconvert --to notebook --inplace` writes the format of today.",
        )
    found = list(_executed(cells))
    return CommittedCells(
        executed={cell: count for cell, count, _ in found if count},
        has_outputs=any(outputs for _, _, outputs in found),
        python=_python(raw),
    )


def _python(raw: object) -> str:
    match raw:
        case {"metadata": {"language_info": {"name": "python", "version": str(version)}}}:
            return version if _VERSION.fullmatch(version) else ""
    return ""


def _executed(cells: list[object]) -> Iterator[tuple[int, int, bool]]:
    for number, cell in enumerate(cells, start=1):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            count = cell.get("execution_count")
            plain = isinstance(count, int) and not isinstance(count, bool)
            yield number, count if plain and isinstance(count, int) else 0, bool(cell.get("outputs"))


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookBaseline:
    """What a committed notebook holds; satisfies `BaselineSource`.

    Attributes:
        name: of its file, relative to the project.
        executed: name of the executed copy.
        step: that executes it.
        cells: what it says of its own execution.
        store: of the project.
    """

    name: str
    executed: str
    step: str
    cells: CommittedCells
    store: RunStore
    external: bool = True
    unrecorded: frozenset[MaterialKind] = UNRECORDED
    committed: Baseline | None = None
    absence: str = "holds no outputs"
    notices: tuple[Notice, ...] = ()

    @property
    def renewal(self) -> str:
        """The command that executes it anew."""
        return (
            f"jupyter nbconvert --to notebook --execute --inplace {shlex.quote(self.name)}   # then commit it"
        )

    def accepted(self, run: FinishedRun) -> AcceptedRun | None:
        """Return the outputs of the committed cells in the terms of the run; None where there are none."""
        if not self.cells.has_outputs:
            return None
        place = run.config.root / self.name
        product, root = read_elsewhere(run.config, self.executed, place, step=self.step)
        self.store.keep_product(place, product, self.executed)
        now = run.fingerprint.products[self.executed]
        materials = dict(run.fingerprint.materials)
        if self.cells.python:
            python = {**materials[MaterialKind.ENVIRONMENT], "python": self.cells.python}
            materials[MaterialKind.ENVIRONMENT] = python
        return AcceptedRun(
            fingerprint=replace(
                run.fingerprint,
                materials=materials,
                products={self.executed: listed_like(product, root, now)},
                circumstances={},
            )
        )


def notices_of(cells: CommittedCells, name: str) -> tuple[Notice, ...]:
    """Return what is remarkable about the committed file, whatever the run gives."""
    wrong = cells.out_of_order
    if not wrong:
        return ()
    places = ", ".join(map(str, wrong[:10])) + (", …" if len(wrong) > 10 else "")
    return (
        Notice(
            what=f"{shown(name)} was committed with cells that ran out of order: cell {places}",
            why="Their outputs may be of values that the cells above them no longer make.",
            remedy="Restart the kernel, run all cells, and commit that.",
            where=f"{name}{CELL}{wrong[0]}",
        ),
    )
