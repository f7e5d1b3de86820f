# SPDX-License-Identifier: Apache-2.0
"""The folder that Ray Tune writes of an experiment: `experiment_state-….json`, and a folder for each trial.

The state has a list `trial_data` of pairs: a trial, and what is known of its results, each as a text of JSON.
A trial's folder has `params.json`, `result.json` with a line for each report, and `progress.csv` with the
same. See `TuneController.save_to_dir` (ray/tune/execution/tune_controller.py), `Trial.get_json_state`
(ray/tune/experiment/trial.py) and ray/tune/logger. What Ray pickles is never read.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import FileSource, ReadContext
from repro_action.readers.whole import whole_text

OWN = frozenset(
    {
        *("timestamp", "date", "time_this_iter_s", "time_total_s", "time_since_restore"),
        *("trial_id", "experiment_tag", "pid", "hostname", "node_ip", "checkpoint_dir_name", "done"),
        *("iterations_since_restore", "config", "should_checkpoint"),
    }
)
"""What Ray adds to each report, besides the number of the report: times, ids, the machine."""

REPORT = "training_iteration"
"""Key of the number of a report, from 1."""

_STATE = re.compile(r"experiment_state-[\w:.-]+\.json")
_TAG = re.compile(r"(\d{1,9})(?:_.*)?", re.DOTALL)
_LONGEST_NAME = 255
_PICKLED = {"_type", "value"}

DEEPEST = 200
"""Tables and lists inside one another in parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RayTrial:
    """One trial.

    Attributes:
        name: of its folder; empty where it has none.
        place: that Ray gave it, from 0 or 1; None where nobody knows.
        status: as Ray has it, such as `TERMINATED`.
        config: what the trial was called with; what was pickled is replaced by a text that says so.
        last: its last report by key, with `/` between the keys of tables inside one another.
        started: seconds since the epoch; None where that is unknown.
    """

    name: str
    place: int | None
    status: str
    config: Mapping[str, object]
    last: Mapping[str, object]
    started: float | None = None


def state_file(folder: Path) -> Path | None:
    """Return the newest state of an experiment; None where the folder is of none."""
    names = [path.name for path in folder.iterdir() if _STATE.fullmatch(path.name) and is_own_file(path)]
    return folder / max(names) if names else None


def is_own_file(path: Path) -> bool:
    """Whether a file is there, and is no link, which can lead anywhere."""
    return path.is_file() and not path.is_symlink()


def read_state(path: Path, context: ReadContext) -> tuple[str, list[RayTrial]]:
    """Return the metric that the search was told, empty for none, and its trials in Ray's order.

    Raises:
        ArtifactUnreadable: it is no state, or beyond a limit.
    """
    state = _table(_parsed(whole_text(FileSource(path), context, copies=12), path.name), path.name)
    pairs = state.get("trial_data")
    if not isinstance(pairs, list):
        raise ArtifactUnreadable(f"{path.name} has no trial_data, as Ray 2 writes it")
    trials = list(_trials(pairs, context))
    names = [trial.name for trial in trials if trial.name]
    if len(set(names)) < len(names):  # each would be read anew for every trial that names it
        raise ArtifactUnreadable(f"two trials in {path.name} have the same folder")
    places = [trial.place for trial in trials]
    if None not in places and len(set(places)) == len(places):
        trials.sort(key=lambda trial: trial.place or 0)
    else:
        trials.sort(key=lambda trial: trial.started or 0.0)
    metric = _inner(state.get("runner_data")).get("_metric")
    return metric if isinstance(metric, str) else "", trials


def read_reports(folder: Path, trial: RayTrial, context: ReadContext) -> list[dict[str, object]]:
    """Return what a trial reported, in order; nothing where its folder has no `result.json`.

    Raises:
        ArtifactUnreadable: a line is malformed, or it is too large.
    """
    return [
        _table(_parsed(line, "result.json"), "result.json")
        for line in _file(folder, trial, "result.json", context).splitlines()
        if line.strip()
    ]


