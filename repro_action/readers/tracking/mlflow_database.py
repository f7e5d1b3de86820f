# SPDX-License-Identifier: Apache-2.0
"""MLflow's database: experiments and runs by their meaning, other tables that have rows column by column.

In the latter, ids become the paths of the runs that they name, or numbers in the order in which they appear:
which refers to which is content, what was drawn is not. What no rule of `mlflow_columns` leaves out is
content, whichever release or program added it. See mlflow/store/tracking/dbmodels/models.py.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import join
from repro_action.readers.arrays import name_segment
from repro_action.readers.protocol import ReadContext
from repro_action.readers.tables.columns import column
from repro_action.readers.tracking.database import DatabaseMeaning, Parts, Table, rows, table_node
from repro_action.readers.tracking.mlflow_columns import (
    DERIVED,
    READ,
    is_drawn,
    is_id_column,
    is_of_mlflow,
    rule_of_column,
)
from repro_action.readers.tracking.mlflow_runs import (
    MOST,
    RunTree,
    TrackedExperiment,
    TrackedRun,
)
from repro_action.tree import Excluded, Node, branch

_TABLES = frozenset({"experiments", "runs", "metrics", "params", "tags", "latest_metrics", "alembic_version"})
_LARGEST = 1.7976931348623157e308
"""What MLflow writes for an infinity."""
_OWNERS = {
    "experiments": ("name",),
    "runs": ("run_uuid",),
    "metrics": ("run_uuid", "key"),
    "params": ("run_uuid", "key"),
    "tags": ("run_uuid", "key"),
    "experiment_tags": ("experiment_id", "key"),
}
"""By what a row of a table is told from others, where a column of it has no meaning here."""


def _read(tables: Mapping[str, Table], context: ReadContext) -> Parts:
    try:
        experiments = _experiments(tables)
        latest = _is_derived(tables["latest_metrics"], tables["metrics"])
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactUnreadable(f"a table of MLflow is malformed: {str(error)[:100]!r}") from error
    tree = RunTree(context)
    children = tree.children(experiments)
    names = dict(zip(tables["experiments"]["experiment_id"], tables["experiments"]["name"], strict=True))
    others = _OtherTables(context=context, runs=tree.paths, experiments=names)
    for name, table in sorted(tables.items()):
        if name == "alembic_version" or (name == "latest_metrics" and latest):
            continue
        shown = others.unread(name, table)
        if any(shown.values()):
            children.append((name_segment(name), others.node(name, shown)))
    derived = ["alembic_version", "schema", *(["latest_metrics"] if latest else [])]
    left_out = [Excluded(path=name, rule=DERIVED) for name in derived]
    return children, [*tree.excluded, *others.excluded[:MOST], *left_out]


MLFLOW = DatabaseMeaning(format="mlflow", tables=_TABLES, read=_read)


def _experiments(tables: Mapping[str, Table]) -> list[TrackedExperiment]:
    params, tags = (_by_owner(tables[name], "run_uuid") for name in ("params", "tags"))
    own = _by_owner(tables["experiment_tags"], "experiment_id") if "experiment_tags" in tables else {}
    metrics = _metrics(tables["metrics"])
    runs: dict[object, list[TrackedRun]] = defaultdict(list)
    _require_unique(tables["runs"]["run_uuid"])
    _require_unique(tables["experiments"]["experiment_id"])
    of_runs = ("run_uuid", "name", "status", "lifecycle_stage", "experiment_id")
    for owner, name, status, stage, experiment in rows(tables["runs"], *of_runs):
        tagged = tags.get(owner, {}).get("mlflow.runName")
        facts = {"status": _text(status), "lifecycle_stage": _text(stage)}
        found = TrackedRun(
            id=_text(owner) or "",
            name=_text(name) or tagged or "",
            # Releases before 1.30 wrote the name as a tag alone.
            facts=facts if name or not tagged else {**facts, "name": _text(name)},
            params=params.pop(owner, {}),
            tags=tags.pop(owner, {}),
            metrics=metrics.pop(owner, {}),
        )
        runs[experiment].append(found)
    experiments = [
        TrackedExperiment(
            name=_text(name) or "",
            facts={"lifecycle_stage": _text(stage)},
            tags=own.pop(owner, {}),
            runs=runs.pop(owner, []),
        )
        for owner, name, stage in rows(tables["experiments"], "experiment_id", "name", "lifecycle_stage")
    ]
    if params or tags or metrics or runs or own:
        raise ValueError("a row refers to a run or experiment that does not exist")
    return experiments


def _text(cell: object) -> str | None:
    if not isinstance(cell, str | None):
        raise TypeError("a cell is not a string")
    return cell


def _require_unique(cells: Sequence[object]) -> None:
    if len(set(cells)) != len(cells):
        raise ValueError("a run or experiment appears twice")


def _by_owner(table: Table, column_of_owner: str) -> dict[object, dict[str, str | None]]:
    found: dict[object, dict[str, str | None]] = defaultdict(dict)
    for owner, key, value in rows(table, column_of_owner, "key", "value"):
        if not isinstance(key, str) or key in found[owner]:
            raise ValueError("a key is not a string, or appears twice")
        found[owner][key] = _text(value)
    return found


def _metrics(table: Table) -> dict[object, dict[str, list[tuple[int, float]]]]:
    found: dict[object, dict[str, list[tuple[int, float]]]] = defaultdict(lambda: defaultdict(list))
    for owner, key, step, value, missing in rows(table, "run_uuid", "key", "step", "value", "is_nan"):
        if not isinstance(key, str) or not isinstance(step, int) or not isinstance(value, int | float):
            raise TypeError("a metric is not a number")
        if missing not in {0, 1, None} or (missing and value != 0):
            raise ValueError("a metric is marked both as a number and as not one")
        infinite = abs(value) == _LARGEST
        number = math.nan if missing else math.copysign(math.inf, value) if infinite else float(value)
        if not missing and not infinite and number != value:
            raise ValueError("a metric is an integer that is too large for a float")
        found[owner][key].append((step, number))
    return found


def _is_derived(latest: Table, metrics: Table) -> bool:
    """Whether the last values of metrics are those of their points: by step, then time, then value."""
    columns = ("run_uuid", "key", "step", "timestamp", "value", "is_nan")
    found: dict[tuple[object, object], tuple[Any, ...]] = {}
    for owner, key, *point in rows(metrics, *columns):
        current = found.get((owner, key))
        found[owner, key] = tuple(point) if current is None else max(current, tuple(point))
    points = {owner: (step, value, missing) for owner, (step, _, value, missing) in found.items()}
    table = {(owner, key): tuple(point) for owner, key, *point in rows(latest, *columns[:3], *columns[4:])}
    return points == table and len(latest["key"]) == len(table) and set(latest) == set(columns)


@dataclass(slots=True, kw_only=True)
class _OtherTables:
    """Tables and columns without a meaning of their own here."""

    context: ReadContext
    runs: Mapping[str, str]
    experiments: Mapping[object, object]
    ids: dict[str, str] = field(default_factory=dict)
    excluded: list[Excluded] = field(default_factory=list)

    def unread(self, name: str, table: Table) -> Table:
        """Return the columns of a table that were not read, and what tells its rows apart."""
        read = READ.get(name)
        if read is None:
            return table
        more = {
            key: cells
            for key, cells in table.items()
            if key not in read and rule_of_column(name, key) == "" and any(cell is not None for cell in cells)
        }
        owners = {key: table[key] for key in _OWNERS.get(name, ()) if key in table}
        return {**owners, **more} if more else {}

    def node(self, name: str, table: Table) -> Node:
        if not is_of_mlflow(name):
            return table_node(table, self.context)
        children: list[tuple[str, Node]] = []
        for key, cells in table.items():
            rule = rule_of_column(name, key)
            if rule and not is_id_column(key):
                self.excluded.append(Excluded(path=join(name, name_segment(key)), rule=rule))
                continue
            shown = [self._renamed(key, cell) for cell in cells] if is_id_column(key) else cells
            children.append((name_segment(key), column(shown, self.context)))
        return branch(children, type="table", ordered=True, algorithm=self.context.digester.algorithm)

    def _renamed(self, key: str, cell: object) -> object:
        """Return what an id refers to, after an arrow; what is no id stays as it is."""
        if key == "experiment_id" and cell in self.experiments:
            return f"→ {self.experiments[cell]}"
        if not isinstance(cell, str):
            return cell
        if not is_drawn(cell):
            return f"→{cell}" if cell.startswith("→") else cell
        return f"→ {self.runs.get(cell) or self.ids.setdefault(cell, f'id {len(self.ids)}')}"
