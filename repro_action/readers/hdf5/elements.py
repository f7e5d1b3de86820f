# SPDX-License-Identifier: Apache-2.0
"""Elements of HDF5's datasets and attributes as leaves, each type by what h5py would return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import BytesPayload, array_leaf, text_array_leaf, text_leaf, text_line
from repro_action.readers.dtypes import TEXT
from repro_action.readers.hdf5.blocks import Blocks, HdfCursor
from repro_action.readers.hdf5.datatypes import UTF8, HdfType, ended
from repro_action.readers.hdf5.heaps import GlobalHeap
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext
from repro_action.tree import Kind, Leaf, Node, branch

if TYPE_CHECKING:
    import numpy as np

_FIXED = "|S"
"""The dtype of a text of a fixed size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HdfElements:
    """Makes leaves of elements.

    Attributes:
        blocks: the file.
        heap: of it.
        paths: of its objects, for references.
    """

    blocks: Blocks
    heap: GlobalHeap
    paths: Mapping[int, str]

    @property
    def context(self) -> ReadContext:
        """The limits and digester."""
        return self.blocks.context

    def leaf(self, kind: HdfType, array: np.ndarray) -> Node:
        """Return the elements of a dataset or attribute.

        Args:
            kind: their type.
            array: of them, as they are in the file; changed in place.

        Raises:
            ArtifactUnreadable: malformed, or of a type that is not read.
        """
        ended(array, kind)
        match kind.name:
            case "text":
                return self._texts(kind, array)
            case "reference":
                return self.labelled(self._texts(kind, array), "reference")
            case "compound":
                raw = array.tobytes()
                rows = [self._row(kind, raw[at : at + kind.size]) for at in range(0, len(raw), kind.size)]
                table = value_tree({"shape": list(array.shape), "rows": rows}, self.context)
                return self.labelled(table, kind.described)
            case "sequence":
                return self._sequences(kind, array)
            case "region":
                raise ArtifactUnreadable("it refers to a region of a dataset, which is not supported")
            case "":
                if not array.ndim and array.dtype.kind == "S":
                    return self._fixed_text(array.tobytes().rstrip(b"\0"))
                leaf = array_leaf(array, self.context)
                return leaf if kind.label in {"", UTF8} else self.labelled(leaf, kind.label)
            case name:
                return self.labelled(array_leaf(array, self.context), name)

    def _fixed_text(self, content: bytes) -> Leaf:
        """Return a text of a fixed size, which is loaded as bytes; one of a variable size is not."""
        leaf = text_leaf(content.decode("utf-8", "surrogateescape"), self.context)
        digest = self.context.digester(Kind.TEXT, content, dtype=_FIXED, shape=leaf.shape)
        return replace(leaf, dtype=_FIXED, digest=digest)

    def labelled(self, node: Node, label: str) -> Node:
        """Return a node with what its dtype does not say."""
        children = [("[()]", node), (".dtype", text_leaf(label, self.context))]
        return branch(children, algorithm=self.context.digester.algorithm)

    def _texts(self, kind: HdfType, array: np.ndarray) -> Leaf:
        raw = array.tobytes()
        values = [self._text(kind, raw[at : at + kind.size]) for at in range(0, len(raw), kind.size)]
        if not array.ndim:
            return text_leaf(values[0], self.context)
        content = b"".join(map(text_line, values))
        digest = self.context.digester(Kind.ARRAY, content, dtype=TEXT, shape=array.shape)
        return Leaf(
            kind=Kind.ARRAY, digest=digest, dtype=TEXT, shape=array.shape, payload=BytesPayload(content)
        )

    def _row(self, kind: HdfType, raw: bytes) -> dict[str, object]:
        """Return one element of a compound by the names of its members."""
        import numpy as np

        row: dict[str, object] = {}
        for name, offset, member in kind.members:
            part = raw[offset : offset + member.size]
            if member.plain is not None and not member.name:
                row[name] = element = np.frombuffer(part, member.plain).copy()
                ended(element, member)
            elif member.name in {"text", "reference"}:
                row[name] = self._text(member, part)
            else:
                raise ArtifactUnreadable(
                    f"its member {name[:80]!r} has a variable size, which is not supported"
                )
        return row

    def _text(self, kind: HdfType, raw: bytes) -> str:
        if kind.name == "reference":
            return self._reference(raw)
        size, data = self._object(raw)
        if len(data) != size:
            raise ArtifactUnreadable("a string is of another length than its dataset says")
        return data.decode("utf-8", "surrogateescape")

    def _reference(self, raw: bytes) -> str:
        address = int.from_bytes(raw[: self.blocks.offsets], "little")
        if address and address not in self.paths:
            raise ArtifactUnreadable("it refers to an object that no group has")
        return f"link to {self.paths[address]}" if address else ""

    def _object(self, raw: bytes) -> tuple[int, bytes]:
        cursor = HdfCursor(raw, offsets=self.blocks.offsets, lengths=self.blocks.lengths)
        size, address, index = cursor.number("I"), cursor.address(), cursor.number("I")
        if not address or self.blocks.missing(address):
            return 0, b""
        return size, self.heap.find(address, index)

    def _sequences(self, kind: HdfType, array: np.ndarray) -> Node:
        import numpy as np

        base = kind.base
        if base is None or (base.plain is None and base.name != "reference") or base.name == "bfloat16":
            raise ArtifactUnreadable(
                "it has sequences of elements without a fixed size, which are not supported"
            )
        raw = array.tobytes()
        children: list[tuple[str, Node]] = []
        for number, at in enumerate(range(0, len(raw), kind.size)):
            size, data = self._object(raw[at : at + kind.size])
            if len(data) != size * base.size:
                raise ArtifactUnreadable("a sequence is cut off, or longer than its dataset says")
            if base.plain is None:
                names = [self._reference(data[begin:]) for begin in range(0, size * base.size, base.size)]
                leaf = text_array_leaf(names, self.context)
            else:
                elements = np.frombuffer(data, base.plain, count=size).copy()
                ended(elements, base)
                leaf = array_leaf(elements, self.context)
            children.append((f"[{number}]", leaf))
        children.append((".shape", text_leaf(str(array.shape), self.context)))
        children.append((".dtype", text_leaf(kind.described, self.context)))
        return branch(children, type="sequences", algorithm=self.context.digester.algorithm)
