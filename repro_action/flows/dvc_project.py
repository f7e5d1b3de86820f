# SPDX-License-Identifier: Apache-2.0
"""A project without a configuration: its `dvc.yaml` says what runs, and `dvc.lock` what came of it.

The steps are those that `repro init` would propose. They run as DVC runs them: in the active
environment, with no setting of determinism, and see all files; what they read undeclared is reported.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from repro_action.config.model import Config, DataPin, DeterminismConfig, SandboxConfig
from repro_action.config.rules import relation_problems
from repro_action.data.dvc.lock import NAME as LOCK
from repro_action.data.dvc.lock import LockedFile, read_lock
from repro_action.data.dvc.objects import current_digest
from repro_action.data.dvc.pipeline import NAME as PIPELINE
from repro_action.data.dvc.pipeline import DvcPipeline
from repro_action.data.dvc.remote import objects_of
from repro_action.data.dvc.settings import find_settings
from repro_action.digest import Digest
from repro_action.errors import ConfigError
from repro_action.init.plan import InitPlan
from repro_action.init.plan_dvc import plan_stages
from repro_action.init.survey import Survey, survey
from repro_action.runs.dvc_baseline import DvcBaseline
from repro_action.runs.project import Project

_FETCHES = re.compile(r"\b(?:wget|curl|aws|gsutil|kaggle|dvc\s+(?:get|import|pull|fetch))\b")


def find_pipeline(start: Path) -> Path | None:
    """Return the nearest folder with a `dvc.yaml`, from `start` up to the top of the git checkout."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / PIPELINE).is_file():
            return folder
        if (folder / ".git").exists():
            break
    return None


def open_dvc_project(root: Path) -> Project:
    """Open a project of DVC's.

    Args:
        root: folder of its `dvc.yaml`.

    Raises:
        ConfigError: a stage cannot be run as a step.
        BaselineError: `dvc.lock` cannot be read.
        LinkRefused: its `.repro` is a symbolic link.
    """
    lock = read_lock(root)
    found = survey(root)
    pipeline = found.pipeline or DvcPipeline(stages=())
    made = plan_stages(found, pipeline)
    running = [stage for stage in pipeline.stages if not stage.frozen]
    _require_whole(pipeline, made, {stage.name for stage in running})
    config = _config(found, made)
    project = Project.of(config)
    settings = find_settings(root)
    recorded = DvcBaseline(
        lock=lock,
        stages=made.stages,
        frozen=tuple(stage for stage in pipeline.stages if stage.frozen),
        store=project.store,
        history=project.history,
        sources=() if settings is None else objects_of(settings),
    )
    return replace(project, external=recorded)


def _require_whole(pipeline: DvcPipeline, made: InitPlan, running: set[str]) -> None:
    """Refuse a pipeline of which a part cannot be run: what is left out would never be compared.

    Raises:
        ConfigError: there is such a part.
    """
    persisting = next((stage for stage in made.stages.values() if stage.kept), None)
    if persisting is not None:
        raise ConfigError(
            f"the stage {ascii(persisting.name)[1:-1]} starts from its own earlier output "
            f"{ascii(persisting.kept[0])[1:-1]}",
            why="With `persist: true` its result depends on how often it ran before.",
            where=PIPELINE,
            remedy="Remove `persist`, so that the stage starts from its dependencies alone.",
        )
    taken = {stage.name for stage in made.stages.values()}
    lost = [*pipeline.unresolved, *sorted(running - taken)]
    outputs = {path for step in made.steps for path in step.outputs}
    lost += [
        f"{stage.name} (its output {path})"
        for stage in made.stages.values()
        for path in stage.outs
        if path not in outputs
    ]
    if not lost and made.steps:
        return
    why = "\n".join(f"  {note}" for note in made.notes)
    what = f"the stage {ascii(lost[0])[1:-1]} cannot be run as a step" if lost else "there is no stage to run"
    raise ConfigError(
        what,
        why=why,
        where=PIPELINE,
        remedy="Run `repro init`, which proposes a configuration of what it understands.",
    )


def _config(found: Survey, made: InitPlan) -> Config:
    commands = [line for stage in made.stages.values() for line in stage.command]
    fetches = any(script.fetches for script in found.scripts) or any(map(_FETCHES.search, commands))
    recorded = _recorded_digests(found, made)
    config = Config(
        root=found.root,
        path=found.root / PIPELINE,
        name=found.name,
        determinism=DeterminismConfig(profile="off"),
        sandbox=SandboxConfig(network=fetches, files="any"),
        data=tuple(
            DataPin(path=path, digest=digest)
            for path in made.data
            if (digest := current_digest(found.root / path) or recorded.get(path)) is not None
        ),
        steps=tuple(made.steps),
        metrics={path: {} for path in made.metrics},
        baseline=LOCK,
    )
    problem = next(relation_problems(config), None)
    if problem is not None:
        raise ConfigError(problem.what, remedy=problem.remedy, where=PIPELINE)
    return config


def _recorded_digests(found: Survey, made: InitPlan) -> dict[str, Digest]:
    """Return path → digest of what is not there: that of a `.dvc` file, else that of dvc.lock."""
    digests: dict[str, Digest] = {}
    for stage in (*made.stages.values(), *(found.pipeline.stages if found.pipeline else ())):
        locked = (found.lock or {}).get(stage.name)
        files: dict[str, LockedFile] = {**locked.deps, **locked.outs} if locked is not None else {}
        for path, file in files.items():
            if file.digest is not None:
                digests[stage.in_project(path)] = file.digest
    digests.update({one.path: one.digest for one in found.tracked if one.digest is not None})
    return digests
