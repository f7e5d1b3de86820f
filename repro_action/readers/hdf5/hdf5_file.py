# SPDX-License-Identifier: Apache-2.0
"""HDF5 (`.h5`, `.hdf5`, Keras's `.weights.h5`, NetCDF 4): groups, datasets and their attributes.

Times of objects, order of links and attributes, chunks, filters, fill values and free space are the
container's: a dataset is the array that h5py would return. A dataset with attributes is a branch, its
elements are `[()]` there. A reference is the path of what it refers to.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import (
    BytesPayload,
    key_segment,
    name_segment,
    null_leaf,
    stream_leaf,
    text_leaf,
)
from repro_action.readers.dtypes import is_numeric
from repro_action.readers.hdf5.blocks import MAGIC, Blocks, HdfCursor, open_blocks
from repro_action.readers.hdf5.datatypes import HdfType, read_limits, read_space, read_type
from repro_action.readers.hdf5.elements import HdfElements
from repro_action.readers.hdf5.heaps import GlobalHeap
from repro_action.readers.hdf5.links import attributes, is_group, links, object_paths
from repro_action.readers.hdf5.objects import (
    DATASPACE,
    DATATYPE,
    EXTERNAL,
    FILTERS,
    LAYOUT,
    ONCE,
    Message,
    fill_value,
    messages,
)
from repro_action.readers.hdf5.storage import Place, fill_from_chunks, read_filters, read_place
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit
from repro_action.tree import Leaf, Node, Tree, branch

if TYPE_CHECKING:
    import numpy as np


_SMALL = 64 << 10
"""Bytes of a dataset in chunks that stay in memory."""


class Hdf5Reader:
    """Reads HDF5 files of every version of the format."""

    name = "hdf5"
    size_limit = SizeLimit(also="a chunk: {memory*4}")

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the magic number."""
        del source
        return head.startswith(MAGIC)

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read every group and dataset.

        Raises:
            ArtifactUnreadable: malformed, or beyond a limit.
        """
        with source.open() as file:
            blocks, root = open_blocks(source, file, context)
            paths = object_paths(blocks, root)
            elements = HdfElements(blocks=blocks, heap=GlobalHeap(blocks), paths=paths)
            node = _Hdf5Walk(elements=elements).node(root, 0)
        return Tree(format=self.name, root=node)


@dataclass(slots=True, kw_only=True)
class _Hdf5Walk:
    """Walks from the root down; what several links name is read once."""

    elements: HdfElements
    nodes: dict[int, Node | None] = field(default_factory=dict)

    @property
    def blocks(self) -> Blocks:
        return self.elements.blocks

    @property
    def context(self) -> ReadContext:
        return self.elements.blocks.context

    def node(self, address: int, depth: int) -> Node:
        if address in self.nodes:
            # A link back to a group that encloses it is the path of that group.
            return self.nodes[address] or self._text_of("hard link", self.elements.paths[address])
        if depth > self.context.limits.depth or len(self.nodes) > self.context.limits.nodes // 8:
            raise ArtifactUnreadable("its groups are nested too deep, or it has too many objects")
        self.nodes[address] = None
        found = messages(self.blocks, address)
        children = [
            (f".attrs{key_segment(one.name)}", self._guarded(one.type, one.shape, Place(data=one.data), ()))
            for one in attributes(self.blocks, found)
        ]
        node: Node
        if is_group(found):
            for link in links(self.blocks, found):
                below = (
                    self.node(link.address, depth + 1)
                    if link.address >= 0
                    else self._text_of("link", link.target)
                )
                children.append((name_segment(link.name), below))
            node = branch(children, type="h5.Group", algorithm=self.context.digester.algorithm)
        else:
            node = self._dataset(found)
            if children:
                node = branch(
                    [*children, ("[()]", node)], type="h5.Dataset", algorithm=self.context.digester.algorithm
                )
        self.nodes[address] = node
        return node

    def _text_of(self, label: str, text: str) -> Node:
        """Return the text of what is not one in the file, told apart from a dataset that holds the same."""
        return self.elements.labelled(text_leaf(text, self.context), label)

    def _dataset(self, found: list[Message]) -> Node:
        by_type = self._by_type(found)
        if DATATYPE not in by_type:
            raise ArtifactUnreadable("an object is neither group nor dataset")
        if EXTERNAL in by_type:
            raise ArtifactUnreadable("elements of a dataset lie in another file, which is not supported")
        kind = read_type(by_type[DATATYPE])
        if DATASPACE not in by_type:
            return self._text_of("named type", kind.described)
        return self._guarded(kind, read_space(by_type[DATASPACE]), None, tuple(found))

    def _by_type(self, found: Iterable[Message]) -> dict[int, HdfCursor]:
        by_type: dict[int, HdfCursor] = {}
        for message in found:
            if message.type in by_type and message.type in ONCE:
                raise ArtifactUnreadable("a dataset has two messages of one kind")
            by_type[message.type] = self._cursor(message)
        return by_type

    def _cursor(self, message: Message) -> HdfCursor:
        return HdfCursor(message.data, offsets=self.blocks.offsets, lengths=self.blocks.lengths)

    def _guarded(
        self,
        kind: HdfType,
        shape: tuple[int, ...] | None,
        place: Place | None,
        found: tuple[Message, ...],
    ) -> Node:
        if shape is None:
            return self.elements.labelled(null_leaf(self.context), kind.described)
        by_type = self._by_type(found)
        count = math.prod(shape)
        self.context.expand(count * kind.size)
        if place is None:
            if LAYOUT not in by_type:
                raise ArtifactUnreadable("a dataset has no layout")
            place = read_place(by_type[LAYOUT], self.blocks)
        streamed = self._streamed(kind, shape, place)
        if streamed is not None:
            return streamed
        node = self.elements.leaf(kind, self._elements(kind, shape, place, by_type))
        kept = node.payload if isinstance(node, Leaf) and place.chunk else None
        if isinstance(node, Leaf) and isinstance(kept, BytesPayload) and len(kept.data) > _SMALL:
            return replace(node, payload=_DatasetPayload(self.blocks.source, found, self.context))
        return node

    def again(self, found: tuple[Message, ...]) -> Node:
        """Return the node of a dataset with its elements in memory."""
        by_type = self._by_type(found)
        kind, shape = read_type(by_type[DATATYPE]), read_space(by_type[DATASPACE])
        place = read_place(by_type[LAYOUT], self.blocks)
        assert shape is not None  # noqa: S101 -- it had elements when it was read first
        return self.elements.leaf(kind, self._elements(kind, shape, place, by_type))

    def _elements(
        self, kind: HdfType, shape: tuple[int, ...], place: Place, by_type: dict[int, HdfCursor]
    ) -> np.ndarray:
        array = self._empty(kind, shape, by_type)
        if place.data is not None:
            self._fill(array, place.data)
        elif place.chunk:
            filters = read_filters(by_type[FILTERS]) if FILTERS in by_type else ()
            fill_from_chunks(place, filters, self.blocks, array, read_limits(by_type[DATASPACE]))
        elif place.address >= 0:
            self._fill(array, bytes(self.blocks.at(place.address, array.nbytes).data))
        return array

    def _fill(self, array: np.ndarray, data: bytes) -> None:
        import numpy as np

        if len(data) < array.nbytes:
            raise ArtifactUnreadable("a dataset is cut off")
        array[...] = np.frombuffer(data, array.dtype, count=array.size).reshape(array.shape)

    def _streamed(self, kind: HdfType, shape: tuple[int, ...], place: Place) -> Leaf | None:
        """Return the leaf of elements that lie in the file as they are digested."""
        dtype = kind.name or (kind.plain.str if kind.plain is not None else "")
        if not is_numeric(dtype) or dtype.startswith(">") or dtype == "|b1" or kind.label:
            return None
        nbytes = math.prod(shape) * kind.size
        if place.address < 0 or not nbytes:
            return None
        if place.size < nbytes or self.blocks.base + place.address + nbytes > self.blocks.source.size:
            raise ArtifactUnreadable("a dataset is cut off")
        return stream_leaf(
            self.blocks.source,
            offset=self.blocks.base + place.address,
            nbytes=nbytes,
            dtype=dtype,
            shape=shape,
            context=self.context,
        )

    def _empty(self, kind: HdfType, shape: tuple[int, ...], by_type: dict[int, HdfCursor]) -> np.ndarray:
        """Return an array of the elements that were never written."""
        import numpy as np

        dtype = kind.plain if kind.plain is not None else np.dtype(f"V{kind.size}")
        nbytes = math.prod(shape) * kind.size
        # What comes out of few bytes of a file is bounded like what comes out of compressed data.
        if nbytes > (64 << 20) and nbytes > self.context.limits.ratio * self.blocks.source.size:
            raise ArtifactUnreadable(f"a dataset declares {nbytes} bytes")
        base = dtype.base if dtype.subdtype else dtype
        array = np.zeros((*shape, *dtype.shape), base)
        value = fill_value(by_type)
        if value and len(value) != dtype.itemsize:
            raise ArtifactUnreadable("a value that fills a dataset is of another size")
        if value:
            array[...] = np.frombuffer(value, base).reshape(dtype.shape)
        return array


@dataclass(frozen=True, slots=True)
class _DatasetPayload:
    """Elements of a dataset in chunks, which are read again.

    Attributes:
        source: the file.
        found: the messages of the dataset.
        context: limits and digester.
    """

    source: Source
    found: tuple[Message, ...]
    context: ReadContext

    def chunks(self, size: int) -> Iterator[bytes | memoryview]:
        """Yield the content.

        Raises:
            ArtifactUnreadable: the file changed.
        """
        with self.source.open() as file:
            blocks, _ = open_blocks(self.source, file, self.context.again())
            elements = HdfElements(blocks=blocks, heap=GlobalHeap(blocks), paths={})
            node = _Hdf5Walk(elements=elements).again(self.found)
        if not isinstance(node, Leaf) or node.payload is None:
            raise ArtifactUnreadable("the file changed after it was read")
        yield from node.payload.chunks(size)
