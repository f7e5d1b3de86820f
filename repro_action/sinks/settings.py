# SPDX-License-Identifier: Apache-2.0
"""What the sinks of one job or command are made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro_action.config.services import MlflowConfig, WandbConfig
    from repro_action.sinks.github.adapter import GitHub
    from repro_action.sinks.github.options import PublishOptions
    from repro_action.sinks.github.port import PullRequest
    from repro_action.sinks.github.runner import Runner


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkSettings:
    """What sinks are made from; a sink that needs what is None cannot be asked for.

    Attributes:
        environ: the caller's variables, for sinks of other packages.
        root: of the checkout.
        json, markdown: files to write; None for those that are not wanted.
        runner: the way to GitHub's runner.
        connect: makes the way to GitHub.
        pull: the pull request; None outside of one.
        options: how comments are written.
        mlflow, wandb: where the configuration has runs logged; None where it says nothing.
        annotated: whether another sink writes findings at their lines.
    """

    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    root: Path = field(default_factory=Path)
    json: Path | None = None
    markdown: Path | None = None
    runner: Runner | None = None
    connect: Callable[[], GitHub] | None = None
    pull: PullRequest | None = None
    options: PublishOptions | None = None
    mlflow: MlflowConfig | None = None
    wandb: WandbConfig | None = None
    annotated: bool = False
