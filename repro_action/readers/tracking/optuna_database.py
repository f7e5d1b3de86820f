# SPDX-License-Identifier: Apache-2.0
"""Optuna's database: studies by name, trials by number, parameters as the objective got them.

See optuna/storages/_rdb/models.py. Rows belong to each other by ids that are drawn in the order in which
several studies and processes write: who belongs to whom is content, the ids and the clock are not.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import array_leaf, key_segment, name_segment, text_leaf
from repro_action.readers.json.parsing import unique_keys
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext
from repro_action.readers.tracking.database import DatabaseMeaning, Parts, Table, rows, table_node
from repro_action.tree import Excluded, Node, branch

DERIVED, IDS, TIMES = "optuna-derived", "optuna-ids", "optuna-times"

_READ = {
    "studies": {"study_id", "study_name"},
    "study_directions": {"study_direction_id", "study_id", "objective", "direction"},
    "study_user_attributes": {"study_user_attribute_id", "study_id", "key", "value_json"},
    "study_system_attributes": {"study_system_attribute_id", "study_id", "key", "value_json"},
    "trials": {"trial_id", "number", "study_id", "state", "datetime_start", "datetime_complete"},
    "trial_user_attributes": {"trial_user_attribute_id", "trial_id", "key", "value_json"},
    "trial_system_attributes": {"trial_system_attribute_id", "trial_id", "key", "value_json"},
    "trial_params": {"param_id", "trial_id", "param_name", "param_value", "distribution_json"},
    "trial_values": {"trial_value_id", "trial_id", "objective", "value", "value_type"},
    "trial_intermediate_values": {
        "trial_intermediate_value_id",
        "trial_id",
        "step",
        "intermediate_value",
        "intermediate_value_type",
    },
    "trial_heartbeats": {"trial_heartbeat_id", "trial_id", "heartbeat"},
    "version_info": {"version_info_id", "schema_version", "library_version"},
    "alembic_version": {"version_num"},
}
"""Columns that are read, or left out by a rule; others of later releases are shown as they are."""
_UNUSUAL = {"INF_POS": math.inf, "INF_NEG": -math.inf, "NAN": math.nan}
"""Numbers by what is written for them, for SQL has none of these."""

_K = TypeVar("_K")
_V = TypeVar("_V")
_Points = dict[int, float]
"""Numbers by objective or step."""


@dataclass(slots=True, kw_only=True)
class OptunaTrial:
    """A trial as its rows say.

    Attributes:
        study: id of its study.
        number, state: as they are written.
        params: name → value as the objective got it, in the order of asking.
        internal: name → the number that is kept of it.
        distributions: name → what it was drawn from.
        values: by objective.
        intermediate: by step.
        user_attrs, system_attrs: name → value.
        started, ended: times as they are written; None where there is none.
    """

    study: object
    number: int
    state: str
    params: dict[str, object] = field(default_factory=dict)
    internal: dict[str, float] = field(default_factory=dict)
    distributions: dict[str, object] = field(default_factory=dict)
    values: _Points = field(default_factory=dict)
    intermediate: _Points = field(default_factory=dict)
    user_attrs: dict[str, object] = field(default_factory=dict)
    system_attrs: dict[str, object] = field(default_factory=dict)
    started: object = None
    ended: object = None


@dataclass(slots=True, kw_only=True)
class OptunaStudy:
    """A study as its rows say; trials by number."""

    name: str
    directions: dict[int, str] = field(default_factory=dict)
    user_attrs: dict[str, object] = field(default_factory=dict)
    system_attrs: dict[str, object] = field(default_factory=dict)
    trials: dict[int, OptunaTrial] = field(default_factory=dict)


def _read(tables: Mapping[str, Table], context: ReadContext) -> Parts:
    try:
        studies = studies_of(tables)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ArtifactUnreadable(f"a table of Optuna is malformed: {str(error)[:100]!r}") from error
    children: list[tuple[str, Node]] = []
    excluded: list[Excluded] = []
    for study in studies:
        path = f"studies{key_segment(study.name)}"
        children.append(("." + path, _study_node(study, context)))
        excluded.append(Excluded(path=f"{path}.id", rule=IDS))
        if study.trials:
            parts = {"id": IDS, "datetime_start": TIMES, "datetime_complete": TIMES, "heartbeats": TIMES}
            excluded += [Excluded(path=f"{path}.trials[*].{part}", rule=rule) for part, rule in parts.items()]
    for name, table in tables.items():
        more = {key: cells for key, cells in table.items() if cells and key not in _READ.get(name, ())}
        if more:
            children.append((name_segment(name), table_node(more, context)))
    excluded += [Excluded(path=name, rule=DERIVED) for name in ("alembic_version", "schema", "version_info")]
    return children, excluded


OPTUNA = DatabaseMeaning(
    format="optuna",
    tables=frozenset({"studies", "trials", "trial_values", "trial_params", "version_info"}),
    read=_read,
)


def studies_of(tables: Mapping[str, Table]) -> list[OptunaStudy]:
    """Return the studies of a database.

    Raises:
        KeyError, TypeError, ValueError: a table is malformed.
    """
    studies: dict[object, OptunaStudy] = {}
    for owner, name in rows(tables["studies"], "study_id", "study_name"):
        _put(studies, owner, OptunaStudy(name=_text(name)))
    if len({study.name for study in studies.values()}) != len(studies):
        raise ValueError("two studies have the same name")
    for owner, place, direction in _optional(
        tables, "study_directions", "study_id", "objective", "direction"
    ):
        _put(studies[owner].directions, _whole(place), _text(direction))
    for owner, key, value in _attributes(tables, "study_user_attributes", "study_id"):
        _put(studies[owner].user_attrs, key, value)
    for owner, key, value in _attributes(tables, "study_system_attributes", "study_id"):
        _put(studies[owner].system_attrs, key, value)
    for trial in _trials(tables).values():
        _put(studies[trial.study].trials, trial.number, trial)
    return [*studies.values()]


def _trials(tables: Mapping[str, Table]) -> dict[object, OptunaTrial]:
    trials: dict[object, OptunaTrial] = {}
    for owner, study, number, state in rows(tables["trials"], "trial_id", "study_id", "number", "state"):
        _put(trials, owner, OptunaTrial(study=study, number=_whole(number), state=_text(state)))
    for column, attribute in (("datetime_start", "started"), ("datetime_complete", "ended")):
        for owner, moment in _optional_column(tables["trials"], "trial_id", column):
            setattr(trials[owner], attribute, moment)
    columns = ("trial_id", "param_name", "param_value", "distribution_json")
    distributions: dict[str, object] = {}
    for owner, name, value, text in rows(tables["trial_params"], *columns):
        key, written = _text(name), _text(text)
        if written not in distributions:
            distributions[written] = _json(written)
        _put(trials[owner].params, key, _parameter(value, distributions[written]))
        trials[owner].internal[key] = float(value) if isinstance(value, float) else math.nan
        trials[owner].distributions[key] = distributions[written]
    for owner, key, value in _attributes(tables, "trial_user_attributes", "trial_id"):
        _put(trials[owner].user_attrs, key, value)
    for owner, key, value in _attributes(tables, "trial_system_attributes", "trial_id"):
        _put(trials[owner].system_attrs, key, value)
    for owner, place, number in _numbers(tables["trial_values"], "objective", "value"):
        _put(trials[owner].values, place, number)
    intermediate = tables.get("trial_intermediate_values")
    for owner, place, number in _numbers(intermediate, "step", "intermediate_value") if intermediate else ():
        _put(trials[owner].intermediate, place, number)
    return trials


def _put(table: dict[_K, _V], key: _K, value: _V) -> None:
    if key in table:
        raise ValueError(f"{key!r} appears twice")
    table[key] = value


def _text(cell: object) -> str:
    if not isinstance(cell, str):
        raise TypeError("a cell is not a string")
    return cell


def _whole(cell: object) -> int:
    if not isinstance(cell, int):
        raise TypeError("a cell is not an integer")
    return cell


def _json(text: str) -> object:
    return json.loads(text, object_pairs_hook=unique_keys)


def _optional(tables: Mapping[str, Table], table: str, *names: str) -> Iterator[tuple[object, ...]]:
    return rows(tables[table], *names) if table in tables else iter(())


def _optional_column(table: Table, owner: str, name: str) -> Iterator[tuple[object, ...]]:
    return rows(table, owner, name) if name in table else iter(())


def _attributes(tables: Mapping[str, Table], table: str, owner: str) -> Iterator[tuple[object, str, object]]:
    for found, key, value in _optional(tables, table, owner, "key", "value_json"):
        yield found, _text(key), _json(_text(value))


def _numbers(table: Table, place: str, value: str) -> Iterator[tuple[object, int, float]]:
    """Yield owner, objective or step, and number; releases before 3.0 wrote no type of it."""
    kinds = table.get(f"{value}_type") or ["FINITE"] * len(table[value])
    for (owner, index, number), kind in zip(rows(table, "trial_id", place, value), kinds, strict=True):
        if kind == "FINITE" and isinstance(number, float):
            yield owner, _whole(index), number
        elif number is None and isinstance(kind, str):
            yield owner, _whole(index), _UNUSUAL[kind]
        else:
            raise TypeError("a value is not a number")


def _parameter(value: object, distribution: object) -> object:
    """Return a parameter as the objective got it, from the number that is kept of it."""
    if not isinstance(value, float) or not isinstance(distribution, dict):
        raise TypeError("a parameter is not a number, or has no distribution")
    kind = str(distribution.get("name", distribution.get("type", ""))).lower()
    if not kind.startswith(("categorical", "int")):
        return value
    whole = int(value)
    if whole != value:
        raise ValueError("a parameter is not an integer")
    if kind.startswith("int"):
        return whole
    choices = distribution.get("attributes", distribution)["choices"]
    if not isinstance(choices, list) or not 0 <= whole < len(choices):
        raise ValueError("a parameter is not one of its choices")
    return choices[whole]


def _study_node(study: OptunaStudy, context: ReadContext) -> Node:
    algorithm = context.digester.algorithm
    directions = [study.directions[place] for place in _objectives(study.directions)]
    children = [(".directions", value_tree(directions, context)), *_attrs(study, context)]
    for number, trial in study.trials.items():
        context.check_time()
        children.append((f".trials[{number}]", _trial_node(trial, context)))
    return branch(children, type="optuna.Study", algorithm=algorithm)


def _trial_node(trial: OptunaTrial, context: ReadContext) -> Node:
    children = [(".state", text_leaf(trial.state, context)), *_attrs(trial, context)]
    for key, value in trial.params.items():
        children.append((f".params{key_segment(key)}", value_tree(value, context)))
        children.append((f".distributions{key_segment(key)}", value_tree(trial.distributions[key], context)))
    if trial.values:
        values = [trial.values[place] for place in _objectives(trial.values)]
        children.append((".values", _array(values, context)))
    if trial.intermediate:
        steps = sorted(trial.intermediate)
        points = [trial.intermediate[step] for step in steps]
        children.append((".intermediate_values", _array(points, context)))
        children.append((".steps", value_tree(steps, context)))
    return branch(children, type="optuna.Trial", algorithm=context.digester.algorithm)


def _attrs(owner: OptunaStudy | OptunaTrial, context: ReadContext) -> list[tuple[str, Node]]:
    kinds = ((".user_attrs", owner.user_attrs), (".system_attrs", owner.system_attrs))
    return [
        (f"{kind}{key_segment(key)}", value_tree(value, context))
        for kind, attrs in kinds
        for key, value in attrs.items()
    ]


def _objectives(found: Mapping[int, object]) -> range:
    if found and (min(found), max(found)) != (0, len(found) - 1):
        raise ArtifactUnreadable("an objective of a study of Optuna is missing")
    return range(len(found))


def _array(values: list[float], context: ReadContext) -> Node:
    import numpy as np

    return array_leaf(np.array(values, np.float64), context)
