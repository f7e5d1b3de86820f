# SPDX-License-Identifier: Apache-2.0
"""An artifact as a tree of leaves: what is compared instead of container bytes.

A leaf is one named value. A branch is a container; its digest is a Merkle digest of its
children, so a subtree too large to list is folded into one line and still compared.
Paths read like the user's code: `steps[1][1].coef_`, `out.csv/age`, `['a key']`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from repro_action.digest import Digest, new_hasher

Scalar = str | int | float | bool | None

FOLD_LIMIT = 256
"""Leaves listed for one artifact; what lies deeper is folded into its branch's digest."""

FOLD_SIBLINGS = 16
"""Branches side by side that are listed leaf by leaf; each of a longer row is one line."""


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
        payload: the content while the file is at hand; never written to a baseline.
    """

    kind: Kind
    digest: Digest
    dtype: str = ""
    shape: tuple[int, ...] = ()
    value: Scalar = None
    stats: Statistics | None = None
    reason: str = ""
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
        """The algorithm as it stands in digests."""
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
    held = tuple(children) if ordered else tuple(sorted(children, key=lambda child: child[0]))
    hasher = new_hasher(algorithm)
    hasher.update(f"branch\0{type}\0{len(held)}\0".encode("utf-8", "surrogatepass"))
    for segment, node in held:
        encoded = segment.encode("utf-8", "surrogatepass")
        hasher.update(f"{len(encoded)}\0".encode() + encoded + f"{node.digest}\0".encode())
    leaves = sum(1 if isinstance(node, Leaf) else node.leaves for _, node in held) or 1
    return Branch(
        type=type,
        children=held,
        digest=Digest(f"leaf1-{algorithm}", hasher.hexdigest()),
        leaves=leaves,
        ordered=ordered,
    )


def flatten(root: Node, *, limit: int = FOLD_LIMIT, siblings: int = FOLD_SIBLINGS) -> dict[str, Leaf]:
    """List a tree as `path → leaf`, breadth first, at most about `limit` lines.

    A branch that no longer fits becomes one `FOLDED` leaf; so do all branches that stand
    beside more than `siblings` others, whatever the size of the rest: a forest that grows
    by ten trees is still listed tree by tree. A branch with a type, with an order, or
    without children, has a line of its own, so a changed type or order is a difference.
    Two nodes whose rendered paths are the same both stay, told apart by `#2`.

    Returns:
        Leaves by path, sorted by path; the root's own line, if any, has the path `""`.
    """
    pending = 1

    def expands(path: str, node: Branch, crowded: bool) -> bool:
        nonlocal pending
        grown = pending - 1 + _own(node) + len(node.children)
        if node.children and path and (crowded or grown > limit):
            return False
        pending = grown
        return True

    return _list(root, expands, siblings)


def flatten_like(root: Node, lines: Mapping[str, Leaf]) -> dict[str, Leaf]:
    """List a tree as deep as another one was listed, so that both can be compared line by line.

    Args:
        root: the tree.
        lines: what `flatten` returned for the other one. Branches that it folds are folded,
            those that it lists are listed, and those that it does not know are folded.
    """
    listed = {path[:end] for path in lines for end in _ends(path)}

    def expands(path: str, node: Branch, _crowded: bool) -> bool:
        known = lines.get(path)
        if known is not None and known.kind is Kind.FOLDED:
            return False
        return not path or not node.children or path in listed or known is not None

    return _list(root, expands, FOLD_SIBLINGS)


def below(path: str, folder: str) -> bool:
    """Whether a rendered path lies below another one."""
    return path.startswith(folder) and path[len(folder) : len(folder) + 1] in {".", "[", "/"}


def _ends(path: str) -> list[int]:
    return [index for index, character in enumerate(path) if index and character in ".[/"]


def _own(node: Branch) -> int:
    return 1 if node.type or node.ordered or not node.children else 0


def _list(root: Node, expands: Callable[[str, Branch, bool], bool], siblings: int) -> dict[str, Leaf]:
    lines: dict[str, Leaf] = {}
    queue: deque[tuple[str, Node, bool]] = deque([("", root, False)])
    while queue:
        path, node, crowded = queue.popleft()
        if isinstance(node, Leaf):
            _put(lines, path, node)
            continue
        if not expands(path, node, crowded):
            _put(lines, path, folded(node))
            continue
        if _own(node):
            _put(lines, path, _type_line(node))
        many = sum(1 for _, child in node.children if isinstance(child, Branch)) > siblings
        queue.extend((join(path, segment), child, many) for segment, child in node.children)
    return dict(sorted(lines.items()))


def _put(lines: dict[str, Leaf], path: str, leaf: Leaf) -> None:
    # A crafted name in an archive may render like another node's path; neither may hide the other.
    number, free = 1, path
    while free in lines:
        number += 1
        free = f"{path}#{number}"
    lines[free] = leaf


def join(path: str, segment: str) -> str:
    """Append a rendered segment to a path; a leading dot or slash is dropped."""
    return path + segment if path else segment.removeprefix(".").removeprefix("/")


def folded(node: Branch) -> Leaf:
    """Return the one leaf that stands for a whole branch."""
    return Leaf(kind=Kind.FOLDED, digest=node.digest, dtype=node.type, shape=(node.leaves,))


def _type_line(node: Branch) -> Leaf:
    kind = Kind.OBJECT if node.children else Kind.EMPTY
    algorithm = node.digest.algorithm.removeprefix("leaf1-")
    order = [f"{len(segment)}\0{segment}".encode("utf-8", "surrogatepass") for segment, _ in node.children]
    content = order if node.ordered else []
    return Leaf(kind=kind, digest=LeafDigester(algorithm)(kind, *content, dtype=node.type), dtype=node.type)


@dataclass(slots=True)
class _Pruner:
    matches: Callable[[str], str]
    algorithm: str
    budget: int
    excluded: list[Excluded] = field(default_factory=list)

    def walk(self, path: str, node: Node) -> Node | None:
        self.budget -= 1
        rule = self.matches(path) if path and self.budget > 0 else ""
        if rule:
            self.excluded.append(Excluded(path=path, rule=rule))
            return None
        if isinstance(node, Leaf) or self.budget <= 0:
            return node
        walked = [(segment, self.walk(join(path, segment), child)) for segment, child in node.children]
        kept = [(segment, child) for segment, child in walked if child is not None]
        if all(new is old[1] for (_, new), old in zip(walked, node.children, strict=True)):
            return node
        return branch(kept, type=node.type, ordered=node.ordered, algorithm=self.algorithm)


def prune(tree: Tree, matches: Callable[[str], str], *, algorithm: str = "blake3") -> Tree:
    """Leave parts of a tree out of equality.

    Args:
        tree: what a reader returned.
        matches: path → name of the rule that leaves it out, or `""`.
        algorithm: the content algorithm of the tree.
    """
    pruner = _Pruner(matches=matches, algorithm=algorithm, budget=200_000)
    root = pruner.walk("", tree.root)
    if not pruner.excluded:
        return tree
    held = root if root is not None else branch((), algorithm=algorithm)
    return Tree(
        format=tree.format,
        root=held,
        excluded=(*tree.excluded, *pruner.excluded),
        reason=tree.reason,
    )


def flatten_mapping(data: Mapping[str, object], prefix: str = "") -> dict[str, Scalar]:
    """Flatten nested tables of parameters or metrics: `{"a": {"b": 1}}` → `{"a.b": 1}`.

    Lists keep their index: `a[0]`. Values that are no JSON scalars become their `str`.
    """
    flat: dict[str, Scalar] = {}
    queue: list[tuple[str, object]] = [(prefix, data)]
    while queue:
        path, value = queue.pop()
        if isinstance(value, Mapping):
            queue.extend((f"{path}.{key}" if path else str(key), item) for key, item in value.items())
        elif isinstance(value, list | tuple):
            queue.extend((f"{path}[{index}]", item) for index, item in enumerate(value))
        elif value is None or isinstance(value, str | int | float | bool):
            flat[path] = value
        else:
            flat[path] = str(value)
    return dict(sorted(flat.items()))
