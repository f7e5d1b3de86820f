# SPDX-License-Identifier: Apache-2.0
"""XGBoost's old binary models (written before 2.1, or with the suffix `deprecated`): trees by their arrays.

The names are those of its JSON. The version that wrote it and reserved bytes are the container's. Source:
`src/learner.cc`, `src/gbm/gbtree_model.h` and `include/xgboost/tree_model.h` of XGBoost 1.7.
"""

from __future__ import annotations

import re

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.cursor import Cursor
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit, whole
from repro_action.tree import Tree

_MARK = b"binf"
_LEARNER, _BOOSTER, _LINEAR, _TREE = 136, 160, 136, 148
"""Bytes of each block of parameters, the reserved ones included."""

_NAMES = re.compile(rb"[a-z]+[:a-z0-9_]*")
_BOOSTERS = (b"gbtree", b"gblinear", b"dart")


def _names(head: bytes, begin: int) -> bool:
    """Say whether the names of an objective and a booster stand behind the first block."""
    size = int.from_bytes(head[begin : begin + 8], "little")
    end = begin + 8 + size
    has_objective = size < 64 and _NAMES.fullmatch(head[begin + 8 : end]) is not None
    return has_objective and head[end + 8 :].startswith(_BOOSTERS)


class XgboostBinaryReader:
    """Reads the old binary models."""

    name = "xgboost-binary"
    size_limit = SizeLimit(copies=3)

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Recognize the mark of later ones, and where names stand."""
        del source
        return _names(head, _LEARNER + (len(_MARK) if head.startswith(_MARK) else 0))

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read every tree.

        Raises:
            ArtifactUnreadable: malformed, or beyond a limit.
        """
        data = whole(source, context, copies=self.size_limit.copies)
        cursor = Cursor(data, len(_MARK) if data.startswith(_MARK) else 0)
        block = Cursor(cursor.take(_LEARNER))
        table: dict[str, object] = {
            "base_score": block.real("f"),
            "num_feature": block.number("I"),
            "num_class": block.number("i"),
        }
        attributes, metrics = block.number("i"), block.number("i")
        block.take(8)  # the version that wrote it
        table |= {"num_target": block.number("I"), "boost_from_average": block.number("i")}
        table["objective"], booster = _text(cursor), _text(cursor)
        table["booster"] = booster
        if booster == "gblinear":
            cursor.take(_LINEAR)
            table["weights"] = _floats(cursor)
        else:
            table |= _forest(cursor, context)
            if booster == "dart":
                table["weight_drop"] = _floats(cursor)
        if attributes:
            table["attributes"] = _pairs(cursor)
        if metrics:
            table["metrics"] = [_text(cursor) for _ in range(_count(cursor))]
        if not cursor.at_end():
            raise ArtifactUnreadable("there are extra bytes after the model")
        return Tree(format=self.name, root=value_tree(table, context))


def _count(cursor: Cursor) -> int:
    """Return a number of entries, each of which takes four bytes at least."""
    count = cursor.number("Q")
    if 4 * count > len(cursor.data):
        raise ArtifactUnreadable("a list is longer than the file")
    return count


def _text(cursor: Cursor) -> str:
    return cursor.text(cursor.number("Q"))


def _floats(cursor: Cursor) -> object:
    import numpy as np

    return np.frombuffer(cursor.take(4 * _count(cursor)), "<f4")


def _pairs(cursor: Cursor) -> dict[str, str]:
    found: dict[str, str] = {}
    for _ in range(_count(cursor)):
        key, value = _text(cursor), _text(cursor)
        if key in found:
            raise ArtifactUnreadable(f"it has the attribute {key[:80]!r} twice")
        found[key] = value
    return found


def _forest(cursor: Cursor, context: ReadContext) -> dict[str, object]:
    import numpy as np

    block = Cursor(cursor.take(_BOOSTER))
    count, parallel = block.number("I"), block.number("i")
    if _TREE * count > len(cursor.data):
        raise ArtifactUnreadable("it declares more trees than it has")
    trees = []
    for _ in range(count):
        context.check_time()
        trees.append(_tree(cursor))
    groups = np.frombuffer(cursor.take(4 * count), "<i4")
    return {"trees": trees, "num_parallel_tree": parallel, "tree_info": groups}


def _tree(cursor: Cursor) -> dict[str, object]:
    import numpy as np

    block = Cursor(cursor.take(_TREE))
    block.take(4)
    count, deleted = block.number("i"), block.number("i")
    block.take(8)
    vector = block.number("i")
    if count < 1 or vector not in {0, 1}:
        raise ArtifactUnreadable(
            "a tree in it is malformed, or its leaves are vectors, which are not supported"
        )
    nodes = np.frombuffer(cursor.take(20 * count), "<i4").reshape(-1, 5)
    figures = np.frombuffer(cursor.take(16 * count), "<f4").reshape(-1, 4)
    return {
        # The highest bit says whether it is the left child.
        "parents": nodes[:, 0] & 0x7FFFFFFF,
        "left": nodes[:, 0] < 0,
        "left_children": nodes[:, 1],
        "right_children": nodes[:, 2],
        "split_indices": nodes[:, 3] & 0x7FFFFFFF,
        "default_left": nodes[:, 3] < 0,
        "split_conditions": np.ascontiguousarray(nodes[:, 4]).view("<f4"),
        "loss_changes": figures[:, 0],
        "sum_hessian": figures[:, 1],
        "base_weights": figures[:, 2],
        "leaf_child_counts": np.ascontiguousarray(figures[:, 3]).view("<i4"),
        "deleted": deleted,
    }
