# SPDX-License-Identifier: Apache-2.0
"""Other packages' readers, held to the rules of ours: bounded, named, and unable to loosen equality.

A foreign reader is asked only about what none of ours knows. Its name and version stand in the
product's format, `acme.h5/1.2`, and go into every leaf digest, so that what two readers made, or two
versions of one, never compares as the same.
"""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Final, Protocol

from repro_action.digest import Digest, digest_bytes
from repro_action.errors import ArtifactUnreadable, ExtensionError
from repro_action.extensions import installed, load
from repro_action.readers.protocol import ReadContext, Source
from repro_action.tree import Branch, Leaf, Node, Tree, branch

GROUP: Final = "repro_action.readers"
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,30}")


class ReaderExtension(Protocol):
    """What the class behind an entry point of `repro_action.readers` provides.

    Attributes:
        version: of what it makes of a file; raised whenever the same bytes could give other leaves.
    """

    version: str

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Say whether `source` is of this format; `head` is its first 512 bytes."""

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the tree, without executing anything of the file.

        Raises:
            ArtifactUnreadable: malformed, or beyond a limit; plain bytes are read then.
        """


@dataclass(slots=True, kw_only=True)
class ForeignReader:
    """A reader of another package.

    Attributes:
        name: the format's name: `NAME/VERSION`.
        extension: what the package provides.
    """

    name: str
    extension: ReaderExtension = field(repr=False)

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Ask the extension; one that fails is asked to read, and its error kept as the reason."""
        try:
            return bool(self.extension.recognizes(source, head))
        except Exception:  # noqa: BLE001 -- foreign code may raise anything
            return True

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read within the bounds, and put the reader's name into every leaf.

        Raises:
            ArtifactUnreadable: the extension failed, or broke a bound.
        """
        try:
            tree = self.extension.read(_TimedSource(source, context), context)
        except ArtifactUnreadable:
            raise
        except Exception as error:
            raise ArtifactUnreadable(f"its reader failed: {type(error).__name__}: {error}"[:300]) from error
        context.check_time()
        if not isinstance(tree, Tree):
            raise ArtifactUnreadable("its reader returned no tree")
        walk = _Naming(name=self.name, context=context)
        return Tree(
            format=self.name,
            root=walk.node(tree.root, context.limits.depth),
            excluded=tuple(replace(one, rule=f"{self.name}: {one.rule}") for one in tree.excluded),
            reason=tree.reason,
        )


@functools.cache
def foreign_readers() -> tuple[ForeignReader, ...]:
    """Return the installed readers of other packages, by name.

    Raises:
        ExtensionError: one cannot be imported, or does not declare its version.
    """
    return tuple(_made(name) for name in installed(GROUP))


def _made(name: str) -> ForeignReader:
    factory = load(GROUP, name)
    if not callable(factory):
        raise ExtensionError(f"{name} is not a class", where=GROUP)
    extension: ReaderExtension = factory()
    version = getattr(extension, "version", None)
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise ExtensionError(
            f"the reader {name} does not declare its version",
            why="The version is part of every digest that it makes.",
            remedy='Give its class an attribute such as version = "1.0".',
            where=GROUP,
        )
    return ForeignReader(name=f"{name}/{version}", extension=extension)


@dataclass(frozen=True, slots=True)
class _TimedSource:
    """A source that stops a reader whose time is up, whether or not it looks at the clock itself."""

    inner: Source
    context: ReadContext

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def size(self) -> int:
        return self.inner.size

    def open(self) -> BinaryIO:
        self.context.check_time()
        return self.inner.open()


@dataclass(slots=True, kw_only=True)
class _Naming:
    """Rebuilds a tree with leaf digests that name the reader; counts its nodes."""

    name: str
    context: ReadContext
    nodes: int = 0

    def node(self, node: Node, depth: int) -> Node:
        self.nodes += 1
        if depth < 0 or self.nodes > self.context.limits.nodes:
            raise ArtifactUnreadable("its reader made a tree that is too deep or has too many nodes")
        if isinstance(node, Leaf):
            return replace(node, digest=self.digest(node.digest))
        if not isinstance(node, Branch):
            raise ArtifactUnreadable("its reader made a node that is neither leaf nor branch")
        return branch(
            [(segment, self.node(child, depth - 1)) for segment, child in node.children],
            type=node.type,
            ordered=node.ordered,
            algorithm=self.context.digester.algorithm,
        )

    def digest(self, own: Digest) -> Digest:
        digester = self.context.digester
        mixed = digest_bytes(digester.algorithm, f"{self.name}\0{own}".encode("utf-8", "surrogatepass"))
        return Digest(f"{digester.name}-{tag(self.name)}", mixed.value)


def tag(name: str) -> str:
    """Return how a reader is called in the algorithm of its leaf digests: 12 hexadecimal digits."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]
