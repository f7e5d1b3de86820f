# SPDX-License-Identifier: Apache-2.0
"""R's `.rds` and `.RData`: vectors are arrays, lists and data frames branches, attributes beside them.

The version of R, compression, how a sequence is written and the byte code of functions are the container's;
where a function's source stood is left out.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import array_leaf, key_segment, null_leaf
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.rdata.cursors import RCursor, RTextCursor
from repro_action.readers.rdata.objects import (
    REnvironment,
    RFunction,
    RList,
    ROther,
    RPairs,
    RTexts,
    RValue,
    RVector,
)
from repro_action.readers.rdata.parser import RParser
from repro_action.readers.tables.columns import column
from repro_action.readers.whole import SizeLimit, whole
from repro_action.tree import Excluded, Node, Tree, branch

if TYPE_CHECKING:
    import numpy as np

_SAVED = (b"RDX2\n", b"RDX3\n", b"RDB2\n", b"RDB3\n", b"RDA2\n", b"RDA3\n")
_STARTS = re.compile(rb"X\n\0\0\0[\2\3]|B\n[\2\3]\0\0\0|A\n[23]\n\d{5,7}\n\d{5,7}\n")
SOURCE = "r-source"
_SHARED = 2
"""Times that a value of the file is listed, on average: byte code refers to what stands before."""

_SOURCES = frozenset({"srcref", "srcfile", "wholeSrcref"})


class RdsReader:
    """Reads what `saveRDS` and `save` write, in each of their forms."""

    name = "rds"
    size_limit = SizeLimit(copies=1)

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the form and its version."""
        del source
        return _STARTS.match(head, 5 if head.startswith(_SAVED) else 0) is not None

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read every value.

        Raises:
            ArtifactUnreadable: malformed, or beyond a limit.
        """
        data = whole(source, context, copies=self.size_limit.copies)
        start = 5 if data.startswith(_SAVED) else 0
        cursor = _cursor(data, start)
        version = cursor.number("I")
        for _ in range(2):
            cursor.number("I")
        if version == 3:
            # The encoding of texts that say none of their own.
            encoding = cursor.text(cursor.number("I"))
            if encoding not in {"UTF-8", "ASCII", "ANSI_X3.4-1968", "US-ASCII"}:
                raise ArtifactUnreadable(
                    f"its strings are in the encoding {encoding[:40]}, which is not supported"
                )
        parser = RParser(cursor, context)
        try:
            value = parser.item(0)
            parser.check_end()
            builder = _RBuilder(context, most=_SHARED * parser.nodes + 1000)
            root = builder.node(value, "", 0)
        except RecursionError as error:
            raise ArtifactUnreadable("it is nested too deep") from error
        return Tree(format=self.name, root=root, excluded=tuple(builder.excluded))


def _cursor(data: bytes, start: int) -> RCursor:
    """Return a place behind the letter of the form."""
    form = data[start : start + 1]
    if form == b"A":
        return RTextCursor(data, start + 2)
    return RCursor(data, start + 2, order="<" if form == b"B" else ">")


@dataclass(slots=True)
class _RBuilder:
    """Makes leaves and branches of R's values."""

    context: ReadContext
    most: int
    nodes: int = 0
    excluded: list[Excluded] = field(default_factory=list)

    def node(self, value: object, path: str, depth: int) -> Node:
        self.nodes += 1
        if depth > self.context.limits.depth:
            raise ArtifactUnreadable("it is nested too deep")
        if self.nodes > self.most:
            raise ArtifactUnreadable("it refers to the same parts too often, which makes too many values")
        if value is None:
            return null_leaf(self.context)
        if not isinstance(value, RValue):
            return value_tree(value, self.context)
        attributes = dict(value.attributes)
        match value:
            case RVector():
                node: Node = array_leaf(_shaped(value, attributes), self.context)
            case RTexts():
                node = column(value.values, self.context)
            case _:
                return self._container(value, attributes, path, depth)
        children = self._attributes(attributes, path, depth)
        if not children:
            return node
        return self._branch([("[()]", node), *children], "R", ordered=False)

    def _branch(self, children: list[tuple[str, Node]], type: str, *, ordered: bool) -> Node:
        return branch(children, type=type, ordered=ordered, algorithm=self.context.digester.algorithm)

    def _attributes(self, attributes: dict[str, object], path: str, depth: int) -> list[tuple[str, Node]]:
        children = []
        for name in sorted(attributes):
            segment = f".attrs{key_segment(name)}"
            if name in _SOURCES:
                self.excluded.append(Excluded(path=(path + segment).removeprefix("."), rule=SOURCE))
            else:
                children.append((segment, self.node(attributes[name], path + segment, depth + 1)))
        return children

    def _container(self, value: RValue, attributes: dict[str, object], path: str, depth: int) -> Node:
        ordered = False
        match value:
            case RList():
                names = value.attribute("names")
                kind, ordered = value.type or "R list", True
                pairs = [(key_segment(index), item) for index, item in enumerate(value.values)]
                keys = names.values if isinstance(names, RTexts) and not names.attributes else []
                if keys and len(keys) == len(pairs) == len({*keys}) and all(keys):
                    pairs = [(key_segment(key), item) for key, (_, item) in zip(keys, pairs, strict=True)]
                    del attributes["names"]
            case RPairs():
                kind, ordered = value.type or "R pairs", True
                tags = [name for name, _ in value.values if name]
                unique = len({*tags}) == len(tags)
                pairs = [
                    (key_segment(name if name and unique else index), item)
                    for index, (name, item) in enumerate(value.values)
                ]
                if not unique:
                    attributes["names"] = RTexts(values=[name for name, _ in value.values])
            case REnvironment():
                kind = "R environment"
                pairs = [(key_segment(name), item) for name, item in value.variables.items()]
                pairs.append((".enclosing", value.enclosing))
                pairs += [(".locked", True)] if value.locked else []
            case RFunction():
                kind = value.type
                pairs = [
                    (".arguments", value.arguments),
                    (".body", value.body),
                    (".environment", value.environment),
                ]
            case ROther():
                kind, pairs = value.type, []
            case _:
                raise ArtifactUnreadable("it has a value that is not supported")
        children = [(segment, self.node(item, path + segment, depth + 1)) for segment, item in pairs]
        children += self._attributes(attributes, path, depth)
        return self._branch(children, kind, ordered=ordered)


def _shaped(value: RVector, attributes: dict[str, object]) -> np.ndarray:
    """Return the elements in the shape that they have; the first dimension varies fastest."""
    shape = attributes.get("dim")
    if not isinstance(shape, RVector) or shape.values.dtype.kind != "i" or shape.attributes:
        return value.values
    sizes = [int(size) for size in shape.values.tolist()]
    if len(sizes) > 32 or any(size < 0 for size in sizes) or math.prod(sizes) != value.values.size:
        raise ArtifactUnreadable("the size of an array in it does not match its shape")
    del attributes["dim"]
    try:
        return value.values.reshape(sizes, order="F")
    except ValueError as error:
        raise ArtifactUnreadable(f"an array in it has a shape that is not supported: {error}") from error
