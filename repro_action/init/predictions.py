# SPDX-License-Identifier: Apache-2.0
"""Which outputs are predictions, by the names of the columns of the files that are there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from repro_action import reading
from repro_action.config.prediction_config import PredictionConfig
from repro_action.errors import ReproError
from repro_action.paths.names import control
from repro_action.predictions.from_tree import column_names, prediction_table
from repro_action.predictions.recognise import recognise
from repro_action.predictions.table import PredictionsRefused, texts
from repro_action.readers.protocol import ReadOptions

_SUFFIXES = (".csv", ".tsv", ".parquet", ".arrow", ".feather", ".jsonl", ".ndjson", ".npz")
_LARGEST = 64 << 20
"""Bytes of a file that is looked into."""

_MOST = 20


def proposed_predictions(root: Path, outputs: Iterable[str]) -> tuple[PredictionConfig, ...]:
    """Return the outputs that look like predictions, with their columns; a key is one only without repeats.

    Args:
        root: of the project.
        outputs: paths that steps write; those that are not there are passed over.
    """
    tables = [path for path in outputs if PurePosixPath(path).suffix.lower() in _SUFFIXES][:_MOST]
    found = (_recognised(root, path) for path in tables)
    return tuple(one for one in found if one is not None)


def _recognised(root: Path, path: str) -> PredictionConfig | None:
    place = root / path
    try:
        if place.is_symlink() or not place.is_file() or place.stat().st_size > _LARGEST:
            return None
        tree = reading.read(place, ReadOptions(statistics=False))
        roles = recognise(column_names(tree))
        columns = (roles.key, roles.label, roles.score, roles.truth) if roles is not None else ()
        if roles is None or any(control(name) is not None for name in columns):
            return None
        made = PredictionConfig(
            path=path, key=roles.key, label=roles.label, score=roles.score, truth=roles.truth
        )
        table = prediction_table(tree, made)
    except (ReproError, PredictionsRefused, OSError):
        return None
    keys = texts(table.keys) if table.keys is not None else []
    if len(set(keys)) == len(keys):
        return made
    return PredictionConfig(path=path, label=made.label, score=made.score, truth=made.truth)
