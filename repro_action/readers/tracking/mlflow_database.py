# SPDX-License-Identifier: Apache-2.0
"""MLflow's database: experiments and runs by their meaning, other tables that have rows column by column.

In the latter, ids become the paths of the runs that they name, or numbers in the order in which they appear:
which refers to which is content, what was drawn is not. See mlflow/store/tracking/dbmodels/models.py.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import join
from repro_action.readers.arrays import name_segment
from repro_action.readers.protocol import ReadContext
from repro_action.readers.tables.columns import column
from repro_action.readers.tracking.database import DatabaseMeaning, Parts, Table, rows
from repro_action.readers.tracking.mlflow_runs import (
    IDS,
    MOST,
    SOURCE,
    TIMES,
    RunTree,
    TrackedExperiment,
    TrackedRun,
)
from repro_action.tree import Excluded, Node, branch

DERIVED = "mlflow-derived"

_TABLES = frozenset({"experiments", "runs", "metrics", "params", "tags", "latest_metrics", "alembic_version"})
_READ = _TABLES | {"experiment_tags"}
_ID = re.compile(r"(?:[a-z]{1,3}-)?[0-9a-f]{32}")
_TIME = re.compile(r".*time.*|.*_at")
_PLACES = frozenset({"artifact_location", "artifact_uri", "storage_location", "source"})
_PEOPLE = frozenset({"user_id", "created_by", "last_updated_by"})
_LARGEST = 1.7976931348623157e308
"""What MLflow writes for an infinity."""


def _read(tables: Mapping[str, Table], context: ReadContext) -> Parts:
    try:
        experiments = _experiments(tables)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactUnreadable(f"a table of MLflow is malformed: {str(error)[:100]!r}") from error
    tree = RunTree(context)
    children = tree.children(experiments)
    names = dict(zip(tables["experiments"]["experiment_id"], tables["experiments"]["name"], strict=True))
    others = _OtherTables(context=context, runs=tree.paths, experiments=names)
    for name in sorted(tables.keys() - _READ):
        if any(tables[name].values()):
            children.append((name_segment(name), others.node(name, tables[name])))
    derived = [Excluded(path=name, rule=DERIVED) for name in ("alembic_version", "latest_metrics", "schema")]
    return children, [*tree.excluded, *others.excluded[:MOST], *derived]


MLFLOW = DatabaseMeaning(format="mlflow", tables=_TABLES, read=_read)


def _experiments(tables: Mapping[str, Table]) -> list[TrackedExperiment]:
    params, tags = (_by_owner(tables[name], "run_uuid") for name in ("params", "tags"))
    own = _by_owner(tables["experiment_tags"], "experiment_id") if "experiment_tags" in tables else {}
    metrics = _metrics(tables["metrics"])
    runs: dict[object, list[TrackedRun]] = defaultdict(list)
    of_runs = ("run_uuid", "name", "status", "lifecycle_stage", "experiment_id")
    for owner, name, status, stage, experiment in rows(tables["runs"], *of_runs):
        found = TrackedRun(
            id=str(owner),
            name=str(name or tags.get(owner, {}).get("mlflow.runName", "")),
            facts={"status": str(status), "lifecycle_stage": str(stage)},
            params=params.pop(owner, {}),
            tags=tags.pop(owner, {}),
            metrics=metrics.pop(owner, {}),
        )
        runs[experiment].append(found)
    experiments = [
        TrackedExperiment(
            name=str(name),
            facts={"lifecycle_stage": str(stage)},
            tags=own.pop(owner, {}),
            runs=runs.pop(owner, []),
        )
        for owner, name, stage in rows(tables["experiments"], "experiment_id", "name", "lifecycle_stage")
    ]
    if params or tags or metrics or runs or own:
        raise ValueError("a row refers to a run or experiment that does not exist")
    return experiments


def _by_owner(table: Table, column_of_owner: str) -> dict[object, dict[str, str]]:
    found: dict[object, dict[str, str]] = defaultdict(dict)
    for owner, key, value in rows(table, column_of_owner, "key", "value"):
        if not isinstance(key, str) or not isinstance(value, str | None) or key in found[owner]:
            raise ValueError("a key or value is not a string, or a key appears twice")
        found[owner][key] = value or ""
    return found


def _metrics(table: Table) -> dict[object, dict[str, list[tuple[int, float]]]]:
    found: dict[object, dict[str, list[tuple[int, float]]]] = defaultdict(lambda: defaultdict(list))
    for owner, key, step, value, missing in rows(table, "run_uuid", "key", "step", "value", "is_nan"):
        if not isinstance(key, str) or not isinstance(step, int) or not isinstance(value, int | float):
            raise TypeError("a metric is not a number")
        infinite = abs(value) == _LARGEST
        number = math.nan if missing else math.copysign(math.inf, value) if infinite else float(value)
        found[owner][key].append((step, number))
    return found


@dataclass(slots=True, kw_only=True)
class _OtherTables:
    """Tables without a meaning of their own here."""

    context: ReadContext
    runs: Mapping[str, str]
    experiments: Mapping[object, object]
    ids: dict[str, str] = field(default_factory=dict)
    excluded: list[Excluded] = field(default_factory=list)

    def node(self, name: str, table: Table) -> Node:
        children: list[tuple[str, Node]] = []
        for key, cells in table.items():
            rule = self._rule(key, cells)
            if rule:
                self.excluded.append(Excluded(path=join(name, name_segment(key)), rule=rule))
                continue
            experiment = key == "experiment_id"
            shown = [
                self.experiments.get(cell, cell) if experiment else self._renamed(cell) for cell in cells
            ]
            children.append((name_segment(key), column(shown, self.context)))
        return branch(children, type="table", ordered=True, algorithm=self.context.digester.algorithm)

    def _rule(self, key: str, cells: Sequence[object]) -> str:
        if _TIME.fullmatch(key) and all(isinstance(cell, int | None) for cell in cells):
            return TIMES
        return IDS if key in _PLACES else SOURCE if key in _PEOPLE else ""

    def _renamed(self, cell: object) -> object:
        if not isinstance(cell, str) or _ID.fullmatch(cell) is None:
            return cell
        return self.runs.get(cell) or self.ids.setdefault(cell, f"id {len(self.ids)}")
