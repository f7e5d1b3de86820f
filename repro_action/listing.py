# SPDX-License-Identifier: Apache-2.0
"""Trees as lists of lines: folded where they are large."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from repro_action.digest import Digest
from repro_action.tree import Branch, Kind, Leaf, LeafDigester, Node

FOLD_LIMIT = 256
"""Leaves listed for one artifact; what is deeper is folded into its branch's digest."""

FOLD_SIBLINGS = 16
"""Branches side by side that are listed leaf by leaf; each of a longer row is one line."""


ROOM = 52 << 10
"""Bytes that the lines of one artifact take in a baseline, about; those of all artifacts share it."""

MANY = 256
"""Artifacts of a run beyond which each is recorded by the digest of its tree alone."""

FEW = 20
"""Artifacts of a run beyond which each leaves a part of the room to what is said of all of them."""

_HEAD = 80
"""Bytes of that part."""

REST = "[…]"
"""The line of the children of a wide branch that have none of their own."""

_LINE = 170
"""Bytes of a line besides path, type, shape, value, reason and statistics: digest, kind, punctuation."""
_STATISTICS = 260


Children = Sequence[tuple[str, Node]]
Shown = tuple[Children, Children]
"""The children of a branch that are listed, and those that share one line."""


def flatten(
    root: Node, *, limit: int = FOLD_LIMIT, siblings: int = FOLD_SIBLINGS, room: int | None = ROOM
) -> dict[str, Leaf]:
    """List a tree as `path → leaf`, breadth first, at most about `limit` lines of `room` bytes.

    A branch that no longer fits becomes one `FOLDED` leaf; so do all branches that stand
    beside more than `siblings` others, whatever the size of the rest: a forest that grows
    by ten trees is still listed tree by tree. Of the root, as many children are listed as fit;
    the others share one line, `[…]`. A branch with a type, with an order, or
    without children, has a line of its own, so a changed type or order is a difference.
    Two nodes whose rendered paths are the same both stay, distinguished by `#2`.

    Args:
        root: the tree.
        limit: lines.
        siblings: branches side by side that are listed leaf by leaf.
        room: bytes of the lines, as `cost` has them; None for no bound.

    Returns:
        Leaves by path, sorted by path; the root's own line, if any, has the path `""`.
    """
    return _list(root, _Budget(limit=limit, left=room).shown, siblings)


@dataclass(slots=True, kw_only=True)
class _Budget:
    """What is left of the lines and bytes of one list.

    Attributes:
        limit: lines.
        left: bytes; None for no bound.
        lines: that the list has so far, with a branch that is still folded as one.
    """

    limit: int
    left: int | None
    lines: int = 1

    def shown(self, path: str, node: Branch, crowded: bool) -> Shown | None:
        """Spend what the children of a branch take, and return them; None where it stays folded."""
        count = self._expanded(path, node, crowded)
        return None if count is None else (node.children[:count], node.children[count:])

    def _expanded(self, path: str, node: Branch, crowded: bool) -> int | None:
        grown = self.lines - 1 + _own(node) + len(node.children)
        if node.children and path and (crowded or grown > self.limit):
            return None
        if self.left is None:
            self.lines = grown
            return len(node.children)
        own = cost(path, _type_line(node)) if _own(node) else 0
        costs = [_least(join(path, segment), child) for segment, child in node.children]
        needed = own + sum(costs) - (_least(path, node) if path else 0)
        if needed <= self.left:
            self.left -= needed
            self.lines = grown
            return len(node.children)
        return None if path else self._fitting(self.left - own - _LINE - len(REST), costs)

    def _fitting(self, left: int, costs: Sequence[int]) -> int:
        """Spend all on as many children of the root as fit."""
        fitting = 0
        while costs[fitting] <= left:
            left -= costs[fitting]
            fitting += 1
        self.left = 0
        return fitting


def flatten_like(root: Node, lines: Mapping[str, Leaf]) -> dict[str, Leaf]:
    """List a tree as deep as another one was listed, so that both can be compared line by line.

    Args:
        root: the tree.
        lines: what `flatten` returned for the other one. Branches that it folds are folded,
            those that it lists are listed, and those that it does not know are folded.
    """
    if isinstance(root, Leaf) and _is_folded(lines.get("")):
        return {"": folded(root)}
    listed = {top for path in lines for top in above(path)}
    rest = lines.get(REST)
    cut = _is_folded(rest)

    def shown(path: str, node: Branch, _crowded: bool) -> Shown | None:
        listed_leaf = lines.get(path)
        if listed_leaf is not None and listed_leaf.kind is Kind.FOLDED:
            return None
        if path and node.children and path not in listed and listed_leaf is None:
            return None
        if path or not cut:
            return node.children, ()
        return _parted(node.children, lines, listed)

    return _list(root, shown, FOLD_SIBLINGS)


def _is_folded(leaf: Leaf | None) -> bool:
    return leaf is not None and leaf.kind is Kind.FOLDED


def _parted(children: Children, lines: Mapping[str, Leaf], listed: Collection[str]) -> Shown:
    """Part the children of a root into those that another listing shows, and the others."""
    own: list[tuple[str, Node]] = []
    others: list[tuple[str, Node]] = []
    seen: Counter[str] = Counter()
    for segment, child in children:
        path = join("", segment)
        seen[path] += 1
        line = path if seen[path] == 1 else f"{path}#{seen[path]}"
        (own if line in lines or line in listed else others).append((segment, child))
    return own, others


