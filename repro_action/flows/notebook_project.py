# SPDX-License-Identifier: Apache-2.0
"""A notebook without a configuration: executed once more, and compared with itself as it is committed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from repro_action.config.find import OWN, NoConfiguration, find
from repro_action.config.model import NOTEBOOK, Config, SandboxConfig, Step
from repro_action.errors import ConfigError
from repro_action.paths.names import refusal, shown
from repro_action.runs.notebook_baseline import NotebookBaseline, committed_cells, notices_of
from repro_action.runs.project import Project

EXECUTED = ".executed.ipynb"
"""What the name of the executed copy ends in, while it is beside the notebook."""


def open_notebook(directory: Path, notebook: Path) -> Project:
    """Open the project of one notebook.

    It starts in the notebook's own folder, sees the files of its repository, and no network.

    Args:
        directory: that the name of the notebook starts from.
        notebook: as the user named it.

    Raises:
        ConfigError: it is not there, or belongs to a configuration.
        BaselineError: it cannot be read.
        LinkRefused: its `.repro` is a symbolic link.
    """
    # Not resolved: a link would be another file, which may be anywhere.
    place = Path(os.path.abspath(directory / notebook))  # noqa: PTH100
    if not place.is_file():
        raise ConfigError(
            f"there is no notebook {shown(str(notebook))}", remedy="Name a file that ends in .ipynb."
        )
    root = _top(place.parent)
    name = place.relative_to(root).as_posix()
    fault = refusal(name)
    if fault is not None:
        raise ConfigError(f"{fault[0]}: {shown(name)}", remedy=fault[1])
    _require_unconfigured(root, name)
    cells = committed_cells(place, name)
    config = _config(root, name)
    project = Project.of(config)
    (step,) = config.steps
    committed = NotebookBaseline(
        name=name,
        executed=step.outputs[0],
        step=step.name,
        cells=cells,
        store=project.store,
        notices=notices_of(cells, name),
    )
    return replace(project, external=committed)


def _top(folder: Path) -> Path:
    """Return the top of the git checkout around a folder; the folder itself where there is none."""
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)


def _require_unconfigured(root: Path, name: str) -> None:
    try:
        found = find(root, root)
    except ConfigError as error:
        if isinstance(error, NoConfiguration) or not (root / OWN).exists():
            return
        raise
    step = f'run = ["{NOTEBOOK}", "{name}", "out/{Path(name).name}"]'
    raise ConfigError(
        f"{found.name} configures this project, and does not say that it executes {shown(name)}",
        remedy=f"Add it as a step: {step}; then `repro verify`.",
        where=found.name,
    )


def _config(root: Path, name: str) -> Config:
    place = Path(name)
    executed = name.removesuffix(place.suffix) + EXECUTED
    folder = place.parent.as_posix()
    step = Step(
        name="notebook",
        run=(NOTEBOOK, place.name, Path(executed).name),
        cwd="" if folder == "." else folder,
        inputs=(name,),
        outputs=(executed,),
    )
    return Config(
        root=root,
        path=root / name,
        name=place.stem,
        sandbox=SandboxConfig(files="any"),
        steps=(step,),
        baseline=name,
    )


def move_executed_copy(project: Project) -> Path:
    """Move the executed copy from beside the notebook to `.repro/executed`, and return its place."""
    config = project.config
    made = config.root / config.steps[0].outputs[0]
    target = config.state / "executed" / config.path.name
    if made.is_file() and not target.parent.is_symlink():
        target.parent.mkdir(parents=True, exist_ok=True)
        made.replace(target)
    return target
