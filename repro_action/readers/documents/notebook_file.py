# SPDX-License-Identifier: Apache-2.0
"""Jupyter notebooks: cells with their source and outputs; when and how often they ran is left out by a rule.

An output that is a picture or a table in JSON is read as one. See https://nbformat.readthedocs.io.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import replace

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import join
from repro_action.readers.arrays import key_segment
from repro_action.readers.json.parsing import json_value
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import BytesSource, ReadContext, Source
from repro_action.readers.whole import SizeLimit, whole_text
from repro_action.tree import Branch, Excluded, Node, Tree, branch

RULE = "notebook-runs"
ADDRESSES = "notebook-addresses"
_MOST = 10_000
_ADDRESS = re.compile(r"(?<=\bat )0x[0-9a-f]{6,16}(?=>)")
_PICTURES = {"image/png": ".png", "image/jpeg": ".jpg", "image/svg+xml": ".svg"}


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
        cells_of = _Cells(context)
        cells = value.pop("cells")
        algorithm = context.digester.algorithm
        children: list[tuple[str, Node]] = [
            (f".{key}", value_tree(item, context)) for key, item in value.items()
        ]
        children += [(f".cells[{index}]", cells_of.cell(cell)) for index, cell in enumerate(cells)]
        excluded += cells_of.excluded
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
        yield "metadata", metadata, frozenset({"papermill"})
        language = metadata.get("language_info")
        if isinstance(language, dict):
            yield "metadata.language_info", language, frozenset({"version"})
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
                yield f"{path}.outputs[{place}]", output, frozenset({"execution_count"})


class _Cells:
    """Cells as trees, with the pictures in them read by the reader of their format."""

    def __init__(self, context: ReadContext) -> None:
        self.context = context
        self.excluded: list[Excluded] = []

    def cell(self, cell: object) -> Branch:
        if not isinstance(cell, dict):
            raise ArtifactUnreadable("a cell is not an object")
        outputs = cell.pop("outputs", [])
        if not isinstance(outputs, list):
            raise ArtifactUnreadable("a cell has no list of outputs")
        children = [
            (f".{key}", value_tree(_joined(item) if key == "source" else item, self.context))
            for key, item in cell.items()
        ]
        children += [(f".outputs[{index}]", self._output(item)) for index, item in enumerate(outputs)]
        return branch(children, algorithm=self.context.digester.algorithm)

    def _output(self, output: object) -> Branch:
        if not isinstance(output, dict):
            raise ArtifactUnreadable("an output is not an object")
        data = output.pop("data", {})
        if not isinstance(data, dict):
            raise ArtifactUnreadable("the data of an output is not an object")
        children = [
            (f".{key}", self._text(f".{key}", _joined(item) if key == "text" else item))
            for key, item in output.items()
        ]
        children += [(f".data{key_segment(key)}", self._data(key, item)) for key, item in data.items()]
        return branch(children, algorithm=self.context.digester.algorithm)

    def _data(self, key: str, item: object) -> Node:
        text = _joined(item) if not key.endswith("json") else item
        if key not in _PICTURES or not isinstance(text, str):
            return self._text(f"data{key_segment(key)}", text)
        try:
            content = text.encode() if key == "image/svg+xml" else binascii.a2b_base64(text)
        except (ValueError, UnicodeEncodeError):
            return value_tree(text, self.context)
        tree = self.context.descend(BytesSource(f"output{_PICTURES[key]}", content))
        self.excluded += [replace(one, path=f"{key}: {one.path}") for one in tree.excluded]
        return tree.root

    def _text(self, key: str, value: object) -> Node:
        """Return a value; a text is without addresses in memory."""
        if isinstance(value, str):
            value, found = _ADDRESS.subn("0x…", value)
            self.excluded += [Excluded(path=key.removeprefix("."), rule=ADDRESSES)] * bool(found)
        return value_tree(value, self.context)


def _joined(value: object) -> object:
    """Return a text that may come as a list of lines."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value
