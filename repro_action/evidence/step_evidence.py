# SPDX-License-Identifier: Apache-2.0
"""What each step of a verified run read and wrote, with digests: for run cards, lineage and bills."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from repro_action.evidence.verified_run import StepFiles
from repro_action.fingerprint import Fingerprint, MaterialKind
from repro_action.paths.patterns import covers, reaches
from repro_action.report.model import Report
from repro_action.report.states import StepState
from repro_action.tree import Scalar


class RecordedSteps(Protocol):
    """What is recorded of the steps of a run, whether it was verified or not."""

    @property
    def fingerprint(self) -> Fingerprint:
        """Materials and products."""

    @property
    def report(self) -> Report:
        """Of the run."""

    @property
    def commands(self) -> Mapping[str, tuple[str, ...]]:
        """Step → argument vector."""

    @property
    def step_files(self) -> Mapping[str, StepFiles]:
        """Step → what it declares."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class StepFile:
    """One file that a step read or wrote.

    Attributes:
        path: relative to the project.
        role: `code`, `data`, `intermediate` (of an earlier step), `product` or `metrics`.
        digest: as `algorithm:hex`; empty where only values are recorded, as of metrics.
    """

    path: str
    role: str
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEvidence:
    """One step of a verified run.

    Attributes:
        name: of the step.
        command: argument vector; no shell.
        state: whether it ran, or its recorded outputs were taken; None where the report says nothing.
        seconds: how long it took; None where it did not run.
        inputs: what it read, as far as it is recorded, ordered by path.
        params: `file: key` → value.
        outputs: what it wrote, ordered by path.
    """

    name: str
    command: tuple[str, ...]
    state: StepState | None
    seconds: float | None
    inputs: tuple[StepFile, ...]
    params: tuple[tuple[str, Scalar], ...]
    outputs: tuple[StepFile, ...]


def step_evidence(run: RecordedSteps) -> tuple[StepEvidence, ...]:
    """Return the steps of a run in the order in which they ran."""
    return tuple(_step(run, name) for name in run.fingerprint.steps)


def scalar_text(value: Scalar) -> str:
    """Return a value as JSON spells it, texts and floats that JSON has no word for as they are."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def _step(run: RecordedSteps, name: str) -> StepEvidence:
    declared = run.step_files.get(name, StepFiles())
    line = next((line for line in run.report.steps if line.name == name), None)
    return StepEvidence(
        name=name,
        command=run.commands.get(name, ()),
        state=line.state if line else None,
        seconds=line.seconds if line else None,
        inputs=tuple(sorted({*_materials(run, declared), *_intermediate(run, declared, name)})),
        params=tuple(_params(run, declared)),
        outputs=tuple(sorted(_outputs(run, declared, name))),
    )


def _materials(run: RecordedSteps, declared: StepFiles) -> Iterator[StepFile]:
    for kind in (MaterialKind.CODE, MaterialKind.DATA):
        for path, value in run.fingerprint.materials.get(kind, {}).items():
            if any(reaches(pattern, path) for pattern in declared.inputs):
                yield StepFile(path=path, role=kind.value, digest=str(value))


def _intermediate(run: RecordedSteps, declared: StepFiles, name: str) -> Iterator[StepFile]:
    for path, product in run.fingerprint.products.items():
        if product.step != name and any(reaches(pattern, path) for pattern in declared.inputs):
            yield StepFile(path=path, role="intermediate", digest=str(product.digest))


def _params(run: RecordedSteps, declared: StepFiles) -> Iterator[tuple[str, Scalar]]:
    recorded = run.fingerprint.materials.get(MaterialKind.PARAMS, {})
    for name in sorted(recorded):
        if any(name.startswith(f"{file}: ") for file in declared.params):
            yield name, recorded[name]


def _outputs(run: RecordedSteps, declared: StepFiles, name: str) -> Iterator[StepFile]:
    for path, product in run.fingerprint.products.items():
        if product.step == name:
            yield StepFile(path=path, role="product", digest=str(product.digest))
    for path in run.fingerprint.metrics:
        if any(covers(output, path) for output in declared.outputs):
            yield StepFile(path=path, role="metrics")
