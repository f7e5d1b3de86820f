# SPDX-License-Identifier: Apache-2.0
"""Trees as rows of plain values, typed and bounded: what the process that reads may say of an artifact.

Nothing in them is executed or trusted to be in order: msgspec checks every type, and each branch
refers to leaves and branches that were there before it. Shared nodes stay shared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from repro_action.digest import Digest
from repro_action.errors import ArtifactUnreadable, ExtensionError, ReproError
from repro_action.readers.arrays import BytesPayload, RegionPayload
from repro_action.readers.protocol import FileSource
from repro_action.reading.messages import Failure
from repro_action.tree import Branch, Excluded, Kind, Leaf, Node, Payload, Scalar, Statistics, Tree

Content = bytes | tuple[int, int] | bool
"""The content of a leaf: itself, `(offset, length)` in the file, or whether the reader has it."""

INLINE = 512
"""Bytes of a content that travels with its leaf."""

_LONGEST = 1 << 63


class LeafRow(NamedTuple):
    """A leaf; see `repro_action.tree.Leaf`."""

    kind: Kind
    digest: bytes
    algorithm: int
    dtype: str
    shape: tuple[int | str, ...]
    value: Scalar
    stats: tuple[int, int, float, float, float, float, float] | None
    reason: str
    content: Content


class BranchRow(NamedTuple):
    """A branch; a child is the number of a leaf, or `~number` of an earlier branch."""

    type: str
    ordered: bool
    leaves: int | str
    digest: bytes
    algorithm: int
    segments: tuple[str, ...]
    children: tuple[int, ...]


class TreeRows(NamedTuple):
    """A tree; its root is the last branch, or the only leaf."""

    format: str
    reason: str
    excluded: tuple[tuple[str, str], ...]
    algorithms: tuple[str, ...]
    leaves: tuple[LeafRow, ...]
    branches: tuple[BranchRow, ...]


def to_rows(tree: Tree, file: str) -> tuple[TreeRows, list[Leaf]]:
    """Return a tree as rows, and its leaves in their order.

    Args:
        tree: what a reader made.
        file: path of the file that was read, whose own bytes the other side can read itself.
    """
    writer = _Writer(file)
    writer.add(tree.root)
    rows = TreeRows(
        format=tree.format,
        reason=to_text(tree.reason),
        excluded=tuple((to_text(one.path), to_text(one.rule)) for one in tree.excluded),
        algorithms=tuple(writer.algorithms),
        leaves=tuple(writer.rows),
        branches=tuple(writer.branches),
    )
    return rows, writer.leaves


class _Writer:
    """Puts nodes into rows, each once and after those that it refers to."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.places: dict[int, int] = {}
        self.leaves: list[Leaf] = []
        self.rows: list[LeafRow] = []
        self.branches: list[BranchRow] = []
        self.algorithms: dict[str, int] = {}

    def add(self, root: Node) -> None:
        stack = [root]
        while stack:
            node = stack[-1]
            if id(node) in self.places:
                stack.pop()
            elif isinstance(node, Leaf):
                self.places[id(stack.pop())] = len(self.leaves)
                self.leaves.append(node)
                self.rows.append(self._leaf(node))
            elif below := [child for _, child in node.children if id(child) not in self.places]:
                stack += below
            else:
                self.places[id(stack.pop())] = ~len(self.branches)
                self.branches.append(self._branch(node))

    def _leaf(self, leaf: Leaf) -> LeafRow:
        stats = leaf.stats
        figures = stats and (stats.count, stats.nan, stats.min, stats.max, stats.mean, stats.std, stats.l2)
        return LeafRow(
            kind=leaf.kind,
            digest=bytes.fromhex(leaf.digest.value),
            algorithm=self._algorithm(leaf.digest),
            dtype=to_text(leaf.dtype),
            shape=tuple(map(_whole, leaf.shape)),
            value=leaf.value,
            stats=figures or None,
            reason=to_text(leaf.reason),
            content=self._content(leaf.payload),
        )

    def _branch(self, node: Branch) -> BranchRow:
        return BranchRow(
            type=to_text(node.type),
            ordered=node.ordered,
            leaves=_whole(node.leaves),
            digest=bytes.fromhex(node.digest.value),
            algorithm=self._algorithm(node.digest),
            segments=tuple(to_text(segment) for segment, _ in node.children),
            children=tuple(self.places[id(child)] for _, child in node.children),
        )

    def _algorithm(self, digest: Digest) -> int:
        return self.algorithms.setdefault(digest.algorithm, len(self.algorithms))

    def _content(self, payload: Payload | None) -> Content:
        match payload:
            case BytesPayload(data=data) if len(data) <= INLINE:
                return bytes(data)
            case RegionPayload(source=FileSource(path=path)) if str(path) == self.file:
                return payload.offset, payload.nbytes
        return payload is not None


