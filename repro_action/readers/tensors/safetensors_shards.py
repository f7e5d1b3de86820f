# SPDX-License-Identifier: Apache-2.0
"""Shards of safetensors with their index, as Hugging Face lays them out: the tree is that of one file.

How tensors are spread over files is the container's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import key_segment, text_leaf
from repro_action.readers.json.parsing import json_value
from repro_action.readers.protocol import JoinedFiles, ReadContext, Source
from repro_action.readers.tensors.safetensors_file import SafetensorsReader
from repro_action.readers.whole import whole
from repro_action.tree import Branch, Node, Tree, branch


def joined_shards(name: str, files: Mapping[str, Source], context: ReadContext) -> JoinedFiles:
    """Return the model of an index.

    Args:
        name: of the index.
        files: all files of its folder.
        context: digester and limits.

    Raises:
        ArtifactUnreadable: the index and the shards do not match.
    """
    index = json_value(whole(files[name], context, copies=20))
    match index:
        case {"weight_map": dict(where), **rest} if rest.keys() <= {"metadata"}:
            pass
        case _:
            raise ArtifactUnreadable("its content is not a map of weights with metadata")
    shards = {shard for shard in where.values() if isinstance(shard, str)}
    if not shards <= files.keys() or len(where) != sum(isinstance(shard, str) for shard in where.values()):
        raise ArtifactUnreadable("one of its shards is missing")
    children: dict[str, Node] = {}
    for shard in sorted(shards):
        root = SafetensorsReader().read(files[shard], context).root
        assert isinstance(root, Branch)  # noqa: S101 -- what its reader makes
        for segment, node in root.children:
            if segment == ".__metadata__" and children.get(segment, node) != node:
                raise ArtifactUnreadable("its shards have different metadata")
            if segment in children and segment != ".__metadata__":
                raise ArtifactUnreadable("two shards have the same tensor")
            children[segment] = node
        own = {key_segment(key) for key, owner in where.items() if owner == shard}
        if own != {segment for segment, _ in root.children} - {".__metadata__"}:
            raise ArtifactUnreadable("the tensors of a shard are not those that the index lists")
    metadata = rest.get("metadata", {})
    more = (
        {key: value for key, value in metadata.items() if key != "total_size"}
        if isinstance(metadata, dict)
        else metadata
    )
    if more:
        children[".index"] = text_leaf(json.dumps(more, sort_keys=True), context)
    root = branch(children.items(), algorithm=context.digester.algorithm)
    return JoinedFiles(
        name=name.removesuffix(".index.json"),
        files=frozenset({name, *shards}),
        tree=Tree(format="safetensors", root=root),
    )
