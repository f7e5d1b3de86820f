# SPDX-License-Identifier: Apache-2.0
"""Asks a sampler again, or trains one trial again: runs in the user's interpreter, beside the user's Optuna.

    python optuna_driver.py TASK.json

It imports nothing of repro's. The user's own script is run up to `Study.optimize`, which then trains nothing:
either the sampler of the study is given the recorded values and asked for the parameters of each trial, or
the objective is called with the parameters of one trial. Where the task names `module:name`, that is imported
instead and no script is run. The answer goes to the file that the task names.
"""

from __future__ import annotations

import copy
import importlib
import json
import os
import runpy
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

SECONDS = 120.0
"""Time for asking a sampler."""

MOST_DIFFERING = 200
"""Trials asked for in another way after which no more are looked at."""


class Diverged(Exception):
    """The sampler asked for other parameters than are recorded."""


class Recorded(Exception):
    """A trial failed when it was recorded."""


class Answered(SystemExit):
    """The answer is written: nothing else is to run."""


def main(path: str) -> None:
    """Do what a task says, and write the answer."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 -- as little as possible is imported
        task = json.load(file)
    driver = Driver(task, os.path.abspath(task["answer"]))  # noqa: PTH100
    sys.argv = [task["command"][0] if task["command"] else "", *task["command"][1:]]
    sys.path[0] = os.getcwd()  # noqa: PTH109
    if task["named"]:
        driver.named()
    else:
        for folder in task["folders"]:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        driver.capture()
        run_script(task["command"], module=task["module"])
        if not driver.answered:
            driver.answer({"uncalled": True})


def run_script(command: list[str], *, module: bool) -> None:
    """Run a script or module as Python would."""
    if module:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
        return
    sys.path[0] = os.path.dirname(os.path.abspath(command[0]))  # noqa: PTH100, PTH120
    runpy.run_path(command[0], run_name="__main__")


class Driver:
    """One task.

    Attributes:
        answered: whether the answer is written.
    """

    def __init__(self, task: dict[str, Any], answer: str) -> None:
        self.task = task
        self.path = answer
        self.answered = False

    def answer(self, found: dict[str, Any]) -> None:
        """Write the answer; the first one counts."""
        if not self.answered:
            self.answered = True
            with open(self.path, "w", encoding="utf-8") as file:  # noqa: PTH123
                json.dump(found, file)

    def named(self) -> None:
        """Do it with the sampler or objective that is named by an import path."""
        module, _, name = self.task["named"].partition(":")
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        optuna = imported()
        if self.task["trial"] is not None:
            self.answer(retrained(optuna, found, self.task["trial"]))
            return
        sampler = found if isinstance(found, optuna.samplers.BaseSampler) else found()
        study = optuna.create_study(sampler=sampler, directions=self.task["directions"])
        self.answer(Replay(optuna, study, self.task, optuna.study.Study.optimize).answer())

    def capture(self) -> None:
        """Put this in the place of `Study.optimize`."""
        optuna = imported()
        original = optuna.study.Study.optimize
        wanted = self.task["study"]

        def optimize(study: Any, func: Any, *arguments: Any, **options: Any) -> None:
            if self.answered:
                raise Answered(0)
            if wanted and study.study_name != wanted:
                original(study, func, *arguments, **options)
                return
            if self.task["trial"] is not None:
                found = retrained(optuna, func, self.task["trial"])
            else:
                found = Replay(optuna, study, self.task, original).answer()
            self.answer(found)
            raise Answered(0)

        optuna.study.Study.optimize = optimize


def imported() -> Any:
    """Return the user's Optuna, which says nothing of each trial."""
    optuna = importlib.import_module("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def retrained(optuna: Any, objective: Callable[[Any], Any], trial: dict[str, Any]) -> dict[str, Any]:
    """Train one trial with its recorded parameters, and return its values."""
    params = {
        name: optuna.distributions.json_to_distribution(text).to_external_repr(internal)
        for name, text, internal in trial["params"]
    }
    try:
        value = objective(optuna.trial.FixedTrial(params, number=trial["number"]))
    except optuna.TrialPruned:
        return {"raised": "it was pruned"}
    except Exception as error:  # noqa: BLE001 -- whatever it raises is told
        sys.excepthook(type(error), error, error.__traceback__)
        return {"raised": f"{type(error).__name__}: {error}"[:500]}
    values = value if isinstance(value, (list, tuple)) else [value]
    return {"values": [float(one).hex() for one in values]}


class Replay:
    """A sampler that is asked again."""

    def __init__(self, optuna: Any, study: Any, task: dict[str, Any], optimize: Callable[..., None]) -> None:
        self.optuna = optuna
        self.study = study
        self.optimize = optimize
        self.trials: list[dict[str, Any]] = task["trials"]
        self.directions: list[str] = task["directions"]
        self.until = time.monotonic() + SECONDS
        self.distributions: dict[str, Any] = {}
        self.frozen = [self.freeze(trial) for trial in self.trials]
        self.asked: dict[int, dict[str, Any]] = {}
        self.reached = 0

    def answer(self) -> dict[str, Any]:
        """Ask for all trials; where some differ, also ask new samplers from there on."""
        sampler = self.study.sampler
        try:
            pristine = copy.deepcopy(sampler)
        except Exception:  # noqa: BLE001 -- of a sampler that cannot be copied less is known
            pristine = None
        differing = self.ask(sampler, 0)
        checked = self.reached
        return {
            "differing": differing,
            "asked": {str(number): self.asked[number] for number in differing},
            "checked": checked,
            "resumed": self.resumed(pristine, differing) if differing and pristine is not None else [],
            "sampler": type(sampler).__name__[:100],
            "best": self.best(),
        }

    def ask(self, sampler: Any, start: int, *, first: bool = False) -> list[int]:
        """Return the trials that a sampler asks for in another way, each given the record before it.

        Args:
            sampler: to ask.
            start: the trials before it are given.
            first: whether to stop at the first.
        """
        differing: list[int] = []
        position = start
        while position < len(self.trials) and time.monotonic() < self.until:
            study = self.given(sampler, position)
            try:
                self.optimize(study, self.play, n_trials=len(self.trials) - position, catch=(Recorded,))
                now = len(study.trials)
            except Diverged:
                now = len(study.trials)
                differing.append(now - 1)
                if first or len(differing) >= MOST_DIFFERING:
                    self.reached = now
                    return differing
            if now <= position:
                break
            position = now
        self.reached = position
        return differing

    def play(self, trial: Any) -> Any:
        """Ask for the parameters of a trial, and end as it ended."""
        record = self.trials[trial.number]
        asked, same = {}, True
        for name, text, internal in record["params"]:
            distribution = self.distribution(text)
            value = suggested(trial, name, distribution)
            asked[name] = value
            same = same and equal(float(distribution.to_internal_repr(value)), float(internal))
        if not same:
            self.asked.setdefault(trial.number, asked)
            raise Diverged
        for step, point in record["points"]:
            trial.report(point, step)
        for name, value in record["user_attrs"].items():
            trial.set_user_attr(name, value)
        self.enqueue(trial.study, trial.number + 1)
        if record["state"] == "complete":
            return record["values"] if len(self.directions) > 1 else record["values"][0]
        raise self.optuna.TrialPruned if record["state"] == "pruned" else Recorded

    def given(self, sampler: Any, count: int) -> Any:
        """Return a study in memory with the first trials of the record."""
        study = self.optuna.create_study(
            study_name=self.study.study_name,
            sampler=sampler,
            pruner=self.study.pruner,
            directions=self.directions,
        )
        study.add_trials(self.frozen[:count])
        self.enqueue(study, count)
        return study

    def enqueue(self, study: Any, number: int) -> None:
        """Put the parameters of a trial that was enqueued when it was recorded, before it is asked for."""
        fixed = self.trials[number]["system_attrs"].get("fixed_params") if number < len(self.trials) else None
        if isinstance(fixed, dict):
            study.enqueue_trial(fixed)

    def freeze(self, trial: dict[str, Any]) -> Any:
        """Return a recorded trial as Optuna's; one without an end counts as failed."""
        states = self.optuna.trial.TrialState
        state = {"complete": states.COMPLETE, "pruned": states.PRUNED}.get(trial["state"], states.FAIL)
        found = {name: (self.distribution(text), internal) for name, text, internal in trial["params"]}
        return self.optuna.trial.create_trial(
            state=state,
            values=trial["values"] if state == states.COMPLETE else None,
            params={name: distribution.to_external_repr(at) for name, (distribution, at) in found.items()},
            distributions={name: distribution for name, (distribution, _) in found.items()},
            user_attrs=trial["user_attrs"],
            system_attrs=trial["system_attrs"],
            intermediate_values=dict(trial["points"]),
        )

    def distribution(self, text: str) -> Any:
        """Return a distribution from its JSON."""
        if text not in self.distributions:
            self.distributions[text] = self.optuna.distributions.json_to_distribution(text)
        return self.distributions[text]

    def resumed(self, pristine: Any, differing: list[int]) -> list[int]:
        """Return where new samplers began that together ask for all that is recorded; none if they do not."""
        begun: list[int] = []
        position = differing[0]
        while len(begun) < 20 and time.monotonic() < self.until:
            (first,) = self.ask(copy.deepcopy(pristine), position, first=True) or (len(self.trials),)
            if first == position:
                return []
            begun.append(position)
            if first >= len(self.trials):
                return begun
            position = first
        return []

    def best(self) -> list[int]:
        """Return the trials that Optuna itself takes for the best ones."""
        study = self.given(self.study.sampler, len(self.trials))
        try:
            found = study.best_trials if len(self.directions) > 1 else [study.best_trial]
        except ValueError:  # none is complete
            return []
        return [trial.number for trial in found]


def suggested(trial: Any, name: str, distribution: Any) -> Any:
    """Ask a trial for a parameter."""
    kind = type(distribution).__name__
    if kind == "CategoricalDistribution":
        return trial.suggest_categorical(name, distribution.choices)
    ask = trial.suggest_int if kind == "IntDistribution" else trial.suggest_float
    step = {} if distribution.step is None else {"step": distribution.step}
    return ask(name, distribution.low, distribution.high, log=distribution.log, **step)


def equal(one: float, other: float) -> bool:
    """Whether two numbers are the same in every bit."""
    return struct.pack("<d", one) == struct.pack("<d", other)


if __name__ == "__main__":
    main(sys.argv[1])
