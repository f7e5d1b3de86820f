# SPDX-License-Identifier: Apache-2.0
"""What lies beside arrays: Zarr's groups, and what Orbax says of a checkpoint."""

from __future__ import annotations

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import text_leaf
from repro_action.readers.json.parsing import check_cost, json_value
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import whole_text
from repro_action.tree import Excluded, Tree, branch

COPIES, STAMPS = "zarr-copies", "orbax-stamps"
_GROUPS = frozenset({"zarr.json", ".zgroup", ".zattrs", ".zmetadata"})
_ORBAX = frozenset({"_CHECKPOINT_METADATA", "_METADATA", "_sharding"})
_COMMIT, _COMMITTED = "commit_success.txt", "Checkpoint commit was successful to "


def _object(source: Source, context: ReadContext) -> dict[str, object]:
    check_cost(source, context)
    found = json_value(whole_text(source, context))
    if not isinstance(found, dict):
        raise ArtifactUnreadable("it is not a JSON object")
    return found


class ZarrGroupReader:
    """Reads what a group says of itself; the copy of what its arrays say is left out."""

    name = "zarr-group"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the name, which is always the same."""
        return source.name.rpartition("/")[2] in _GROUPS and head.startswith(b"{")

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the attributes.

        Raises:
            ArtifactUnreadable: not valid JSON, or too large.
        """
        found = _object(source, context)
        copies = [key for key in ("consolidated_metadata", "metadata") if isinstance(found.get(key), dict)]
        if source.name.endswith(".zattrs"):
            copies = []
        kept = {key: value for key, value in found.items() if key not in copies}
        return Tree(
            format=self.name,
            root=value_tree(kept, context),
            excluded=tuple(Excluded(path=f"[{key!r}]", rule=COPIES) for key in copies),
        )


class OrbaxReader:
    """Reads what Orbax says of a checkpoint, without times and the path of its folder."""

    name = "orbax"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the name, which is always the same, and by the start."""
        name = source.name.rpartition("/")[2]
        return (name in _ORBAX and head.startswith(b"{")) or (
            name == _COMMIT and head.startswith(_COMMITTED.encode())
        )

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the values.

        Raises:
            ArtifactUnreadable: not valid JSON, or too large.
        """
        if source.name.endswith(_COMMIT):
            text = whole_text(source, context)
            if source.size > 1 << 16 or "\n" in text:
                raise ArtifactUnreadable("it is not in the form that Orbax writes")
            root = branch([(".text", text_leaf(_COMMITTED, context))], algorithm=context.digester.algorithm)
            return Tree(format=self.name, root=root, excluded=(Excluded(path="path", rule=STAMPS),))
        found = _object(source, context)
        times = [
            key
            for key in ("init_timestamp_nsecs", "commit_timestamp_nsecs", "performance_metrics")
            if type(found.get(key)) is int or (key == "performance_metrics" and _numbers(found.get(key)))
        ]
        kept = {key: value for key, value in found.items() if key not in times}
        return Tree(
            format=self.name,
            root=value_tree(kept, context),
            excluded=tuple(Excluded(path=f"[{key!r}]", rule=STAMPS) for key in times),
        )


def _numbers(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(one, int | float | None) for one in value.values())
