# SPDX-License-Identifier: Apache-2.0
"""Parquet, Feather, ORC and Arrow's files and streams: one leaf a column, as in CSV.

Row groups, batches, compression, the writer's version and metadata are the container's, but for what pandas
loads another frame by. Categories are content with their order. They are read by pyarrow, which comes with
the extra `tables`; without it they are bytes.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, BinaryIO

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import BytesPayload, array_leaf, text_array_leaf
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext, Source, size_text, too_large
from repro_action.readers.tables.columns import column, column_segment
from repro_action.readers.tables.pandas_notes import pandas_notes
from repro_action.readers.whole import SizeLimit
from repro_action.tree import Leaf, Node, Tree, branch

if TYPE_CHECKING:
    from types import ModuleType

_PARQUET, _FILE, _FEATHER, _STREAM = b"PAR1", b"ARROW1", b"FEA1", b"\xff\xff\xff\xff"
_ORC = b"ORC"
_COLUMNS = 10_000
_LARGEST = 64
"""Times the limit of memory that all columns may take; of Parquet one is in memory at a time."""
_SMALL = 64 << 10
"""Bytes of a column that stay in memory."""
_CELL_MEMORY = 32
"""Part of the limit of memory that allows a cell of lists and the like, which become Python's own values."""


class ArrowReader:
    """Reads tables that pyarrow knows."""

    name = "arrow"
    size_limit = SizeLimit(
        also="all columns: {memory*64}; cells of lists and records in a column: {count/32}"
    )

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the magic number; a stream and ORC, whose are short, by the suffix as well."""
        stream = head.startswith(_STREAM) and source.name.lower().endswith((".arrow", ".arrows"))
        columns = head.startswith(_ORC) and source.name.lower().endswith(".orc")
        return stream or columns or head.startswith((_PARQUET, _FILE, _FEATHER))

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read every column.

        Raises:
            ArtifactUnreadable: damaged, too large, or pyarrow is not installed.
        """
        arrow = _import("pyarrow")
        with source.open() as file:
            head = file.read(8)
            file.seek(0)
            try:
                if head.startswith(_PARQUET):
                    children = _parquet(source, file, context)
                    root = branch(children, type="table", ordered=True, algorithm=context.digester.algorithm)
                    return Tree(format=self.name, root=root)
                table = _table(file, head, source.size, context)
                # Offsets of texts and the like are checked before anything follows them.
                table.validate(full=True)
            except (arrow.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
                raise ArtifactUnreadable(f"it is damaged: {' '.join(str(error).split())[:200]}") from error
            names = _checked_names(table.column_names)
            children = [(column_segment(name), _column(table.column(name), context)) for name in names]
            children += pandas_notes(table.schema.metadata, context)
        root = branch(children, type="table", ordered=True, algorithm=context.digester.algorithm)
        return Tree(format=self.name, root=root)


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ArtifactUnreadable(
            "its columns are compared where pyarrow is installed: add the extra `repro-action[tables]`"
        ) from error


def _checked_names(names: list[str]) -> list[str]:
    if len(names) > _COLUMNS or len({*names}) != len(names):
        raise ArtifactUnreadable("it has too many columns, or two with the same name")
    return names


def _parquet(source: Source, file: BinaryIO, context: ReadContext) -> list[tuple[str, Node]]:
    """Return the columns of a Parquet file, of which one at a time is in memory."""
    opened = _import("pyarrow.parquet").ParquetFile(file)
    meta = opened.metadata
    nbytes = sum(meta.row_group(index).total_byte_size for index in range(meta.num_row_groups))
    _check(max(nbytes, meta.num_rows * meta.num_columns), source.size, context)
    names = _checked_names(opened.schema_arrow.names)
    notes = pandas_notes(opened.schema_arrow.metadata, context)
    if any("." in name for name in names):
        # A dot may be a part of a name, or lead to a part of a record: pyarrow asks for neither apart.
        table = opened.read(use_threads=False)
        table.validate(full=True)
        return [*((column_segment(name), _column(table.column(name), context)) for name in names), *notes]
    columns = ((column_segment(name), _parquet_column(source, opened, name, context)) for name in names)
    return [*columns, *notes]


def _parquet_column(source: Source, opened: Any, name: str, context: ReadContext) -> Node:
    table = opened.read(columns=[name], use_threads=False)
    # Offsets of texts and the like are checked before anything follows them.
    table.validate(full=True)
    node = _column(table.column(name), context)
    if isinstance(node, Leaf):
        return _stored(node, _ParquetPayload(source, name, "", context))
    if [part for part, _ in node.children] == [".valid", ".values"]:
        children = [
            (part, _stored(leaf, _ParquetPayload(source, name, part, context)))
            for part, leaf in node.children
            if isinstance(leaf, Leaf)
        ]
        return replace(node, children=tuple(children))
    return node


def _stored(leaf: Leaf, payload: _ParquetPayload) -> Leaf:
    kept = leaf.payload.data if isinstance(leaf.payload, BytesPayload) else b""
    return replace(leaf, payload=payload) if len(kept) > _SMALL else leaf


@dataclass(frozen=True, slots=True)
class _ParquetPayload:
    """The cells of a column of a Parquet file, which is read again.

    Attributes:
        source: the file.
        name: of the column.
        part: of its node: values or validity; empty for a leaf.
        context: limits and digester.
    """

    source: Source
    name: str
    part: str
    context: ReadContext

    def chunks(self, size: int) -> Iterator[bytes | memoryview]:
        """Yield the content.

        Raises:
            ArtifactUnreadable: the file changed.
        """
        with self.source.open() as file:
            table = _import("pyarrow.parquet").ParquetFile(file).read(columns=[self.name], use_threads=False)
        node = _column(table.column(self.name), self.context.again())
        leaf = node if isinstance(node, Leaf) else dict(node.children).get(self.part)
        if not isinstance(leaf, Leaf) or leaf.payload is None:
            raise ArtifactUnreadable("the file changed after it was read")
        yield from leaf.payload.chunks(size)


def _table(file: BinaryIO, head: bytes, size: int, context: ReadContext) -> Any:
    if head.startswith(_ORC):
        opened = _import("pyarrow.orc").ORCFile(file)
        cells = opened.nrows * max(len(opened.schema), 1)
        _check(max(opened.content_length, cells), size, context)
        return opened.read()
    if head.startswith(_FEATHER):
        return _import("pyarrow.feather").read_table(file, use_threads=False)
    ipc = _import("pyarrow.ipc")
    options = ipc.IpcReadOptions(use_threads=False)
    if head.startswith(_FILE):
        return ipc.open_file(file, options=options).read_all()
    return ipc.open_stream(file, options=options).read_all()


def _check(nbytes: int, size: int, context: ReadContext) -> None:
    context.expand(max(nbytes, 0))
    most = _LARGEST * context.limits.memory
    if nbytes > most:
        raise too_large(f"its columns take {size_text(nbytes)}", size_text(most))
    if nbytes < 0 or (nbytes > 64 << 20 and nbytes > context.limits.ratio * size):
        raise ArtifactUnreadable(f"its columns take {nbytes} bytes")


def _column(chunked: Any, context: ReadContext) -> Node:
    """Return the leaf of a column; a branch with `.valid` where cells are missing."""
    types = _import("pyarrow.types")
    context.check_time()
    kind = chunked.type
    if types.is_dictionary(kind):
        return _categories(chunked, context)
    if types.is_string(kind) or types.is_large_string(kind):
        if chunked.null_count:
            return column(chunked.to_pylist(), context)
        return text_array_leaf((text for chunk in chunked.chunks for text in chunk.to_pylist()), context)
    plain = types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
    if (
        plain
        or types.is_timestamp(kind)
        or types.is_date(kind)
        or types.is_duration(kind)
        or types.is_time(kind)
    ):
        return _numbers(chunked, context, label="" if plain else str(kind))
    most = context.limits.memory // _CELL_MEMORY
    if len(chunked) > most:
        raise too_large(f"it has {len(chunked)} cells of the type {kind}", f"{most} cells")
    children = [("[()]", value_tree(_plain(chunked.to_pylist()), context))]
    return branch(children, type=str(kind), algorithm=context.digester.algorithm)


def _categories(chunked: Any, context: ReadContext) -> Node:
    """Return a column of categories, and all there are: models take their numbers for features."""
    kind, arrow = chunked.type, _import("pyarrow")
    chunks = chunked.unify_dictionaries().chunks
    values = [chunks[0].dictionary] if chunks else []
    children = [
        ("[()]", _column(chunked.cast(kind.value_type), context)),
        (".categories", _column(arrow.chunked_array(values, kind.value_type), context)),
    ]
    label = "ordered categories" if kind.ordered else "categories"
    return branch(children, type=label, algorithm=context.digester.algorithm)


def _numbers(chunked: Any, context: ReadContext, label: str) -> Node:
    import numpy as np

    arrow = _import("pyarrow")
    if label:
        wide = chunked.type.bit_width == 64
        chunked = chunked.cast(arrow.int64() if wide else arrow.int32())
    valid = None
    if chunked.null_count:
        valid = np.asarray(chunked.is_valid().combine_chunks().to_numpy(zero_copy_only=False), np.bool_)
        chunked = chunked.fill_null(False if _import("pyarrow.types").is_boolean(chunked.type) else 0)
    array = chunked.to_numpy()
    if valid is None and not label:
        return array_leaf(array, context)
    children = [(".values", array_leaf(array, context))]
    children += [(".valid", array_leaf(valid, context))] if valid is not None else []
    return branch(children, type=label, algorithm=context.digester.algorithm)


def _plain(value: object) -> object:
    """Return a value of a list or record in plain types."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value if isinstance(value, bool | int | float | str | bytes | None) else str(value)
