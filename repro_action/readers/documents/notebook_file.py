# SPDX-License-Identifier: Apache-2.0
"""Jupyter notebooks: cells with their source and outputs; when and how often they ran is left out by a rule.

Pictures, tables and numbers among the outputs are read as such: see `notebook_outputs`. See https://nbformat.readthedocs.io.
"""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import join
from repro_action.readers.documents.notebook_outputs import OutputReader, joined
from repro_action.readers.json.parsing import json_value
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit, whole_text
from repro_action.tree import Branch, Excluded, Node, Tree, branch

RULE = "notebook-runs"
_MOST = 10_000


class NotebookReader:
    """Reads `.ipynb` files of the formats 4.0 and later."""

    name = "notebook"
    size_limit = SizeLimit(copies=12)

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the suffix."""
        return source.name.lower().endswith(".ipynb") and head.lstrip()[:1] == b"{"

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the cells.

        Raises:
            ArtifactUnreadable: no notebook, or too large.
        """
        value = json_value(whole_text(source, context, copies=self.size_limit.copies))
        if not isinstance(value, dict) or not isinstance(value.get("cells"), list):
            raise ArtifactUnreadable("it has no list of cells")
        excluded = [*_leave_out(value)]
        reader = OutputReader(context=context)
        cells = value.pop("cells")
        algorithm = context.digester.algorithm
        children: list[tuple[str, Node]] = [
            (f".{key}", value_tree(item, context)) for key, item in value.items()
        ]
        for index, cell in enumerate(cells):
            if index % 1024 == 0:
                context.check_time()
            children.append((f".cells[{index}]", _cell(cell, f"cells[{index}]", reader)))
        excluded += reader.excluded
        root = branch(children, type="notebook", algorithm=algorithm)
        return Tree(format=self.name, root=root, excluded=tuple(excluded[:_MOST]))


def _leave_out(notebook: dict[str, object]) -> Iterator[Excluded]:
    """Take out, in place, what only says when and where the cells ran."""
    for path, table, keys in _places(notebook):
        for key in sorted(keys & table.keys()):
            del table[key]
            yield Excluded(path=join(path, f".{key}"), rule=RULE)


def _places(notebook: dict[str, object]) -> Iterator[tuple[str, dict[str, object], frozenset[str]]]:
    metadata = notebook.get("metadata")
    if isinstance(metadata, dict):
        yield "metadata", metadata, frozenset({"papermill", "language_info", "widgets"})
    cells = notebook["cells"]
    for index, cell in enumerate(cells if isinstance(cells, list) else []):
        if not isinstance(cell, dict):
            continue
        path = f"cells[{index}]"
        yield path, cell, frozenset({"id", "execution_count"})
        own = cell.get("metadata")
        if isinstance(own, dict):
            yield f"{path}.metadata", own, frozenset({"execution", "papermill", "ExecuteTime"})
        outputs = cell.get("outputs")
        for place, output in enumerate(outputs if isinstance(outputs, list) else []):
            if isinstance(output, dict):
                yield f"{path}.outputs[{place}]", output, frozenset({"execution_count", "metadata"})


def _cell(cell: object, path: str, reader: OutputReader) -> Branch:
    if not isinstance(cell, dict):
        raise ArtifactUnreadable("a cell is not an object")
    outputs = cell.pop("outputs", [])
    if not isinstance(outputs, list):
        raise ArtifactUnreadable("a cell has no list of outputs")
    children = [
        (f".{key}", value_tree(joined(item) if key == "source" else item, reader.context))
        for key, item in cell.items()
    ]
    return branch([*children, *reader.of_cell(outputs, path)], algorithm=reader.context.digester.algorithm)
