# SPDX-License-Identifier: Apache-2.0
"""From the scripts of a survey to steps: which run, on which data, and what they make."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from repro_action.config.model import Step, printed_path
from repro_action.config.prediction_config import PredictionConfig
from repro_action.data.dvc.pipeline import DvcStage
from repro_action.init.chain import script_chain
from repro_action.init.hydra import hydra_step
from repro_action.init.metrics import is_metrics, metric_names
from repro_action.init.params import holds_params, named_data, named_params
from repro_action.init.relations import is_absent, is_read_back, overlaps
from repro_action.init.scripts import Script, is_model
from repro_action.init.survey import Survey
from repro_action.paths.names import refusal
from repro_action.paths.patterns import escape_wildcards, within
from repro_action.paths.secret_names import may_reach_secret
from repro_action.pyanalysis.accesses import Access

_PRINTED = (
    "{path} writes no file, so what it prints is compared: its numbers are values. To have the model "
    'compared, too, save it, for instance with `joblib.dump(model, "out/model.joblib")`, and add it to '
    "`outputs`."
)

LOGS = {".log", ".out", ".err"}


@dataclass(slots=True, kw_only=True)
class InitPlan:
    """What is going to be proposed.

    Attributes:
        steps: in the order in which they run.
        data: paths to pin.
        sources: path → address, of data that is to be fetched.
        metrics: files → names of metrics that the source mentions.
        predictions: outputs that look like predictions.
        stages: step → the stage of dvc.yaml that it was made of.
        notes: what could not be decided, one sentence each.
        answered: those of the notes that a run answers.
        questions: step → those of the notes that are about it.
        places_with_paths: places in the source, as (file, line), whose path is known at least for one script.
        ready: whether the proposal should run as it stands.
    """

    steps: list[Step] = field(default_factory=list)
    data: dict[str, None] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, tuple[str, ...]] = field(default_factory=dict)
    predictions: tuple[PredictionConfig, ...] = ()
    stages: dict[str, DvcStage] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    questions: dict[str, list[str]] = field(default_factory=dict)
    places_with_paths: set[tuple[str, int]] = field(default_factory=set)
    ready: bool = True

    def note(self, text: str, *, answered: bool = False) -> None:
        """Add a sentence once; nothing in it can steer a terminal.

        Args:
            text: the sentence.
            answered: whether a run of the steps answers it, so that it need not be asked then.
        """
        safe = text if text.isprintable() else ascii(text)[1:-1]
        if safe not in self.notes:
            self.notes.append(safe)
        if answered:
            self.answered.add(safe)


def plan_scripts(survey: Survey, chain: list[Script] | None = None) -> InitPlan | None:
    """Plan the steps of some scripts; None where there is none.

    Args:
        survey: of the repository.
        chain: the scripts, in the order in which they run; None for those around the one that looks most
            like training.
    """
    made = InitPlan()
    chain = script_chain(survey) if chain is None else chain
    if not chain:
        return None
    accesses = (item for script in chain for item in (*script.reads, *script.writes))
    made.places_with_paths = {(item.module, item.line) for item in accesses if item.path}
    outputs = {path: script.path for script in chain for path in _outputs(survey, script, InitPlan())}
    for script in chain:
        _add_script(made, survey, script, outputs)
    return made


def _add_script(made: InitPlan, survey: Survey, script: Script, outputs: dict[str, str]) -> None:
    before = len(made.notes)
    own = _outputs(survey, script, made)
    reads = _reads(made, survey, script, outputs)
    params = [path for path in reads if holds_params(path) and path not in outputs]
    params += [path for path in named_params(survey, script) if path not in (*params, *outputs)]
    others = [path for path in reads if path not in params]
    others += [
        path
        for path in named_data(survey, script, params)
        if not overlaps(path, [*others, *params, *own, *outputs]) and usable(made, path, "the data")
    ]
    hydra = hydra_step(made.note, survey, script, own)
    own, params = [*own, *hydra.outputs], [*params, *(path for path in hydra.params if path not in params)]
    others += [path for path in hydra.inputs if path not in others]
    others += _named(made, survey, script, [*others, *params, *own, *outputs])
    for path in others:
        if path in hydra.inputs:
            continue
        if path not in outputs and PurePosixPath(path).suffix.lower() != ".py":
            made.data[path] = None
    modules = [path for path in script.modules if usable(made, path, "the module")]
    for path in [path for path in own if overlaps(path, [*modules, *others, *params])]:
        own.remove(path)
        made.note(
            f"{script.path} writes to {path}, which overlaps what it reads; write to a folder of its own."
        )
    name = step_name(script.path, {step.name for step in made.steps})
    writes = [item for item in script.writes if not item.asked_for]
    stdout = "" if own or writes or not script.prints else printed_path(name)
    if stdout:
        made.note(_PRINTED.format(path=script.path))
    made.steps.append(
        Step(
            name=name,
            run=(*script.command.argv, *hydra.arguments),
            cwd=script.command.cwd,
            inputs=tuple(escape_wildcards(path) for path in dict.fromkeys([script.path, *modules, *others])),
            params=tuple(params),
            outputs=(*own, *([stdout] if stdout else ())),
            stdout=stdout,
            env=module_path(script.roots, script.command.cwd),
        )
    )
    for path in own:
        if is_metrics(path):
            made.metrics[path] = metric_names(survey, path, [script])
    _remarks(made, script)
    made.questions[name] = made.notes[before:]


def module_path(roots: Iterable[str], cwd: str) -> dict[str, str]:
    """Return the variable that puts folders of the project on Python's module path, as seen from `cwd`."""
    seen = [posixpath.relpath(root, cwd) if cwd else root for root in roots]
    return {"PYTHONPATH": ":".join(seen)} if seen else {}