def contradictions(folder: Path, trial: RayTrial, context: ReadContext) -> Iterator[str]:
    """Yield what a trial's own files say otherwise than the state of the experiment.

    Raises:
        ArtifactUnreadable: one is malformed, or too large.
    """
    reports = [flat(report) for report in read_reports(folder, trial, context)[-1:]]
    rows = _rows(_file(folder, trial, "progress.csv", context))
    for name, last in (("result.json", reports), ("progress.csv", rows[-1:])):
        for key, value in numbers(trial.last).items():
            found = _cell(last[0].get(key)) if last else None
            if found is not None and repr(found) != repr(value):
                yield f"{trial.name}/{name} ends with {key} {found!r}, and the state has {value!r}"
    text = _file(folder, trial, "params.json", context)
    if text and plain(_parsed(text, "params.json")) != trial.config:
        yield f"{trial.name}/params.json has other parameters than the state"


def _rows(text: str) -> list[dict[str, str]]:
    try:
        return list(csv.DictReader(text.splitlines()))
    except csv.Error as error:
        raise ArtifactUnreadable("progress.csv is malformed") from error


def numbers(report: Mapping[str, object]) -> dict[str, float]:
    """Return the numbers of a report that the training made."""
    found = {key: _number(value) for key, value in report.items() if key.partition("/")[0] not in OWN}
    return {key: value for key, value in found.items() if value is not None and key != REPORT}


def flat(report: Mapping[str, object]) -> dict[str, object]:
    """Return a report with `/` between the keys of tables inside one another, as Ray's own tables have it."""
    return {"/".join(keys): value for keys, value in by_keys(report).items()}


def by_keys(report: Mapping[str, object]) -> dict[tuple[str, ...], object]:
    """Return a report by keys, each after those of the tables around it."""
    found: dict[tuple[str, ...], object] = {}
    waiting: list[tuple[tuple[str, ...], object]] = [((), report)]
    while waiting:
        keys, value = waiting.pop()
        if isinstance(value, Mapping) and keys != ("config",):
            waiting += [((*keys, str(key)), inner) for key, inner in value.items()]
        else:
            found[keys] = value
    return found


def plain(value: object, deep: int = DEEPEST) -> object:
    """Return a value in which a text stands for whatever was pickled, with a part of it.

    Raises:
        ArtifactUnreadable: it is nested deeper.
    """
    if not isinstance(value, list | dict):
        return value
    if deep == 0:
        raise ArtifactUnreadable(f"its parameters are nested more than {DEEPEST} levels deep")
    if isinstance(value, list):
        return [plain(inner, deep - 1) for inner in value]
    if value.keys() == _PICKLED and value["_type"] == "CLOUDPICKLE_FALLBACK":
        return f"<pickled {str(value['value'])[:80]}>"
    return {str(key): plain(inner, deep - 1) for key, inner in value.items()}


def _trials(pairs: list[object], context: ReadContext) -> Iterator[RayTrial]:
    for pair in pairs:
        context.check_time()
        if not isinstance(pair, list) or len(pair) != 2:
            raise ArtifactUnreadable("a trial of its state is malformed")
        trial, known = (_table(_parsed(text, "a trial"), "a trial") for text in pair)
        name, tag = trial.get("relative_logdir"), _TAG.fullmatch(str(trial.get("experiment_tag", "")))
        config, started = plain(trial.get("config")), known.get("start_time")
        yield RayTrial(
            name=name if isinstance(name, str) and _is_name(name) else "",
            place=int(tag[1]) if tag else None,
            status=str(trial.get("status", ""))[:40],
            config=config if isinstance(config, dict) else {},
            last=flat(_inner(known.get("last_result"))),
            started=_number(started),
        )


def _is_name(text: str) -> bool:
    if Path(text).name != text or text in {"", ".", ".."} or "\0" in text:
        return False
    try:
        return len(os.fsencode(text)) <= _LONGEST_NAME
    except UnicodeEncodeError:  # half of a pair, which no name of a file has
        return False


def _file(folder: Path, trial: RayTrial, name: str, context: ReadContext) -> str:
    path = folder / trial.name / name
    if not trial.name or (folder / trial.name).is_symlink() or not is_own_file(path):
        return ""
    context.check_time()
    return whole_text(FileSource(path), context)


def _parsed(text: object, called: str) -> object:
    if not isinstance(text, str):
        raise ArtifactUnreadable(f"{called} is malformed")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArtifactUnreadable(f"{called} is not valid JSON") from error


def _table(value: object, called: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ArtifactUnreadable(f"{called} is not a table")
    return value


def _inner(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _cell(value: object) -> float | None:
    """Return a number, or what stands for one in a table; None for anything else."""
    if not isinstance(value, str):
        return _number(value)
    try:
        return float(value)
    except ValueError:
        return None
