# SPDX-License-Identifier: Apache-2.0
"""TensorFlow's `saved_model.pb`: every field by its number, without the description of the messages.

A field of bytes that is printable is a text, one that parses as a message is one, all else is bytes. Numbers
at the end of the names of functions are drawn from a counter of the process: they are numbered in order.
"""

from __future__ import annotations

import re
from collections import Counter
from types import MappingProxyType

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import bytes_leaf, number_leaf, text_leaf
from repro_action.readers.protobuf import fields, message
from repro_action.readers.protocol import ReadContext, Source, too_large
from repro_action.readers.whole import SizeLimit, whole
from repro_action.tree import Excluded, Node, Tree, branch

FUNCTIONS, FINGERPRINT = "tensorflow-function-ids", "tensorflow-fingerprint"
_FUNCTION = re.compile(r"(__(?:inference|forward|backward)_\w*?_)(\d+)\b")
_TOP = MappingProxyType({(1,): "saved_model_schema_version", (2,): "meta_graphs"})
_GRAPH = MappingProxyType(
    {
        1: "meta_info_def",
        2: "graph_def",
        3: "saver_def",
        4: "collection_def",
        5: "signature_def",
        6: "asset_file_def",
        7: "object_graph_def",
    }
)
_LIBRARY = (2, 2, 2)
"""Where the functions of a graph are: `meta_graphs.graph_def.library`."""
_ID = re.compile(rb"(?<=_)\d+\b")
_CAPTURED = re.compile(rb"\x12[\x01-\x09](\d{1,9})")
"""An attribute's value, a text of digits."""
_DEPTH = 40
_PLAIN = 256
"""Bytes of text up to which a field is taken for one even if it could be a message, too."""


class SavedModelReader:
    """Reads the graph of a SavedModel."""

    name = "saved-model"
    size_limit = SizeLimit(copies=8)

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the name, which is always the same, and by the version of the form."""
        return source.name.rpartition("/")[2] == "saved_model.pb" and head.startswith(b"\x08\x01\x12")

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read every field.

        Raises:
            ArtifactUnreadable: malformed, or too large.
        """
        walk = _Fields(context)
        root = walk.message(whole(source, context, copies=self.size_limit.copies), ())
        excluded = [
            Excluded(path=f"functions['{name}']", rule=FUNCTIONS) for name in [*walk.names.values()][:10_000]
        ]
        return Tree(format=self.name, root=root, excluded=tuple(excluded))


class FingerprintReader:
    """Reads the fingerprint beside it, hashes of the file that is compared itself."""

    name = "saved-model-fingerprint"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the name, which is always the same, and by the size."""
        return source.name.rpartition("/")[2] == "fingerprint.pb" and 0 < len(head) <= 200

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Leave out the hashes and the id; nothing else may be in it.

        Raises:
            ArtifactUnreadable: it is of another form.
        """
        found = message(whole(source, context), context, what="fingerprint")
        hashes = all(isinstance(value, int) for number in range(1, 6) for value in found.get(number, []))
        others = all(
            isinstance(value, bytes) and len(value) <= 64
            for number in (6, 7)
            for value in found.get(number, [])
        )
        if (
            not hashes
            or not others
            or not found.keys() <= {1, 2, 3, 4, 5, 6, 7}
            or any(len(values) > 1 for values in found.values())
        ):
            raise ArtifactUnreadable("it has a form that TensorFlow does not give it")
        root = branch([], type="fingerprint", algorithm=context.digester.algorithm)
        excluded = [Excluded(path=f"field_{number}", rule=FINGERPRINT) for number in sorted(found)]
        return Tree(format=self.name, root=root, excluded=tuple(excluded))


class _Fields:
    def __init__(self, context: ReadContext) -> None:
        self.context = context
        self.names: dict[str, str] = {}
        self.nodes = 0

    def message(self, data: bytes, above: tuple[int, ...]) -> Node:
        counts: Counter[int] = Counter()
        children: list[tuple[str, Node]] = []
        found = [*fields(data, self.context, what="SavedModel")]
        if above == _LIBRARY:
            # A map by names that are drawn, so its order is no one's choice.
            found.sort(key=lambda field: (field[0], _without_ids(field[2])))
        named = (1, 2, b"_user_specified_name") in found
        for number, kind, value in found:
            self.nodes += 1
            if 600 * self.nodes > 4 * self.context.limits.memory:
                raise too_large(f"it has more than {self.nodes - 1} fields", f"{self.nodes - 1} fields")
            name = _TOP.get((number,)) if not above else _GRAPH.get(number) if above == (2,) else None
            segment = f".{name or f'field_{number}'}[{counts[number]}]"
            counts[number] += 1
            drawn = _CAPTURED.fullmatch(value) if named and isinstance(value, bytes) else None
            if drawn is not None:
                # What a function captured without a name has a number of the process for one.
                self.names.setdefault(drawn[1].decode(), str(len(self.names)))
                children.append((segment, text_leaf(self.names[drawn[1].decode()], self.context)))
            else:
                children.append((segment, self._value(kind, value, (*above, number))))
        return branch(children, algorithm=self.context.digester.algorithm)

    def _value(self, kind: int, value: int | bytes, path: tuple[int, ...]) -> Node:
        if isinstance(value, int):
            return number_leaf(value, self.context)
        text = _printable(value) if kind == 2 else None
        short = text is not None and len(value) <= _PLAIN
        if kind == 2 and not short and len(path) < _DEPTH and value and self._parses(value):
            return self.message(value, path)
        if text is None:
            return bytes_leaf(value, self.context)
        return text_leaf(self._numbered(text), self.context)

    def _parses(self, data: bytes) -> bool:
        try:
            return all(number < 1000 for number, _, _ in fields(data, self.context))
        except ArtifactUnreadable:
            self.context.check_time()
            return False

    def _numbered(self, text: str) -> str:
        def renamed(found: re.Match[str]) -> str:
            return found[1] + "#" + self.names.setdefault(found[2], str(len(self.names)))

        return _FUNCTION.sub(renamed, text)


def _without_ids(value: int | bytes) -> bytes:
    """Return what functions are sorted by: their names and bodies without numbers that are drawn."""
    if isinstance(value, int):
        return b""
    start = value.find(b"__")
    # Lengths of what holds a name come before it.
    return _ID.sub(b"", value[max(start, 0) :])


def _printable(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() or text.replace("\n", "").isprintable() else None
