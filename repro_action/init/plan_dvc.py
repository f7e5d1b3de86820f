# SPDX-License-Identifier: Apache-2.0
"""From the stages of a dvc.yaml to steps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from repro_action.codec.tables import SUFFIXES
from repro_action.config.model import Step
from repro_action.data.dvc.pipeline import DvcPipeline, DvcStage
from repro_action.init.metrics import metric_names
from repro_action.init.plan import InitPlan, module_path, step_name, usable
from repro_action.init.scripts import Script
from repro_action.init.survey import Survey
from repro_action.paths.names import control
from repro_action.paths.patterns import escape_wildcards, within

_SEPARATOR = re.compile(r"(?<=[\w.])\\+(?=[\w.]|$)")
_CODE = {".py", ".sh", ".r", ".jl", ".toml", ".yaml", ".yml", ".json", ".cfg", ".ini", ".lock", ".sql"}


def plan_stages(survey: Survey, pipeline: DvcPipeline) -> InitPlan:
    """Take the stages over, with the local modules that they forgot to declare.

    Outputs of stages that DVC does not run (`frozen`) are data.
    """
    made = InitPlan()
    stages = [_with_slashes(survey, stage) for stage in pipeline.stages]
    running = [stage for stage in stages if not stage.frozen]
    outputs = [path for stage in running for path in stage.outs]
    scripts = {script.path: script for script in survey.scripts}
    for stage in stages:
        name = stage.name
        if stage.frozen:
            made.data.update(dict.fromkeys(_kept(made, stage.outs, "the output")))
            continue
        if any(control(word, allowed="\n\t") for word in stage.run):
            made.note(f"The command of the stage {name} contains control characters; the stage is left out.")
            continue
        if stage.cwd and not usable(made, stage.cwd, "the working folder"):
            made.note(f"The stage {name} runs in a folder that is not part of the project; it is left out.")
            continue
        named = [path for path in stage.deps if usable(made, path, "the dependency")]
        deps = list(dict.fromkeys(path for dep in named for path in _apart(made, stage, dep)))
        for path in deps:
            made_here = any(within(path, output) or within(output, path) for output in outputs)
            if not made_here and _is_data(survey, path):
                made.data[path] = None
        own = dict.fromkeys([*deps, *_own_script(survey, stage)])
        _add_stage(made, survey, stage, deps, [scripts[path] for path in own if path in scripts])
    for note in pipeline.notes:
        made.note(note)
    return made


def _add_stage(
    made: InitPlan, survey: Survey, stage: DvcStage, deps: list[str], scripts: list[Script]
) -> None:
    modules = [*_own_script(survey, stage), *(module for script in scripts for module in script.modules)]
    extra = [module for module in modules if not any(within(module, dep) for dep in deps)]
    if extra:
        extra = list(dict.fromkeys(extra))
        made.note(f"The stage {stage.name} runs {', '.join(extra)} without declaring it; added.")
    roots = sorted({root for script in scripts for root in script.roots})
    params = _kept(made, stage.params, "the params file")
    outputs = _kept(made, stage.outs, "the output")
    taken = {path for step in made.steps for path in step.outputs}
    if stage.kept:
        made.note(
            f"The stage {stage.name} starts from its own earlier output {stage.kept[0]}, which is not there "
            "in a run of repro."
        )
    code = [path for path in params if path.endswith(".py")]
    for path in params:
        if not path.endswith((*SUFFIXES, ".py")):
            made.note(f"{path} is not read as a table of values; add it to `inputs` of {stage.name}.")
    for path in outputs:
        if path in taken:
            made.note(f"{path} is an output of two stages; it stays with the first.")
    step = Step(
        name=step_name(stage.name, {step.name for step in made.steps}),
        run=stage.run,
        cwd=stage.cwd,
        inputs=tuple(escape_wildcards(path) for path in dict.fromkeys([*deps, *extra, *code])),
        params=tuple(path for path in params if path.endswith(SUFFIXES)),
        outputs=tuple(path for path in outputs if path not in taken),
        env=module_path(roots, stage.cwd),
    )
    made.steps.append(step)
    made.stages[step.name] = stage
    for path in stage.metrics:
        if path.endswith(SUFFIXES) and any(within(path, output) for output in step.outputs):
            made.metrics[path] = metric_names(survey, path, scripts)


def _with_slashes(survey: Survey, stage: DvcStage) -> DvcStage:
    """Return a stage that was written on Windows, with backslashes in its paths, as it is elsewhere."""
    named = (*stage.deps, *stage.params, *stage.outs, *stage.metrics)
    if not any("\\" in path for path in named) or any("\\" in path for path in survey.files):
        return stage

    def turned(texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(_SEPARATOR.sub("/", text) for text in texts)

    return replace(
        stage,
        command=turned(stage.command),
        deps=turned(stage.deps),
        params=turned(stage.params),
        outs=turned(stage.outs),
        metrics=turned(stage.metrics),
        kept=turned(stage.kept),
    )


def _apart(made: InitPlan, stage: DvcStage, dep: str) -> list[str]:
    """Return a dependency; of a folder that the stage writes to as well, what earlier steps wrote there."""
    if not any(within(output, dep) for output in stage.outs):
        return [dep]
    made.note(
        f"The stage {stage.name} reads the folder {dep} and writes to it; name other files that it reads."
    )
    earlier = (output for step in made.steps for output in step.outputs)
    return [output for output in earlier if within(output, dep) and output not in stage.outs]


def _own_script(survey: Survey, stage: DvcStage) -> list[str]:
    """Return the script that a stage runs, which some stages forget to declare."""
    words = [word for line in stage.command for word in line.split()]
    paths = (stage.in_project(word) for word in words if word.endswith((".py", ".sh", ".R")))
    return [path for path in paths if path in survey.files][:1]


def _kept(made: InitPlan, paths: Iterable[str], what: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for path in paths if usable(made, path, what, wildcards="*?[")))


def _is_data(survey: Survey, path: str) -> bool:
    """Whether a dependency is data: DVC tracks it, it is not there, or it does not look like code."""
    if any(within(path, one.path) for one in survey.tracked):
        return True
    return not _is_code(survey, path) or not (survey.root / path).exists()


def _is_code(survey: Survey, path: str) -> bool:
    below = any(file.startswith(f"{path}/") and file.endswith(".py") for file in survey.files)
    return below or PurePosixPath(path).suffix.lower() in _CODE
