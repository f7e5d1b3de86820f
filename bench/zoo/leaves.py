# SPDX-License-Identifier: Apache-2.0
"""Digests of a joblib file, and the leaves in which two of them differ, by repro's own readers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from repro_action.digest import digest_bytes
from repro_action.listing import join
from repro_action.readers import read_artifact
from repro_action.readers.protocol import ReadOptions
from repro_action.tree import Branch, Kind, Leaf, Node, Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Bits:
    """What of a file is compared.

    Attributes:
        canonical: digest of the leaves, byproducts left out.
        raw: digest of the bytes.
        problems: parts that could not be read.
    """

    canonical: str
    raw: str
    problems: tuple[str, ...]


def _read(path: Path) -> Tree:
    return read_artifact(path, ReadOptions(statistics=False))


def digest(path: Path) -> Bits:
    """Digest a file."""
    tree = _read(path)
    problems = [f"{path.name}: {tree.reason}"] if tree.reason else []
    problems += [f"{path.name}: {leaf.reason}" for leaf in _unreadable(tree.root)]
    return Bits(
        canonical=tree.root.digest.value,
        raw=digest_bytes("blake3", path.read_bytes()).value,
        problems=tuple(problems),
    )


def _unreadable(root: Node) -> Iterator[Leaf]:
    stack, met = [root], {id(root)}
    while stack:
        node = stack.pop()
        if isinstance(node, Leaf):
            if node.kind == Kind.UNREADABLE:
                yield node
            continue
        for _, child in node.children:
            if id(child) not in met:
                met.add(id(child))
                stack.append(child)


def differing(one: Path, other: Path, most: int = 5) -> list[str]:
    """Return the paths of the first leaves in which two files differ."""
    found: list[str] = []
    stack: list[tuple[str, Node | None, Node | None]] = [("", _read(one).root, _read(other).root)]
    while stack and len(found) < most:
        path, left, right = stack.pop()
        if left is not None and right is not None and left.digest == right.digest:
            continue
        if not isinstance(left, Branch) or not isinstance(right, Branch):
            found.append(path)
            continue
        lefts, rights = dict(left.children), dict(right.children)
        inner = [(join(path, name), lefts.get(name), rights.get(name)) for name in sorted({*lefts, *rights})]
        stack += reversed(inner)
        if not inner or left.type != right.type:
            found.append(path)
    return found
