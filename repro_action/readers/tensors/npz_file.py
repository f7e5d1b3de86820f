# SPDX-License-Identifier: Apache-2.0
"""NumPy's `.npz`: a zip archive of `.npy` members; `['name']` is the array's name.

Times, order and compression are the container's: `savez` and `savez_compressed` of the
same arrays give the same tree.
"""

from __future__ import annotations

from dataclasses import replace

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.archives.archive_file import first_member, zip_members
from repro_action.readers.arrays import key_segment
from repro_action.readers.protocol import ReadContext, Source
from repro_action.tree import Excluded, Node, Tree, branch


class NpzReader:
    """Reads every array of an archive."""

    name = "npz"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the magic number and either the suffix or the first member's name."""
        if head.startswith(b"PK\5\6"):
            return source.name.lower().endswith(".npz")
        zipped = head.startswith(b"PK\3\4")
        return first_member(head).endswith(b".npy") or (zipped and source.name.lower().endswith(".npz"))

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the arrays; a member that is not an array is read by the registry as well.

        Raises:
            ArtifactUnreadable: the archive is damaged, a name appears twice, or a limit is exceeded.
        """
        children: dict[str, Node] = {}
        excluded: list[Excluded] = []
        for member in zip_members(source, context):
            segment = key_segment(member.name.removesuffix(".npy"))
            if segment in children:
                raise ArtifactUnreadable(f"the name {member.name[:80]!r} appears twice")
            tree = context.descend(member)
            children[segment] = tree.root
            excluded += [replace(entry, path=f"{segment}.{entry.path}") for entry in tree.excluded]
        root = branch(children.items(), algorithm=context.digester.algorithm)
        return Tree(format=self.name, root=root, excluded=tuple(excluded))
