# SPDX-License-Identifier: Apache-2.0
"""Tables of the configuration that name services beside a run: trackers, and the archive."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MlflowConfig:
    """`[track.mlflow]`: where runs are logged; what is empty is taken from MLflow's own variables.

    Attributes:
        uri: address of the tracking server.
        experiment: name of the experiment.
    """

    uri: str = ""
    experiment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WandbConfig:
    """`[track.wandb]`: where runs are logged; what is empty is taken from W&B's own variables.

    Attributes:
        project: its name.
        entity: the user or team whose project it is.
        mode: `online` or `offline`.
    """

    project: str = ""
    entity: str = ""
    mode: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackConfig:
    """`[track]`: which trackers are told of a run; None for those that are not."""

    mlflow: MlflowConfig | None = None
    wandb: WandbConfig | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveConfig:
    """`[archive]`: where accepted products are kept.

    Attributes:
        url: a folder or a bucket; empty for none.
    """

    url: str = ""
