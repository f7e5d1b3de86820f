# SPDX-License-Identifier: Apache-2.0
"""What a script that Hydra starts reads and writes besides what its source says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from repro_action.init.scripts import Script
from repro_action.init.survey import Survey

QUIET = ("hydra.output_subdir=null", "hydra/job_logging=disabled")
"""Copies of the configuration name the machine's folders, and logs have times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HydraStep:
    """What Hydra adds to a step.

    Attributes:
        arguments: of the command.
        inputs: the folder of its configuration.
        params: its main file.
        outputs: the folder that it gives to the script.
    """

    arguments: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


def hydra_step(
    note: Callable[[str], None], survey: Survey, script: Script, outputs: Sequence[str]
) -> HydraStep:
    """Return what Hydra adds: its configuration, and a folder of results that has the same name in each run.

    Args:
        note: receives what is to be checked.
        survey: of the repository.
        script: the script; others than Hydra's get nothing.
        outputs: what the script surely writes; only without any is Hydra's folder one.
    """
    if script.hydra is None:
        return HydraStep()
    folder, name = script.hydra
    below = [path for path in survey.files if folder and path.startswith(f"{folder}/")]
    main = [f"{folder}/{name}"] if f"{folder}/{name}" in below else []
    results = "out" if not any(path.startswith("out/") for path in survey.files) else "repro-out"
    note(
        f"Hydra writes to a folder with the time in its name; hydra.run.dir={results} in `run` gives it a "
        f"fixed one. Check that the results are in {results}, and add what else is written to `outputs`."
    )
    return HydraStep(
        arguments=(f"hydra.run.dir={results}", *QUIET),
        inputs=(folder,) if below else (),
        params=tuple(main),
        outputs=() if outputs else (results,),
    )
