# SPDX-License-Identifier: Apache-2.0
"""Records of searches in one form, whatever library wrote them; nothing in them is executed.

Readers make leaves, from which the times and the workers of trials are left out; here they are wanted.
"""

from __future__ import annotations

from pathlib import Path

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import text_leaf
from repro_action.readers.protocol import FileSource, ReadContext
from repro_action.readers.searches.record import FORMAT, SearchRecord, to_text
from repro_action.tree import Tree


def read_search(path: Path, context: ReadContext) -> Tree:
    """Return a tree of one leaf: the text of a record.

    Args:
        path: of a file, or of a folder of Ray Tune.
        context: bounds.

    Raises:
        ArtifactUnreadable: it is no record of a search, or beyond a limit.
    """
    try:
        record = _record(path, context)
        return Tree(format=FORMAT, root=text_leaf(to_text(record), context))
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ArtifactUnreadable(f"the record is malformed: {str(error)[:100]!r}") from error


def _record(path: Path, context: ReadContext) -> SearchRecord:
    if path.is_dir():
        from repro_action.readers.searches.ray_trials import experiment_record

        return experiment_record(path, context)
    source = FileSource(path)
    with source.open() as file:
        head = file.read(512)
    from repro_action.readers.tables.sqlite_file import MAGIC
    from repro_action.readers.tracking.optuna_journal import OptunaJournalReader

    if head.startswith(MAGIC):
        from repro_action.readers.searches.optuna_rows import database_record

        return database_record(source, context)
    if OptunaJournalReader().recognizes(source, head):
        from repro_action.readers.searches.optuna_operations import journal_record

        return journal_record(source, context)
    from repro_action.readers.searches.sklearn_results import results_record

    return results_record(source, context)