def from_rows(rows: TreeRows, payload: Callable[[int, Digest, Content], Payload | None]) -> Tree:
    """Return the tree of some rows.

    Args:
        rows: of another process.
        payload: the content of a leaf, from its number, digest and what its row says of it.

    Raises:
        ValueError: they are not the rows of a tree.
    """
    try:
        leaves = [_leaf(number, row, rows.algorithms, payload) for number, row in enumerate(rows.leaves)]
        branches: list[Branch] = []
        for row in rows.branches:
            branches.append(_branch(row, rows.algorithms, leaves, branches))
        root: Node = branches[-1] if branches else leaves[-1]
    except IndexError as error:
        raise ValueError("a row refers to one that is not there") from error
    return Tree(
        format=rows.format,
        root=root,
        excluded=tuple(Excluded(path=from_text(path), rule=from_text(rule)) for path, rule in rows.excluded),
        reason=from_text(rows.reason),
    )


def _leaf(
    number: int,
    row: LeafRow,
    algorithms: tuple[str, ...],
    payload: Callable[[int, Digest, Content], Payload | None],
) -> Leaf:
    digest = Digest(algorithms[row.algorithm], row.digest.hex())
    return Leaf(
        kind=row.kind,
        digest=digest,
        dtype=from_text(row.dtype),
        shape=tuple(map(_from_whole, row.shape)),
        value=row.value,
        stats=_statistics(row.stats),
        reason=from_text(row.reason),
        payload=payload(number, digest, row.content),
    )


def _statistics(row: tuple[int, int, float, float, float, float, float] | None) -> Statistics | None:
    if row is None:
        return None
    count, nan, low, high, mean, std, l2 = row
    return Statistics(count=count, nan=nan, min=low, max=high, mean=mean, std=std, l2=l2)


def _branch(
    row: BranchRow, algorithms: tuple[str, ...], leaves: list[Leaf], branches: list[Branch]
) -> Branch:
    children = (leaves[place] if place >= 0 else branches[~place] for place in row.children)
    return Branch(
        type=from_text(row.type),
        children=tuple(zip(map(from_text, row.segments), children, strict=True)),
        digest=Digest(algorithms[row.algorithm], row.digest.hex()),
        leaves=_from_whole(row.leaves),
        ordered=row.ordered,
    )


def to_text(text: str) -> str:
    r"""Return a text as it travels: `\0` and hexadecimal if it starts so or has lone surrogates."""
    if text.isascii() and not text.startswith("\0"):
        return text
    data = text.encode("utf-8", "surrogatepass")
    try:
        data.decode()
    except UnicodeDecodeError:
        return "\0" + data.hex()
    return "\0" + data.hex() if text.startswith("\0") else text


def from_text(text: str) -> str:
    """Undo `to_text`.

    Raises:
        ValueError: it is no such text.
    """
    return bytes.fromhex(text[1:]).decode("utf-8", "surrogatepass") if text.startswith("\0") else text


def failure_of(body: bytearray) -> ReproError | None:
    """Return the error that a reply of failure stands for; None where it is no such reply."""
    import msgspec

    try:
        failure = msgspec.msgpack.decode(body, type=Failure)
        what, why, remedy, where = map(from_text, failure[:4])
    except ValueError:
        return None
    kind = ExtensionError if failure.extension else ArtifactUnreadable
    return kind(what, why=why, remedy=remedy, where=where)


def _whole(value: int) -> int | str:
    return value if value < _LONGEST else hex(value)  # shared branches are counted as often as reached


def _from_whole(value: int | str) -> int:
    return value if isinstance(value, int) else int(value, 16)
