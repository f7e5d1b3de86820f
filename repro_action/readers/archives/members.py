# SPDX-License-Identifier: Apache-2.0
"""What folders and archives have in common: named files, laid out as branches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import (
    ArrayPayload,
    BytesPayload,
    name_segment,
    number_leaf,
    text_leaf,
    unreadable_leaf,
)
from repro_action.readers.protocol import ReadContext
from repro_action.tree import Branch, Excluded, Kind, Leaf, Node, Tree, branch

EXECUTABLE = " (executable)"
"""What follows the name of the leaf that says that a file may be executed."""

_LINK = "link to "
_MARK = "\0"
"""Ends the name that the leaf of an executable file has inside of `Members`; no file name contains it."""

_ARCHIVES = (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".gz", ".bz2", ".xz", ".zst", ".whl", ".keras", ".mar")
"""Names by which one expects an archive: there a folder says that it is one, elsewhere an archive does."""

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
        self._put(parts, self._light(_own(parts[-1], tree, self.context)))
        if executable:
            # No file is called so: the bracket in its name would be escaped.
            self._put((*parts[:-1], parts[-1] + _MARK), number_leaf(True, self.context))

    def add_link(self, name: str, target: str) -> None:
        """Add a symbolic link, which is never followed: the text of its target."""
        self._put(self._parts(name), text_leaf(_LINK + target, self.context))

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
        if name.startswith("/") or ".." in parts or not parts or _MARK in name:
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

    def _branch(self, folder: Mapping[str, Node | _Folder], type: str = "") -> Branch:
        return branch(
            (
                (
                    _segment(name),
                    self._branch(entry, _folder_type(name)) if isinstance(entry, dict) else entry,
                )
                for name, entry in folder.items()
            ),
            type=type,
            algorithm=self.context.digester.algorithm,
        )

    def _light(self, node: Node) -> Node:
        self._bytes += _memory(node)
        return node if self._bytes <= self.context.limits.memory else without_payloads(node)


def _segment(name: str) -> str:
    """Render a name inside of `Members`; one that reads like a key, or like our mark, is escaped."""
    if name.endswith(_MARK):
        return name_segment(name.removesuffix(_MARK)) + EXECUTABLE
    rendered = name_segment(name)
    if name.endswith(EXECUTABLE):
        return rendered[:-1] + "\\x29"
    return rendered.replace("[", "\\x5b") if name.endswith("]") else rendered


def _folder_type(name: str) -> str:
    return "folder" if name.lower().endswith(_ARCHIVES) else ""


def _own(name: str, tree: Tree, context: ReadContext) -> Node:
    """Return the root of a file's tree, told apart from what a link or a folder of that name is."""
    root = tree.root
    if isinstance(root, Branch) and tree.format in PATH_FORMATS and not root.type:
        plain = name.lower().endswith(_ARCHIVES)
        return root if plain else branch(root.children, type="archive", algorithm=context.digester.algorithm)
    if isinstance(root, Leaf) and root.kind is Kind.TEXT and not root.dtype and root.payload is not None:
        content = b"".join(root.payload.chunks(1 << 20))
        if content.startswith(_LINK.encode()):
            return replace(
                root,
                dtype="text",
                digest=context.digester(Kind.TEXT, content, dtype="text", shape=root.shape),
            )
    return root


def _link(tree: Tree, path: str) -> str:
    if path.startswith("["):
        return ""
    return "/" if tree.format in PATH_FORMATS else "."


def _memory(node: Node) -> int:
    if isinstance(node, Leaf):
        match node.payload:
            case BytesPayload(data=data):
                return len(data)
            case ArrayPayload(array=array):
                return array.nbytes
        return 0
    return sum(_memory(child) for _, child in node.children)


def without_payloads(node: Node) -> Node:
    """Return the same tree without the contents kept in memory."""
    if isinstance(node, Leaf):
        return replace(node, payload=None) if _memory(node) else node
    return replace(
        node, children=tuple((segment, without_payloads(child)) for segment, child in node.children)
    )
