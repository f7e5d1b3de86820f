# SPDX-License-Identifier: Apache-2.0
"""Outputs of a notebook's cells: numbers, tables as columns, pictures as pixels; nothing is rendered."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field, replace

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import also_covering, key_segment, number_leaf
from repro_action.readers.documents.html_tables import tables_in
from repro_action.readers.documents.printed import NUMBER, PrintedReader
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import BytesSource, ReadContext
from repro_action.tree import Branch, Excluded, Node, branch

ADDRESSES = "notebook-addresses"
LOGS = "notebook-logs"
WIDGETS = "notebook-widgets"
_ADDRESS = re.compile(r"(?<=\bat )0x[0-9a-f]{6,16}(?=>)")
_PICTURES = {"image/png": ".png", "image/jpeg": ".jpg", "image/svg+xml": ".svg"}
_WIDGET = "application/vnd.jupyter.widget-view+json"


@dataclass(slots=True, kw_only=True)
class OutputReader:
    """Reads the outputs of one cell after the other.

    Attributes:
        context: limits and digests.
        excluded: what was left out so far.
    """

    context: ReadContext
    excluded: list[Excluded] = field(default_factory=list)

    def of_cell(self, outputs: list[object], path: str) -> list[tuple[str, Node]]:
        """Return the outputs of a cell: what it printed as one text, however it was cut into pieces.

        Args:
            outputs: as the notebook has them.
            path: of the cell.

        Raises:
            ArtifactUnreadable: an output is malformed.
        """
        printed: list[str] = []
        others: list[dict[str, object]] = []
        for output in outputs:
            if not isinstance(output, dict):
                raise ArtifactUnreadable("an output is not an object")
            if output.get("output_type") != "stream":
                others.append(output)
            elif output.get("name") == "stderr":
                self.left_out(f"{path}.stderr", LOGS)
            else:
                printed.append(str(joined(output.get("text", ""))))
        found = [("." + "stdout", self._words("".join(printed), f"{path}.stdout"))] if printed else []
        return found + [
            (f".outputs[{index}]", self._output(output, f"{path}.outputs[{index}]"))
            for index, output in enumerate(others)
        ]

    def left_out(self, path: str, rule: str) -> None:
        """Note what a rule leaves out."""
        self.excluded.append(Excluded(path=path, rule=rule))

    def _output(self, output: dict[str, object], path: str) -> Node:
        data = output.pop("data", {})
        if not isinstance(data, dict):
            raise ArtifactUnreadable("the data of an output is not an object")
        if output.pop("traceback", None) is not None:
            self.left_out(f"{path}.traceback", LOGS)
        children: list[tuple[str, Node]] = [
            (f".{key}", self._words(item, f"{path}.{key}") if isinstance(item, str) else self._value(item))
            for key, item in output.items()
        ]
        for key, item in data.items():
            if key == _WIDGET:
                self.left_out(f"{path}.data{key_segment(key)}", WIDGETS)
                continue
            name = f".data{key_segment(key)}"
            children.append((name, self._data(key, item, f"{path}{name}")))
        return branch(children, algorithm=self.context.digester.algorithm)

    def _data(self, key: str, item: object, path: str) -> Node:
        value = joined(item) if not key.endswith("json") else item
        if not isinstance(value, str):
            return self._value(value)
        if key in _PICTURES:
            return self._picture(key, value, path)
        if key == "text/html":
            tables, rest = tables_in(value, self.context)
            if not rest.strip():
                return branch(tables, algorithm=self.context.digester.algorithm)
            page = self._read("output.html", rest, path)
            if not tables:
                return page
            return branch([*tables, (".page", page)], algorithm=self.context.digester.algorithm)
        return self._words(value, path)

    def _picture(self, key: str, value: str, path: str) -> Node:
        try:
            content = value.encode() if key == "image/svg+xml" else binascii.a2b_base64(value)
        except (ValueError, UnicodeEncodeError):
            return self._value(value)
        return self._descend(f"output{_PICTURES[key]}", content, path)

    def _words(self, text: str, path: str) -> Node:
        """Return a text as words and numbers, and one that is a single number as that."""
        text, found = _ADDRESS.subn("0x…", text)
        if found:
            self.left_out(path, ADDRESSES)
        if NUMBER.fullmatch(text.strip()):
            leaf = number_leaf(float(text), self.context)
            return also_covering(leaf, text.strip().encode(), self.context)
        try:
            source = BytesSource("output.txt", text.encode())
        except UnicodeEncodeError:
            return self._value(text)
        tree = PrintedReader().read(source, self.context)
        self.excluded += [replace(one, path=f"{path}{one.path}") for one in tree.excluded]
        children = tree.root.children if isinstance(tree.root, Branch) else ()
        if len(children) > 1:
            return tree.root
        return children[0][1] if children and tree.excluded else self._value(text)

    def _read(self, name: str, text: str, path: str) -> Node:
        try:
            return self._descend(name, text.encode(), path)
        except UnicodeEncodeError:
            return self._value(text)

    def _descend(self, name: str, content: bytes, path: str) -> Node:
        tree = self.context.descend(BytesSource(name, content))
        self.excluded += [replace(one, path=f"{path}: {one.path}") for one in tree.excluded]
        return tree.root

    def _value(self, value: object) -> Node:
        return value_tree(value, self.context)


def joined(value: object) -> object:
    """Return a text that may come as a list of lines."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value
