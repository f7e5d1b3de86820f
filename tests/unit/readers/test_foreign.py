# SPDX-License-Identifier: Apache-2.0
"""Laws of other packages' readers: named in every digest, bounded, and never lost without a word."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import flatten
from repro_action.readers.foreign import ForeignReader
from repro_action.readers.protocol import BytesSource, Limits, ReadContext
from repro_action.tree import Branch, Excluded, Kind, Leaf, Node, Tree, branch

SOURCE = BytesSource("a.grid", b"\0GRID")


class Extension:
    """A reader whose tree is given."""

    version = "1.0"

    def __init__(self, made: object, error: Exception | None = None) -> None:
        self.made, self.error = made, error

    def recognizes(self, source: object, head: bytes) -> bool:
        if self.error is not None:
            raise self.error
        return True

    def read(self, source: object, context: ReadContext) -> Tree:
        if self.error is not None:
            raise self.error
        return self.made


def leaf(content: bytes = b"x") -> Leaf:
    return Leaf(kind=Kind.BYTES, digest=ReadContext().digester(Kind.BYTES, content), shape=(len(content),))


def read(root: Node, name: str = "acme.grid/1.0", **more: object) -> Tree:
    tree = Tree(format="", root=root, **more)
    return ForeignReader(name=name, extension=Extension(tree)).read(SOURCE, ReadContext())


def test_one_content_has_another_digest_for_each_reader_and_version():
    root = branch([(".a", leaf()), (".b", branch([("[0]", leaf(b"y"))]))])
    trees = [read(root, name) for name in ("acme.grid/1.0", "acme.grid/1.1", "other.grid/1.0")]
    digests = [{one.digest for one in flatten(tree.root).values()} for tree in trees]
    assert 6 == len(set().union(*digests))
    assert not any(leaf().digest in own for own in digests)
    assert ["acme.grid/1.0", "acme.grid/1.1", "other.grid/1.0"] == [tree.format for tree in trees]


def test_the_algorithm_of_each_leaf_names_the_reader():
    (one,) = flatten(read(leaf()).root).values()
    assert one.digest.algorithm.startswith("leaf1-blake3-")
    assert len(one.digest.algorithm) <= 32


def test_a_digest_is_the_same_each_time_and_follows_the_content():
    assert read(leaf()).root == read(leaf()).root
    assert read(leaf()).root != read(leaf(b"y")).root


def test_what_a_reader_leaves_out_is_listed_with_its_name():
    tree = read(leaf(), excluded=(Excluded(path="time", rule="clock"),))
    assert (Excluded(path="time", rule="acme.grid/1.0: clock"),) == tree.excluded


@pytest.mark.parametrize("error", [ValueError("odd"), RecursionError(), MemoryError()])
def test_whatever_a_reader_raises_is_a_reason(error):
    reader = ForeignReader(name="acme.grid/1.0", extension=Extension(None, error))
    assert reader.recognizes(SOURCE, b"")
    with pytest.raises(ArtifactUnreadable, match=type(error).__name__):
        reader.read(SOURCE, ReadContext())


@pytest.mark.parametrize("made", [None, "tree", Tree(format="", root=None)])
def test_what_is_no_tree_is_refused(made):
    with pytest.raises(ArtifactUnreadable, match=r"tree|node"):
        ForeignReader(name="acme.grid/1.0", extension=Extension(made)).read(SOURCE, ReadContext())


def test_depth_and_nodes_are_bounded():
    deep: Node = leaf()
    for _ in range(300):
        deep = Branch(type="", children=((".a", deep),), digest=leaf().digest, leaves=1)
    with pytest.raises(ArtifactUnreadable, match="too deep"):
        read(deep)
    wide = ForeignReader(
        name="a.b/1", extension=Extension(Tree(format="", root=branch([(".a", leaf())] * 9)))
    )
    with pytest.raises(ArtifactUnreadable, match="too many"):
        wide.read(SOURCE, ReadContext(limits=Limits(nodes=5)))


def test_a_reader_whose_time_is_up_is_stopped_at_the_next_open():
    class Slow(Extension):
        def read(self, source, context):
            source.open()

    late = replace(ReadContext(), deadline=time.monotonic() - 1)
    with pytest.raises(ArtifactUnreadable, match="takes more than"):
        ForeignReader(name="a.b/1", extension=Slow(None)).read(SOURCE, late)
