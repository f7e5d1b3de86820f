# SPDX-License-Identifier: Apache-2.0
"""skops files, read without skops and without building what they describe.

A zip archive of `schema.json`, a tree of nodes that each name a loader, and of members with the
arrays. The nodes become the same inert values as a pickle's, so paths and digests agree. Object
ids, the members' names, the version of skops and zip times are the container's.
"""

from __future__ import annotations

import json
import zipfile

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.archives.archive_file import open_zip
from repro_action.readers.pickle.byproducts import drop_byproducts
from repro_action.readers.pickle.canonical import Canonical
from repro_action.readers.pickle.skops_values import Nodes
from repro_action.readers.protocol import ReadContext, Source
from repro_action.tree import Node, Tree

_SCHEMA = "schema.json"


class SkopsReader:
    """Reads what `skops.io.dump` wrote."""

    name = "skops"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the magic number and the suffix; the schema is the archive's last member."""
        return head.startswith(b"PK\3\4") and source.name.lower().endswith(".skops")

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the object that was saved.

        Raises:
            ArtifactUnreadable: it is malformed, has an unknown node, or exceeds a limit.
        """
        with open_zip(source, context) as archive:
            root = _read(source, archive, context)
        return drop_byproducts(Tree(format=self.name, root=root), context)


def _read(source: Source, archive: zipfile.ZipFile, context: ReadContext) -> Node:
    members = {info.filename: info for info in archive.infolist()}
    if len(members) != len(archive.infolist()):
        raise ArtifactUnreadable("two members have the same name")
    info = members.pop(_SCHEMA, None)
    if info is None:
        raise ArtifactUnreadable("it has no schema.json, so skops did not write it")
    if info.file_size > context.limits.memory // 4:
        raise ArtifactUnreadable(f"its schema.json is too large: {info.file_size} bytes")
    context.expand(info.file_size)
    try:
        schema: object = json.loads(archive.read(info))
    except (ValueError, RecursionError) as error:
        raise ArtifactUnreadable(f"its schema.json is malformed: {str(error)[:80]!r}") from None
    nodes = Nodes(archive=source, members=members, context=context)
    value = nodes.value(schema)
    if nodes.unread:
        raise ArtifactUnreadable(f"nothing refers to its member {min(nodes.unread)[:60]!r}")
    context.earn(parts=info.file_size >> 4, nbytes=sum(member.file_size for member in members.values()))
    return Canonical(context).node(value)
