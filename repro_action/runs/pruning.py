# SPDX-License-Identifier: Apache-2.0
"""Parts of trees that a rule leaves out of equality."""

from __future__ import annotations

from dataclasses import dataclass, field

from repro_action.listing import join
from repro_action.paths.leaf_patterns import LeafPattern, Positions
from repro_action.tree import Branch, Excluded, Leaf, Node, Tree, without

Rules = tuple[tuple[str, LeafPattern], ...]
"""`(name, pattern)`: how reports call a rule, and the leaves that it leaves out of equality."""

_EXCLUDED = 10_000
"""Excluded paths that are listed; shared branches are reached by many."""


@dataclass(slots=True)
class _Pruner:
    rules: Rules
    algorithm: str
    used: set[str] = field(default_factory=set)
    excluded: list[Excluded] = field(default_factory=list)
    done: dict[tuple[int, tuple[Positions, ...]], Node] = field(default_factory=dict)
    """What became of a branch, by its identity and the places in the patterns."""

    def walk(self, path: str, node: Node, places: tuple[Positions, ...]) -> Node | None:
        if path:
            found = [
                name
                for (name, pattern), positions in zip(self.rules, places, strict=True)
                if pattern.accepts(positions)
            ]
            self.used.update(found)
            if found:
                if len(self.excluded) < _EXCLUDED:
                    self.excluded.append(Excluded(path=path, rule=found[0]))
                return None
        if isinstance(node, Leaf) or not any(places):
            return node
        pruned = self.done.get((id(node), places))
        # A shared branch that changed is walked again, for the paths of what it lost.
        if pruned is None or (pruned is not node and len(self.excluded) < _EXCLUDED):
            pruned = self.done[id(node), places] = self._branch(path, node, places)
        return pruned

    def _branch(self, path: str, node: Branch, places: tuple[Positions, ...]) -> Node:
        kept: list[tuple[str, Node]] = []
        for segment, child in node.children:
            inside = tuple(
                pattern.advance(positions, segment)
                for (_, pattern), positions in zip(self.rules, places, strict=True)
            )
            walked = self.walk(join(path, segment), child, inside)
            if walked is not None:
                kept.append((segment, walked))
        same = len(kept) == len(node.children) and all(
            new is old for (_, new), (_, old) in zip(kept, node.children, strict=True)
        )
        if same:
            return node
        return without(node, kept, algorithm=self.algorithm)


def prune(tree: Tree, rules: Rules, *, algorithm: str = "blake3") -> tuple[Tree, frozenset[str]]:
    """Leave parts of a tree out of equality.

    Args:
        tree: what a reader returned.
        rules: what to leave out, by the name that reports show.
        algorithm: the content algorithm of the tree.

    Returns:
        The tree without these parts, and the names of the rules that matched something.
    """
    pruner = _Pruner(rules=rules, algorithm=algorithm)
    root = pruner.walk("", tree.root, tuple(pattern.start() for _, pattern in rules))
    if root is None or not pruner.excluded:
        return tree, frozenset()
    return (
        Tree(
            format=tree.format,
            root=root,
            excluded=(*tree.excluded, *pruner.excluded),
            reason=tree.reason,
        ),
        frozenset(pruner.used),
    )