def _outputs(survey: Survey, script: Script, made: InitPlan) -> list[str]:
    """Return what a script surely writes; folders stand for the files in them whose names are not known."""
    sure: dict[str, None] = {}
    for item in script.writes:
        where = f"{item.module}:{item.line}"
        there = (survey.root / item.path).exists() if item.path else False
        if item.stamped:
            made.ready = False
            made.note(
                f"{where} writes a file whose name is new in every run; use a fixed file name. A time or a "
                "random id in it makes each run write another file, so that none can be compared."
            )
            continue
        if not item.path:
            if (item.module, item.line) not in made.places_with_paths:
                made.note(
                    f"{where} writes a file whose name is not in the source; add it to `outputs`.",
                    answered=True,
                )
        elif PurePosixPath(item.path).suffix.lower() in LOGS:
            made.note(
                f"{where} writes the log {item.path}; logs are not compared, so it is left out of `outputs`."
            )
        elif not item.sure and not there:
            made.note(
                f"{where} writes {item.path} under a condition; is it an output of every run?",
                answered=True,
            )
        elif item.path.startswith(("..", "/")):
            made.note(f"{where} writes {item.path}, outside the project; only files inside can be compared.")
        elif item.folder and any(
            file.startswith(f"{item.path}/") and file.endswith(".py") for file in survey.files
        ):
            made.note(f"{where} writes into {item.path}, among the code; write to a folder of its own.")
        elif usable(made, item.path, "the output", wildcards="*?["):
            sure[item.path] = None
    if not sure:
        sure = dict.fromkeys(_likely(made, script))
    return [path for path in sure if not any(path != other and within(path, other) for other in sure)]


def _likely(made: InitPlan, script: Script) -> list[str]:
    """Return models and metrics that a script writes under a condition; nothing else is sure then."""
    return [
        item.path
        for item in script.writes
        if item.path
        and not (item.sure or item.folder or item.stamped or item.asked_for)
        and (is_model(item.path) or is_metrics(item.path))
        and not item.path.startswith(("..", "/"))
        and usable(made, item.path, "the output")
    ]


