# SPDX-License-Identifier: Apache-2.0
"""What is run to check a record: one step in a copy of the project, in place of the one that searches."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from repro_action.codec.tables import flatten_mapping
from repro_action.config.model import Config, SearchConfig, Step
from repro_action.paths.patterns import within
from repro_action.readers.searches.record import SearchStudy, SearchTrial
from repro_action.steps.execute import PYTHONS

FOLDER = ".repro-search"
"""Folder in the copy for what is added to it."""

ANSWER = f"{FOLDER}/answer.json"
PRINTED = f"{FOLDER}/printed.txt"
_DRIVER = f"{FOLDER}/optuna_driver.py"
_TASK = f"{FOLDER}/task.json"
_PARAMS = f"{FOLDER}/params.json"

_PYTHON = re.compile(r"(?:.*/)?python(?:3(?:\.\d+)?)?")
_FLAGS = re.compile(r"-(?:[bBdEIOPqsSuv]+|[WX].+)")
_PLACEHOLDER = re.compile(r"\{(params|number|params\.[^{}]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTask:
    """A step to run, and the files that it needs besides the project's.

    Attributes:
        step: to run.
        added: path → content.
        left_out: paths that its copy of the project lacks: what the search wrote.
    """

    step: Step
    added: Mapping[str, bytes]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonCommand:
    """A command that Python runs.

    Attributes:
        python: the interpreter and its flags.
        words: the script or module, and its arguments.
        module: whether it is a module.
    """

    python: tuple[str, ...]
    words: tuple[str, ...]
    module: bool


def script_of(run: tuple[str, ...]) -> PythonCommand | None:
    """Return the script that a command runs; None where it is no command of Python's."""
    if not run or not (run[0] in PYTHONS or _PYTHON.fullmatch(run[0])):
        return None
    place = 1
    while place < len(run) and _FLAGS.fullmatch(run[place]):
        place += 1
    rest = run[place:]
    if rest[:1] == ("-m",) and len(rest) > 1:
        return PythonCommand(python=run[:place], words=rest[1:], module=True)
    if not rest or rest[0].startswith("-"):
        return None
    return PythonCommand(python=run[:place], words=rest, module=False)


def step_of(config: Config, search: SearchConfig) -> Step:
    """Return the step in whose environment a record is checked; the configuration was checked to have one."""
    for step in config.steps:
        if step.name == search.step if search.step else _writes(step, search.path):
            return step
    return config.steps[0]


def _writes(step: Step, path: str) -> bool:
    return any(within(path, output) for output in step.outputs)


def replay_task(search: SearchConfig, step: Step, study: SearchStudy) -> SearchTask | None:
    """Return what asks the sampler again; None where the step's command says nothing of it."""
    trials = [
        {
            **_recorded(trial),
            "state": str(trial.state),
            "values": trial.values,
            "points": trial.points,
            "user_attrs": trial.user_attrs,
            "system_attrs": trial.system_attrs,
        }
        for trial in study.trials
    ]
    return _task(search, step, study, named=search.sampler, trials=trials)


def retrain_task(
    search: SearchConfig, step: Step, study: SearchStudy, trial: SearchTrial
) -> SearchTask | None:
    """Return what trains one trial again; None where nothing says how.

    The recorded values are not handed on.
    """
    if search.trial:
        return _command_task(search, step, trial)
    return _task(search, step, study, named=search.objective, trial=_recorded(trial))


def _recorded(trial: SearchTrial) -> dict[str, object]:
    return {
        "number": trial.number,
        "params": [[one.name, one.distribution, one.internal] for one in trial.params],
    }


def _task(
    search: SearchConfig, step: Step, study: SearchStudy, *, named: str, **content: object
) -> SearchTask | None:
    script = script_of(step.run)
    if script is None and not named:
        return None
    task = {
        "answer": _from(step, ANSWER),
        "command": [] if script is None or named else script.words,
        "module": script is not None and script.module,
        "folders": sorted({posixpath.dirname(_from(step, path)) or "." for path in step.outputs}),
        "named": named,
        "study": "" if study.name.startswith("no-name-") else study.name,
        "directions": [f"{goal}imize" for goal in study.goals],
        "trial": None,
        "trials": [],
        **content,
    }
    python = script.python if script is not None else ("python",)
    added = {
        _DRIVER: Path(__file__).with_name("optuna_driver.py").read_bytes(),
        _TASK: json.dumps(task).encode(),
    }
    run = (*python, _from(step, _DRIVER), _from(step, _TASK))
    return _search_task(search, step, run, added, outputs=(ANSWER,))


def _command_task(search: SearchConfig, step: Step, trial: SearchTrial) -> SearchTask:
    chosen = trial.chosen
    texts = {"params": _from(step, _PARAMS), "number": str(trial.number)}
    named = {**flatten_mapping(chosen), **chosen}
    texts |= {f"params.{name}": _plain(value) for name, value in named.items()}

    def filled(word: str) -> str:
        return _PLACEHOLDER.sub(lambda found: texts.get(found[1], found[0]), word)

    run = tuple(map(filled, search.trial))
    added = {_PARAMS: json.dumps(chosen).encode()}
    return _search_task(search, step, run, added, outputs=(PRINTED,), stdout=PRINTED)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _from(step: Step, path: str) -> str:
    """Return a path of the project as the step's command means it."""
    return posixpath.relpath(path, step.cwd or ".")


def _search_task(
    search: SearchConfig,
    step: Step,
    run: tuple[str, ...],
    added: Mapping[str, bytes],
    *,
    outputs: tuple[str, ...],
    stdout: str = "",
) -> SearchTask:
    inputs = tuple(path for path in step.inputs if path != search.path)
    return SearchTask(
        step=replace(
            step,
            run=run,
            inputs=(*inputs, *added),
            params=tuple(path for path in step.params if path != search.path),
            outputs=outputs,
            stdout=stdout,
        ),
        added=added,
        left_out=(*step.outputs, search.path),
    )
