# SPDX-License-Identifier: Apache-2.0
"""The cells of a notebook: what each is called, and where parameters go (papermill's meaning of its tags)."""

from __future__ import annotations

import keyword

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Mapping  # noqa: UP035 -- Python 3.8 may read it

    Cell = Dict[str, Any]  # noqa: UP006

PARAMETERS, INJECTED = "parameters", "injected-parameters"
"""papermill's tags: of the cell with the defaults, and of the one that replaces them."""


class Refused(Exception):
    """The notebook or its parameters cannot be used; the text says why."""


def source_of(cell: Cell) -> str:
    """Return the source of a cell, which may be a list of lines."""
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def cell_name(notebook: str, number: int) -> str:
    """Return how a cell is called wherever a file is named: `report.ipynb: cell 3`, from 1."""
    return f"{notebook}: cell {number}"


def tagged(cells: List[Cell], tag: str) -> int:  # noqa: UP006
    """Return the place of the first cell with a tag; -1 where there is none."""
    for index, cell in enumerate(cells):
        metadata = cell.get("metadata")
        tags = metadata.get("tags") if isinstance(metadata, dict) else None
        if isinstance(tags, list) and tag in tags:
            return index
    return -1


def inject(cells: List[Cell], values: Mapping[str, object], made: Cell) -> int:  # noqa: UP006
    """Put a cell with parameters behind the one that has the defaults, or in the place of an earlier one.

    See papermill/parameterize.py. A notebook without either tag takes no parameters.

    Args:
        cells: changed in place.
        values: the parameters.
        made: an empty code cell.

    Returns:
        Its place; -1 where nothing was done.
    """
    defaults, earlier = tagged(cells, PARAMETERS), tagged(cells, INJECTED)
    if defaults < 0 and earlier < 0:
        return -1
    made["source"] = assignments(values)
    made["metadata"]["tags"] = [INJECTED]
    if earlier >= 0:
        cells[earlier] = made
        return earlier
    cells.insert(defaults + 1, made)
    return defaults + 1


def assignments(values: Mapping[str, object]) -> str:
    """Return the source of the cell.

    Raises:
        Refused: a key cannot be the name of a variable.
    """
    lines = ["# Parameters"]
    for name, value in values.items():
        if not name.isidentifier() or keyword.iskeyword(name):
            raise Refused(f"the parameter {name!r} cannot be a variable: rename it")
        lines.append(f"{name} = {literal(value)}")
    return "\n".join(lines) + "\n"


def literal(value: object) -> str:
    """Return the Python text of a parameter's value."""
    if isinstance(value, dict):
        pairs = [f"{str(key)!r}: {literal(item)}" for key, item in value.items()]
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, float):
        text = repr(value)
        return text if text.strip("-").startswith(tuple("0123456789")) else f"float({text!r})"
    if value is None or isinstance(value, (bool, int)):
        return repr(value)
    return repr(str(value))


class CellNames:
    """Which cell a source is: sources are executed in the order of the notebook."""

    def __init__(self, notebook: str, cells: List[Cell]) -> None:  # noqa: UP006
        self.notebook = notebook
        self.sources = [source_of(cell) if cell.get("cell_type") == "code" else None for cell in cells]
        self.place = 0

    def name(self, source: str) -> str:
        """Return the name of the next cell with this source; empty where there is none."""
        for index in range(self.place, len(self.sources)):
            if self.sources[index] == source:
                self.place = index + 1
                return cell_name(self.notebook, index + 1)
        return ""
