# SPDX-License-Identifier: Apache-2.0
"""From what steps read and wrote when they were run once to their inputs and outputs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from repro_action.config.model import Step
from repro_action.init.metrics import is_metrics, metric_names
from repro_action.init.params import holds_params
from repro_action.init.plan import LOGS, InitPlan, usable
from repro_action.init.survey import Survey
from repro_action.paths.patterns import covers, escape_wildcards, within
from repro_action.paths.secret_names import may_reach_secret

MANY = 8
"""Files of one folder, from which on the folder stands for them."""

_STAMP = re.compile(
    r"(?<!\d)(19|20)\d{2}[-_.]?[01]\d[-_.]?[0-3]\d(?!\d)|(?<!\d)1[5-9]\d{8}(?!\d)|[0-9a-f]{8}-[0-9a-f]{4}-"
    r"|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])"
)
_BYPRODUCTS = {"mlruns", "wandb", "lightning_logs", ".hydra", "catboost_info", "mlartifacts"}
_CODE = (".py", ".pyi", ".so", ".pyc", ".ipynb")


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedStep:
    """What one step did; paths are relative to the project, and none is in a folder that `init` skips.

    Attributes:
        name: of the step.
        read: files that were there before it and that it read.
        written: files that are new or changed.
        failure: why it ended badly; empty where it did not.
    """

    name: str
    read: tuple[str, ...]
    written: tuple[str, ...]
    failure: str = ""


def is_stamped(path: str) -> bool:
    """Whether a date, a time or a random id is in a path, so that each run writes another one."""
    return _STAMP.search(path) is not None


def apply_trace(made: InitPlan, survey: Survey, traced: Sequence[TracedStep]) -> None:
    """Change a plan to what was seen: what was read is an input, what was written is an output."""
    if not any(one.failure for one in traced):
        made.notes = [note for note in made.notes if note not in made.answered]
        made.questions = {
            name: [question for question in questions if question not in made.answered]
            for name, questions in made.questions.items()
        }
        made.ready = True
    by_name = {one.name: one for one in traced}
    written: list[str] = []
    for index, step in enumerate(made.steps):
        one = by_name.get(step.name)
        if one is None:
            continue
        if one.failure:
            made.ready = False
            made.note(f"Step {step.name} failed when it was traced, so more may be missing: {one.failure}")
        outputs = _outputs(made, step, one)
        changed = replace(step, outputs=outputs, stdout="" if _own(outputs, step) else step.stdout)
        made.steps[index] = _with_inputs(made, survey, changed, one, written)
        written += outputs
        for path in outputs:
            if is_metrics(path):
                made.metrics[path] = metric_names(survey, path, survey.scripts)
    made.data = {path: None for path in made.data if not any(within(path, output) for output in written)}
    made.metrics = {path: names for path, names in made.metrics.items() if path in written}
    if not written:
        made.ready = False
        made.note("No step wrote a file that could be compared.")


def _own(outputs: Iterable[str], step: Step) -> list[str]:
    return [path for path in outputs if path != step.stdout]


def _outputs(made: InitPlan, step: Step, one: TracedStep) -> tuple[str, ...]:
    """Return what a step wrote, without logs and byproducts; what is declared and was not written goes."""
    found: list[str] = []
    stamped: list[str] = []
    aside: list[str] = []
    for path in one.written:
        parts = PurePosixPath(path)
        if not _BYPRODUCTS.isdisjoint(parts.parts) or parts.suffix.lower() in LOGS or path.endswith(_CODE):
            aside.append(path)
        elif is_stamped(path):
            stamped.append(path)
        elif usable(made, path, "the output", wildcards="*?["):
            found.append(path)
    if stamped:
        made.ready = made.ready and bool(found)
        made.note(
            f"{stamped[0]} has a date, a time or a random id in its name, so each run writes another file "
            "and none can be compared; give it a fixed name (with Hydra: hydra.run.dir=out)."
        )
    kept = [
        path for path in _own(step.outputs, step) if one.failure or any(within(file, path) for file in found)
    ]
    gone = [path for path in _own(step.outputs, step) if path not in kept]
    if gone:
        made.note(f"{', '.join(gone[:4])}: not written when {step.name} was traced, so no output.")
    # Of a folder in which not all is to be compared, the files are named.
    kept = [path for path in kept if not any(within(file, path) for file in (*stamped, *aside))]
    new = [path for path in found if not any(within(path, output) for output in kept)]
    outputs = list(dict.fromkeys([*kept, *_grouped(new, one.read)]))
    if not outputs and step.stdout:
        return (step.stdout,)
    return tuple(outputs)


def _with_inputs(made: InitPlan, survey: Survey, step: Step, one: TracedStep, written: Sequence[str]) -> Step:
    declared = (*step.inputs, *step.params, *step.outputs)
    code: list[str] = []
    params: list[str] = []
    data: list[str] = []
    for path in one.read:
        if any(covers(pattern, path) for pattern in declared) or not usable(
            made, path, "the input", wildcards=""
        ):
            continue
        maker = next((output for output in written if within(path, output)), "")
        if may_reach_secret(survey.root, path):
            made.note(
                f"{step.name} reads {path}, which may hold keys or passwords; it is left out of `inputs`."
            )
        elif maker or path.endswith(_CODE):
            code.append(maker or path)
        elif holds_params(path):
            params.append(path)
        else:
            data.append(path)
    grouped = _grouped(data, [path for path in survey.files if path not in data])
    made.data.update(dict.fromkeys(grouped))
    inputs = dict.fromkeys([*step.inputs, *map(escape_wildcards, [*code, *grouped])])
    return replace(step, inputs=tuple(inputs), params=tuple(dict.fromkeys([*step.params, *params])))


def _grouped(paths: Iterable[str], others: Iterable[str]) -> list[str]:
    """Return paths, and for many of one folder the folder, unless something else is in it."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        folders.setdefault(str(PurePosixPath(path).parent), []).append(path)
    around = {str(parent) for path in others for parent in PurePosixPath(path).parents}
    found: list[str] = []
    for folder, inner in folders.items():
        found += [folder] if len(inner) > MANY and folder != "." and folder not in around else inner
    return [path for path in found if not any(path != other and within(path, other) for other in found)]
