# SPDX-License-Identifier: Apache-2.0
"""Files of a folder that are one model: an index says which."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.models.tensorflow_checkpoint import joined_checkpoint
from repro_action.readers.protocol import JoinedFiles, ReadContext, Source
from repro_action.readers.tensors.safetensors_shards import joined_shards

Join = Callable[[str, Mapping[str, Source], ReadContext], JoinedFiles | None]

_JOINS: tuple[tuple[str, Join], ...] = (
    (".safetensors.index.json", joined_shards),
    (".index", joined_checkpoint),
)
"""End of an index's name → what reads it with the files that it names."""

INDICES = tuple(end for end, _ in _JOINS)
"""Ends of the names of files that say what others have."""


def joined_files(files: Mapping[str, Source], context: ReadContext) -> list[JoinedFiles]:
    """Return the models of several files among those of a folder; what cannot be read stays files."""
    found: list[JoinedFiles] = []
    for name in sorted(files):
        join = next((join for end, join in _JOINS if name.endswith(end)), None)
        try:
            model = join(name, files, context) if join is not None else None
        except ArtifactUnreadable:
            context.check_time()
            continue
        if model is not None:
            found.append(model)
    return [model for model in found if model.name not in files.keys() - model.files]
