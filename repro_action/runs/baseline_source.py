# SPDX-License-Identifier: Apache-2.0
"""What a run is compared with: the committed baseline, or what another tool's file records of its outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from repro_action.baseline import Baseline
from repro_action.compare.materials import MaterialDifference
from repro_action.fingerprint import Fingerprint, MaterialKind

if TYPE_CHECKING:
    from repro_action.config.model import Config
    from repro_action.notice import Notice
    from repro_action.runs.committed import CommittedBaseline
    from repro_action.runs.plan import RunPlan
    from repro_action.runs.run import Run
    from repro_action.runs.store import RunStore
    from repro_action.tree import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """A run that has ended, as sources of baselines take it.

    Attributes:
        config: of the project.
        plan: its steps.
        fingerprint: what came of it.
        roots: product → its whole tree.
        earlier: folder with the outputs that were there before, by their paths.
    """

    config: Config
    plan: RunPlan
    fingerprint: Fingerprint
    roots: Mapping[str, Node]
    earlier: Path

    @classmethod
    def of(cls, config: Config, plan: RunPlan, run: Run, earlier: Path) -> FinishedRun:
        """Return what a source of baselines needs of a run."""
        return cls(config=config, plan=plan, fingerprint=run.fingerprint, roots=run.roots, earlier=earlier)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedRun:
    """What a run is compared with.

    Attributes:
        fingerprint: materials, products and metrics, in the terms of the run.
        differences: materials that differ and that no fingerprint lists.
    """

    fingerprint: Fingerprint
    differences: tuple[MaterialDifference, ...] = ()


class BaselineSource(Protocol):
    """Where that comes from."""

    @property
    def name(self) -> str:
        """How people call it: `baseline`, or the other tool's file."""

    @property
    def external(self) -> bool:
        """Whether another tool wrote it, so that `repro accept` does not."""

    @property
    def unrecorded(self) -> frozenset[MaterialKind]:
        """Kinds of materials of which it says nothing."""

    @property
    def absence(self) -> str:
        """What is said of another tool's file that has nothing for a run: `records none of these stages`."""

    @property
    def renewal(self) -> str:
        """The command by which the other tool writes its file anew; empty for the baseline."""

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What is remarkable about it, whatever the run gives."""

    @property
    def committed(self) -> Baseline | None:
        """The baseline of all platform classes; None where there is none."""

    def accepted(self, run: FinishedRun) -> AcceptedRun | None:
        """Return what was accepted for a run's class; None where nothing was."""


@dataclass(kw_only=True)
class AcceptedBaseline:
    """`repro.baseline.json`, read when it is needed; satisfies `BaselineSource`.

    Attributes:
        file: as it was before the first step; None where nothing was accepted.
        store: of the project.
    """

    file: CommittedBaseline | None
    store: RunStore
    name: str = "baseline"
    external: bool = False
    unrecorded: frozenset[MaterialKind] = field(default_factory=frozenset)
    absence: str = ""
    renewal: str = ""
    notices: tuple[Notice, ...] = ()

    @cached_property
    def committed(self) -> Baseline | None:
        """The baseline of all platform classes; None where there is none."""
        return self.file.read() if self.file is not None else None

    def accepted(self, run: FinishedRun) -> AcceptedRun | None:
        """Return the fingerprint of the run's class, with what it has no room to list."""
        found = self.committed.platforms.get(run.fingerprint.platform) if self.committed else None
        return None if found is None else AcceptedRun(fingerprint=self.store.with_kept_values(found))
