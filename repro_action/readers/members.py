# SPDX-License-Identifier: Apache-2.0
"""What folders and archives have in common: named files, laid out as branches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import BytesPayload, name_segment, number_leaf, text_leaf, unreadable_leaf
from repro_action.readers.protocol import ReadContext
from repro_action.tree import Branch, Excluded, Leaf, Node, Tree, branch

EXECUTABLE = " (executable)"
"""What follows the name of the leaf that says that a file may be executed."""

PATH_FORMATS = frozenset({"folder", "zip", "tar"})
"""Formats whose paths start with a file's name."""

_Folder = dict[str, "Node | _Folder"]


@dataclass(slots=True)
class Members:
    """Collects named files; content in memory is let go once it adds up to the limit.

    Attributes:
        context: limits and digester.
        excluded: what the files leave out of equality, with full paths.
    """

    context: ReadContext
    excluded: list[Excluded] = field(default_factory=list)
    _root: _Folder = field(default_factory=dict)
    _count: int = 0
    _bytes: int = 0

    def add(self, name: str, tree: Tree, *, executable: bool = False) -> None:
        """Add a file that was read.

        Raises:
            ArtifactUnreadable: the name is unsafe, already used, or too deep, or there are too many.
        """
        parts = self._parts(name)
        path = "".join(map(name_segment, parts)).removeprefix("/")
        self.excluded += [
            replace(entry, path=path + _link(tree, entry.path) + entry.path) for entry in tree.excluded
        ]
        self._put(parts, self._light(tree.root))
        if executable:
            self._put((*parts[:-1], parts[-1] + EXECUTABLE), number_leaf(True, self.context))

    def add_link(self, name: str, target: str) -> None:
        """Add a symbolic link, which is never followed: the text of its target."""
        self._put(self._parts(name), text_leaf(f"link to {target}", self.context))

    def add_unread(self, name: str, reason: str, content: bytes = b"") -> None:
        """Add an entry that is not read, with the reason; `content` is what is known of it."""
        self._put(self._parts(name), unreadable_leaf(reason, self.context, reason.encode() + b"\0" + content))

    def add_folder(self, name: str) -> None:
        """Add a folder, which may stay empty."""
        parts = self._parts(name)
        self._folder(parts)

    def root(self) -> Branch:
        """Return the branch over all files."""
        return self._branch(self._root)

    def _parts(self, name: str) -> tuple[str, ...]:
        self._count += 1
        self.context.check_time()
        if self._count > self.context.limits.nodes:
            raise ArtifactUnreadable(f"it contains more than {self.context.limits.nodes} files")
        parts = tuple(part for part in name.split("/") if part not in {"", "."})
        if name.startswith("/") or ".." in parts or not parts:
            raise ArtifactUnreadable(f"the path {name[:80]!r} points outside the archive")
        if len(parts) > self.context.limits.depth:
            raise ArtifactUnreadable(f"folders are nested more than {self.context.limits.depth} levels deep")
        return parts

    def _folder(self, parts: tuple[str, ...]) -> _Folder:
        folder = self._root
        for part in parts:
            below = folder.setdefault(part, {})
            if not isinstance(below, dict):
                raise ArtifactUnreadable(f"the name {part[:80]!r} is both a file and a folder")
            folder = below
        return folder

    def _put(self, parts: tuple[str, ...], node: Node) -> None:
        folder = self._folder(parts[:-1])
        if parts[-1] in folder:
            raise ArtifactUnreadable(f"the name {parts[-1][:80]!r} appears twice")
        folder[parts[-1]] = node

    def _branch(self, folder: Mapping[str, Node | _Folder]) -> Branch:
        return branch(
            (
                (name_segment(name), self._branch(entry) if isinstance(entry, dict) else entry)
                for name, entry in folder.items()
            ),
            algorithm=self.context.digester.algorithm,
        )

    def _light(self, node: Node) -> Node:
        self._bytes += _memory(node)
        return node if self._bytes <= self.context.limits.memory else without_payloads(node)


def _link(tree: Tree, path: str) -> str:
    if path.startswith("["):
        return ""
    return "/" if tree.format in PATH_FORMATS else "."


def _memory(node: Node) -> int:
    if isinstance(node, Leaf):
        return len(node.payload.data) if isinstance(node.payload, BytesPayload) else 0
    return sum(_memory(child) for _, child in node.children)


def without_payloads(node: Node) -> Node:
    """Return the same tree without the contents kept in memory."""
    if isinstance(node, Leaf):
        return replace(node, payload=None) if isinstance(node.payload, BytesPayload) else node
    return replace(
        node, children=tuple((segment, without_payloads(child)) for segment, child in node.children)
    )