def cost(path: str, leaf: Leaf) -> int:
    """Return about how many bytes a line takes in a baseline; never less."""
    text = len(ascii(path)) + len(ascii(leaf.dtype)) + len(ascii(leaf.reason)) + len(ascii(leaf.value))
    return _LINE + text + 22 * len(leaf.shape) + (_STATISTICS if leaf.stats is not None else 0)


def share(roots: Mapping[str, Node], room: int = ROOM) -> dict[str, dict[str, Leaf]]:
    """List several trees so that their lines fit a room together; small ones leave theirs to the others.

    A tree without room for two lines is one line; so is each of more than `MANY` trees.
    """
    if len(roots) > MANY:
        return {name: {"": folded(root)} for name, root in roots.items()}
    room -= _HEAD * max(0, len(roots) - FEW)
    listed = {name: flatten(root) for name, root in roots.items()}
    costs = {name: sum(cost(*line) for line in lines.items()) for name, lines in listed.items()}
    left, bound = room, room
    for place, name in enumerate(sorted(costs, key=costs.__getitem__)):
        bound = left // (len(costs) - place)
        if costs[name] > bound:
            break
        left -= costs[name]
    return {
        name: _within(roots[name], bound) if costs[name] > bound else lines for name, lines in listed.items()
    }


def has_type(root: Node, types: Collection[str]) -> bool:
    """Whether a branch of one of some types is in a tree."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Branch) and id(node) not in seen:
            if node.type in types:
                return True
            seen.add(id(node))
            waiting.extend(child for _, child in node.children)
    return False


def _within(root: Node, bound: int) -> dict[str, Leaf]:
    """List a tree in a room, and in one line where the room is too small for any list."""
    lines = flatten(root, room=bound)
    small = {"": folded(root)}
    least = sum(cost(*line) for line in small.items())
    return lines if sum(cost(*line) for line in lines.items()) <= max(bound, least) else small


def below(path: str, folder: str) -> bool:
    """Whether a rendered path is below another one."""
    return path.startswith(folder) and path[len(folder) : len(folder) + 1] in {".", "[", "/"}


def above(path: str) -> list[str]:
    """Return the beginnings of a rendered path that can be branches above it."""
    return [path[:end] for end in _ends(path)]


def _ends(path: str) -> list[int]:
    return [index for index, character in enumerate(path) if index and character in ".[/"]


def _own(node: Branch) -> int:
    return 1 if node.type or node.ordered or not node.children else 0


def _list(root: Node, shown: Callable[[str, Branch, bool], Shown | None], siblings: int) -> dict[str, Leaf]:
    lines: dict[str, Leaf] = {}
    queue: deque[tuple[str, Node, bool]] = deque([("", root, False)])
    while queue:
        path, node, crowded = queue.popleft()
        if isinstance(node, Leaf):
            _put(lines, path, node)
            continue
        parts = shown(path, node, crowded)
        if parts is None:
            _put(lines, path, folded(node))
            continue
        if _own(node):
            _put(lines, path, _type_line(node))
        many = sum(1 for _, child in node.children if isinstance(child, Branch)) > siblings
        queue.extend((join(path, segment), child, many) for segment, child in parts[0])
        if parts[1]:
            _put(lines, join(path, REST), _rest(node, parts[1]))
    return dict(sorted(lines.items()))


def _least(path: str, node: Node) -> int:
    return cost(path, node if isinstance(node, Leaf) else folded(node))


def _rest(node: Branch, children: Children) -> Leaf:
    """Return the one leaf that stands for several children of a branch."""
    algorithm = node.digest.algorithm.removeprefix("leaf1-")
    content = [
        f"{len(segment)}\0{segment}\0{child.digest}".encode("utf-8", "surrogatepass")
        for segment, child in children
    ]
    leaves = sum(1 if isinstance(child, Leaf) else child.leaves for _, child in children)
    return Leaf(kind=Kind.FOLDED, digest=LeafDigester(algorithm)(Kind.FOLDED, *content), shape=(leaves,))


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


def folded(node: Node) -> Leaf:
    """Return the one leaf that stands for a whole branch; for a leaf that has no room, too."""
    if isinstance(node, Leaf):
        return Leaf(kind=Kind.FOLDED, digest=node.digest, dtype=node.dtype, shape=(1,))
    return Leaf(kind=Kind.FOLDED, digest=node.digest, dtype=node.type, shape=(node.leaves,))


@dataclass(frozen=True, slots=True)
class SegmentOrder:
    """The content of a line that a branch has of its own: segments of its children, in their order."""

    segments: tuple[str, ...]

    def chunks(self, size: int) -> Iterator[bytes]:
        """Yield the content; see `repro_action.tree.Payload`."""
        content = b"".join(_encoded(self.segments))
        return (content[at : at + size] for at in range(0, len(content), size))


def order_digest(line: Leaf, segments: Iterable[str]) -> Digest:
    """Return the digest that the line of a branch has where its children stand in an order.

    Args:
        line: of the branch, for its kind, type and algorithm.
        segments: of the children; none where their order is no content.
    """
    algorithm = line.digest.algorithm.removeprefix("leaf1-")
    return LeafDigester(algorithm)(line.kind, *_encoded(segments), dtype=line.dtype)


def _encoded(segments: Iterable[str]) -> list[bytes]:
    return [f"{len(segment)}\0{segment}".encode("utf-8", "surrogatepass") for segment in segments]


def _type_line(node: Branch) -> Leaf:
    kind = Kind.OBJECT if node.children else Kind.EMPTY
    segments = tuple(segment for segment, _ in node.children)
    line = Leaf(kind=kind, digest=node.digest, dtype=node.type, payload=SegmentOrder(segments))
    return replace(line, digest=order_digest(line, segments if node.ordered else ()))
