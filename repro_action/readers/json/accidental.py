# SPDX-License-Identifier: Apache-2.0
"""Accidental parts of JSON files that libraries write, known by the keys that such a file has.

A part is left out only where it is of the form that the library gives it: a number, a time, an id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from repro_action.listing import join
from repro_action.readers.arrays import key_segment
from repro_action.tree import Excluded

_MOST = 10_000
"""Parts that are left out of one file."""


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(pattern: str) -> Callable[[object], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _JsonRule:
    """What is left out of the files that have all of `keys` at their top.

    Attributes:
        name: of the rule.
        keys: that such a file has.
        above: keys on the way to the object that has the parts; None for each entry of a list.
        part: a pattern of the keys that are left out.
        form: whether a value is of the library's form.
    """

    name: str
    keys: frozenset[str]
    above: tuple[str | None, ...] = ()
    part: str
    form: Callable[[object], bool]


_SPEED = r"\w+_runtime|\w+_per_second"
_GUID = r"[0-9a-f]{1,8}(?:-[0-9a-f]{1,8}){3}"
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
_CATBOOST = frozenset({"model_info", "features_info", "scale_and_bias"})

_RULES = (
    _JsonRule(
        name="trainer-times",
        keys=frozenset({"log_history", "global_step", "max_steps", "is_world_process_zero"}),
        above=("log_history", None),
        part=_SPEED,
        form=_number,
    ),
    *(
        _JsonRule(
            name="trainer-times",
            keys=frozenset({f"{run}_runtime", f"{run}_samples_per_second"}),
            part=_SPEED,
            form=_number,
        )
        for run in ("train", "eval", "predict", "test")
    ),
    _JsonRule(
        name="catboost-stamps", keys=_CATBOOST, above=("model_info",), part="model_guid", form=_text(_GUID)
    ),
    _JsonRule(
        name="catboost-stamps",
        keys=_CATBOOST,
        above=("model_info",),
        part="train_finish_time",
        form=_text(_MOMENT),
    ),
    _JsonRule(
        name="datasets-fingerprint",
        keys=frozenset({"_data_files", "_fingerprint", "_format_columns", "_format_type"}),
        part="_fingerprint",
        form=_text(r"[0-9a-f]{16}"),
    ),
    _JsonRule(
        name="spacy-speed",
        keys=frozenset({"lang", "pipeline", "spacy_version", "performance"}),
        above=("performance",),
        part="speed",
        form=_number,
    ),
    _JsonRule(
        name="keras-date-saved",
        keys=frozenset({"keras_version", "date_saved"}),
        part="date_saved",
        form=_text(r"\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d"),
    ),
)

_KERAS = frozenset({"module", "class_name", "config", "registered_name"})


def leave_out(value: object) -> list[Excluded]:
    """Take the accidental parts out of a parsed file, in place, and list them."""
    if not isinstance(value, dict):
        return []
    found: list[Excluded] = []
    for rule in _RULES:
        if rule.keys <= value.keys():
            for path, table in _objects(value, rule.above, ""):
                found += _remove(rule, path, table, _MOST - len(found))
    if value.keys() >= _KERAS:
        found += _number_objects(value)
    return found


def _objects(
    value: object, above: tuple[str | None, ...], path: str
) -> Iterator[tuple[str, dict[str, object]]]:
    if not above:
        if isinstance(value, dict):
            yield path, value
        return
    key, *rest = above
    if key is None and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _objects(item, tuple(rest), f"{path}[{index}]")
    elif key is not None and isinstance(value, dict) and key in value:
        yield from _objects(value[key], tuple(rest), join(path, key_segment(key)))


def _remove(rule: _JsonRule, path: str, table: dict[str, object], most: int) -> list[Excluded]:
    names = [key for key, value in table.items() if re.fullmatch(rule.part, key) and rule.form(value)]
    for name in names[:most]:
        del table[name]
    return [Excluded(path=join(path, key_segment(name)), rule=rule.name) for name in names[:most]]


def _number_objects(root: dict[str, object]) -> list[Excluded]:
    """Number the ids of shared objects in the order in which they come; what is shared stays content."""
    numbers: dict[int, int] = {}
    found: list[Excluded] = []
    waiting: list[tuple[str, object]] = [("", root)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, list):
            waiting += [(f"{path}[{index}]", item) for index, item in reversed([*enumerate(value)])]
        elif isinstance(value, dict):
            shared = value.get("shared_object_id")
            if type(shared) is int and "class_name" in value and len(found) < _MOST:
                value["shared_object_id"] = numbers.setdefault(shared, len(numbers))
                found.append(
                    Excluded(path=join(path, key_segment("shared_object_id")), rule="keras-object-ids")
                )
            waiting += [(join(path, key_segment(key)), item) for key, item in reversed(value.items())]
    return found
