# SPDX-License-Identifier: Apache-2.0
"""An artifact as a tree of leaves: what is compared instead of container bytes.

A leaf is one named value. A branch is a container; its digest is a Merkle digest of its
children, so a subtree too large to list is folded into one line and still compared.
Paths read like the user's code: `steps[1][1].coef_`, `out.csv/age`, `['a key']`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from repro_action.digest import Digest, new_hasher

Scalar = str | int | float | bool | None


class Kind(StrEnum):
    """What a leaf holds."""

    ARRAY = "array"
    NUMBER = "number"
    BOOLEAN = "boolean"
    NULL = "null"
    TEXT = "text"
    BYTES = "bytes"
    OBJECT = "object"
    """The type of a branch that is more than a plain list or mapping."""
    EMPTY = "empty"
    """A container without children."""
    FOLDED = "folded"
    """A branch whose leaves are not listed; `shape` is `(number of leaves,)`."""
    UNREADABLE = "unreadable"
    """A part that could not be read; `reason` says why; its bytes are still digested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """A summary of a numeric array, in float64; of absolute values where it is complex.

    Attributes:
        count: number of elements, NaN included.
        nan: number of NaN elements; the other figures leave them out.
        min, max, mean, std: std is the population's (ddof 0).
        l2: Euclidean norm.
    """

    count: int
    nan: int
    min: float
    max: float
    mean: float
    std: float
    l2: float

    def __eq__(self, other: object) -> bool:
        """Compare the figures; a NaN is the same as a NaN, in every version of Python."""
        if not isinstance(other, Statistics):
            return NotImplemented
        return self._figures() == other._figures()

    def __hash__(self) -> int:
        """Return a hash by the same figures."""
        return hash(self._figures())

    def _figures(self) -> tuple[float | None, ...]:
        floats = (self.min, self.max, self.mean, self.std, self.l2)
        return (self.count, self.nan, *(None if math.isnan(value) else value for value in floats))


class Payload(Protocol):
    """The content of a leaf, at hand as long as its file is."""

    def chunks(self, size: int) -> Iterator[bytes | memoryview]:
        """Yield the content in canonical form, at most `size` bytes at a time.

        Every chunk but the last holds exactly `size` bytes. Arrays are little-endian in C
        order, so two payloads of one dtype and shape can be walked side by side.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One named value inside an artifact; never the value of an array or a text.

    Attributes:
        kind: what it holds.
        digest: covers kind, dtype, shape and little-endian C-order bytes.
        dtype: NumPy notation (`<f8`), or the full type name of an object.
        shape: of an array; `(length,)` of texts and bytes; `(leaves,)` when folded.
        value: of a number or boolean.
        stats: of a numeric array.
        reason: why it could not be read or was folded.
        marks: of a column of a training's log; see `repro_action.compare.marks`. No part of equality.
        payload: the content while the file is at hand; never written to a baseline.
    """

    kind: Kind
    digest: Digest
    dtype: str = ""
    shape: tuple[int, ...] = ()
    value: Scalar = None
    stats: Statistics | None = None
    reason: str = ""
    marks: str = field(default="", compare=False)
    payload: Payload | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A container of nodes; make it with `branch`.

    Attributes:
        type: full type name; empty for a plain list or mapping.
        children: `(segment, node)`; a segment is rendered: `.coef_`, `[0]`, `['key']`, `/name`.
        digest: Merkle digest over type and children.
        leaves: number of leaves below, shared ones counted as often as they are reached.
        ordered: the order of the children is content, as that of a table's columns.
    """

    type: str
    children: tuple[tuple[str, Node], ...]
    digest: Digest
    leaves: int
    ordered: bool = False


Node = Leaf | Branch


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """A leaf that is left out of equality by a named rule."""

    path: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """What a reader made of one file.

    Attributes:
        format: the reader's name, such as `joblib`.
        root: the content.
        excluded: parts that a named rule leaves out of equality.
        reason: why a more telling reader could not be used; empty otherwise.
    """

    format: str
    root: Node
    excluded: tuple[Excluded, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LeafDigester:
    """Makes leaf digests of one algorithm: `leaf1-blake3`, `leaf1-sha256`.

    The digest covers, in this order and each ended by NUL: kind, dtype, shape as decimal
    numbers joined by commas; then the content bytes.
    """

    algorithm: str = "blake3"

    @property
    def name(self) -> str:
        """The algorithm's name in digests."""
        return f"leaf1-{self.algorithm}"

    def __call__(
        self,
        kind: Kind,
        *content: bytes | bytearray | memoryview,
        dtype: str = "",
        shape: tuple[int, ...] = (),
    ) -> Digest:
        """Digest a leaf whose content is at hand; large contents may come in several parts."""
        hasher = new_hasher(self.algorithm, parallel=sum(len(part) for part in content) > 1 << 20)
        hasher.update(leaf_header(kind, dtype, shape))
        for part in content:
            hasher.update(part)
        return Digest(self.name, hasher.hexdigest())


def without(node: Branch, children: Iterable[tuple[str, Node]], *, algorithm: str) -> Branch:
    """Return a branch with the children that are left once a rule took some out.

    What is left of a dict may be in the order of its keys, and is then as if it had none.
    """
    left = tuple(children)
    segments = [segment for segment, _ in left]
    ordered = node.ordered and (node.type == "table" or segments != sorted(segments))
    return branch(left, type=node.type, ordered=ordered, algorithm=algorithm)


def leaf_header(kind: Kind, dtype: str, shape: tuple[int, ...]) -> bytes:
    """Return the bytes that a leaf's digest starts with."""
    dimensions = ",".join(map(str, shape))
    return f"{kind.value}\0{dtype}\0{dimensions}\0".encode("utf-8", "surrogatepass")


def branch(
    children: Iterable[tuple[str, Node]],
    *,
    type: str = "",
    ordered: bool = False,
    algorithm: str = "blake3",
) -> Branch:
    """Join nodes into a branch.

    Args:
        children: `(segment, node)`.
        type: full type name, empty for plain lists and mappings.
        ordered: keep the order as part of the content; segments of lists carry their
            index, so even they need no order of their own.
        algorithm: the content algorithm.
    """
    ordered_children = tuple(children) if ordered else tuple(sorted(children, key=lambda child: child[0]))
    hasher = new_hasher(algorithm)
    hasher.update(f"branch\0{type}\0{len(ordered_children)}\0".encode("utf-8", "surrogatepass"))
    for segment, node in ordered_children:
        encoded = segment.encode("utf-8", "surrogatepass")
        hasher.update(f"{len(encoded)}\0".encode() + encoded + f"{node.digest}\0".encode())
    leaves = sum(1 if isinstance(node, Leaf) else node.leaves for _, node in ordered_children) or 1
    return Branch(
        type=type,
        children=ordered_children,
        digest=Digest(f"leaf1-{algorithm}", hasher.hexdigest()),
        leaves=leaves,
        ordered=ordered,
    )