def _reads(made: InitPlan, survey: Survey, script: Script, outputs: dict[str, str]) -> list[str]:
    found: dict[str, None] = {}
    named = {item.path for item in script.writes if item.path and not item.folder}
    for item in script.reads:
        where = f"{item.module}:{item.line}"
        if item.url:
            found[_fetched(made, item)] = None
            continue
        if item.path and is_read_back(survey, item, named):
            continue
        source = _source(item.path, script.path, outputs)
        if not item.path:
            if (item.module, item.line) not in made.places_with_paths:
                made.note(
                    f"{where} reads a file whose name is not in the source; pin it if it is data.",
                    answered=True,
                )
        elif source is not None:
            found[source] = None
        elif item.path == ".":
            made.ready = made.ready and not item.sure
            made.note(
                f"{where} lists the project's own folder; move the data into a folder below it and pin that."
            )
        elif item.path.startswith(("..", "/")):
            made.note(f"{where} reads {item.path}, outside the project; bring it inside and pin it.")
        elif is_absent(survey, item.path):
            _note_absent(made, survey, item)
        elif (survey.root / item.path).is_dir() and any(
            within(module, item.path) for module in script.modules
        ):
            made.note(
                f"{where} reads the folder {item.path}, which contains code; pin the data in it by hand."
            )
        elif may_reach_secret(survey.root, item.path):
            made.note(
                f"{where} reads {item.path}, which may hold keys or passwords; it is left out of `inputs`. "
                "Add it by hand if the model depends on it."
            )
        elif usable(made, item.path, "the data", wildcards="*?[" if holds_params(item.path) else ""):
            found[item.path] = None
    return [path for path in found if not any(path != other and within(path, other) for other in found)]


def _note_absent(made: InitPlan, survey: Survey, item: Access) -> None:
    if item.sure:
        made.ready = False
    name = PurePosixPath(item.path).name
    others = [path for path in survey.files if PurePosixPath(path).name == name]
    elsewhere = f" ({others[0]} has that name)" if others else ""
    made.note(
        f"{item.module}:{item.line} reads {item.path}, which is not here{elsewhere}; fetch it, add it to "
        f"`inputs`, then run `repro pin {item.path}`."
    )


def _fetched(made: InitPlan, item: Access) -> str:
    """Propose an address that is read as the source of a file of the project, and return the file."""
    name = PurePosixPath(urlsplit(item.url).path).name
    path = item.path or f"data/{name if refusal(name or '/') is None else 'fetched'}"
    while made.sources.setdefault(path, item.url) != item.url:
        path = f"{path}-{len(made.sources)}"
    made.data[path] = None
    made.ready = False
    instead = f"Leave that out: `repro pin` fetches it to {path}" if item.path else f"Read {path} instead"
    made.note(
        f"{item.module}:{item.line} reads {item.url}, which another day may send something else. {instead}; "
        "`repro pin` writes its digest. Then network = false."
    )
    return path


def _named(made: InitPlan, survey: Survey, script: Script, known: Iterable[str]) -> list[str]:
    """Return files that the script names without a call that is known to read them, say to a C library."""
    written = [item.path for item in script.writes if item.path]
    found = [path for path in script.named if not overlaps(path, [*known, *written])]
    found = [
        path for path in found if usable(made, path, "the data") and not may_reach_secret(survey.root, path)
    ]
    if found:
        made.note(f"{script.path} names {', '.join(found[:4])}; remove from `inputs` what it does not read.")
    return found


def _source(path: str, reader: str, outputs: dict[str, str]) -> str | None:
    """Return the output of another script that a path is, or lies in."""
    makers = (
        output for output, maker in outputs.items() if maker != reader and path and within(path, output)
    )
    return next(makers, None)


def _remarks(made: InitPlan, script: Script) -> None:
    for name, module, line in script.fetches:
        made.note(
            f"{module}:{line} calls {name}, which needs the network; fetch the data once, pin it, "
            "and set network = false, since what a server sends may change."
        )
    if script.required:
        made.ready = False
        made.note(f"{script.path} does not start without {', '.join(script.required)}; add it to `run`.")


def usable(made: InitPlan, path: str, what: str, *, wildcards: str = "") -> bool:
    """Whether a path can stand in a configuration; if not, a note says why.

    Args:
        made: receives the note.
        path: relative to the project.
        what: it is, for the note.
        wildcards: characters of patterns that are allowed.
    """
    found = refusal(path, wildcards=wildcards)
    if found is not None:
        made.note(f"{what} {path!a} is left out: {found[0]}. {found[1]}")
    return found is None


def step_name(path: str, taken: set[str]) -> str:
    """Return a free name for a step: a script's stem, or the stage's own name."""
    stem = PurePosixPath(path).stem if path.endswith(".py") else path
    if stem == "__main__":
        stem = posixpath.basename(posixpath.dirname(path))
    base = re.sub(r"[^A-Za-z0-9_.-]+", "-", stem).strip("-_.")[:48] or "step"
    number = next(
        number for number in range(1, 1000) if (base if number == 1 else f"{base}-{number}") not in taken
    )
    return base if number == 1 else f"{base}-{number}"
