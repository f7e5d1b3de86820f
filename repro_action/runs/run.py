# SPDX-License-Identifier: Apache-2.0
"""One run, a line a stage: pins, materials, seal, steps, products, seal again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.config.model import Config
from repro_action.data.check import check_pins
from repro_action.data.seal import Seal
from repro_action.data.stat_cache import StatCache
from repro_action.digest import Digest
from repro_action.environments.circumstances import platform_class
from repro_action.errors import ReproError, SealError, StepError
from repro_action.fingerprint import Fingerprint
from repro_action.paths.patterns import within
from repro_action.runs.materials import (
    Consumed,
    collect,
    knobs_of,
    read_files,
    with_undeclared,
)
from repro_action.runs.plan import RunPlan
from repro_action.runs.stash import Returned
from repro_action.runs.step import RunRequest, failed_record, hook_folder, run_step, sealed_paths
from repro_action.sandbox.protocol import Enforced
from repro_action.sandbox.trackers import FOLDER
from repro_action.steps.record import StepFailed, StepRecord
from repro_action.steps.written import check_outputs

if TYPE_CHECKING:
    from repro_action.determinism.judge import KnobOutcome, ProfileWarning
    from repro_action.determinism.read import HookReport
    from repro_action.observation import Observation
    from repro_action.profiles.model import TableProfile
    from repro_action.runs.products import ReadOutputs
    from repro_action.tree import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that came to an end.

    Attributes:
        fingerprint: what is compared.
        records: one a step, in running order.
        warnings: step → promises of the determinism profile that were not kept.
        knobs: variable → what the steps' processes show of it; empty without a profile.
        undeclared: files of the project that a step imported and does not declare.
        imported: normalized names of the distributions that any step imported.
        roots: product → its whole tree.
        returned: what becomes of files that were in outputs before the run.
        observations: step → where randomness entered, and what was read, listed or started.
        unvouched: step → why what its processes did is not known.
        capped: library → the most threads that a program asked it for in vain; negative for all cores.
        enforced: what a sandbox kept out of reach of the steps.
    """

    fingerprint: Fingerprint
    records: tuple[StepRecord, ...]
    warnings: Mapping[str, tuple[ProfileWarning, ...]] = field(default_factory=dict)
    knobs: Mapping[str, KnobOutcome] = field(default_factory=dict)
    undeclared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    imported: frozenset[str] = frozenset()
    roots: Mapping[str, Node] = field(default_factory=dict)
    returned: Returned = field(default_factory=Returned)
    observations: Mapping[str, tuple[Observation, ...]] = field(default_factory=dict)
    unvouched: Mapping[str, str] = field(default_factory=dict)
    capped: Mapping[str, int] = field(default_factory=dict)
    enforced: Enforced = field(default_factory=Enforced)


class Stopped(ReproError):
    """A step ended the run.

    Attributes:
        records: of the steps that ran, the failed one last.
        undeclared: what of the project the failed one needs and does not declare.
    """

    def __init__(self, error: ReproError, records: tuple[StepRecord, ...]) -> None:
        super().__init__(error.what, why=error.why, remedy=error.remedy, where=error.where, log=error.log)
        self.records = records
        self.undeclared = error.undeclared if isinstance(error, StepFailed) else ()


def run(config: Config, request: RunRequest, cache: StatCache) -> Run:
    """Run every step once and fingerprint what came of it.

    Raises:
        PinError: data is not what was pinned, or breaks a rule of its columns; nothing has run then.
        Stopped: a step failed or broke its promises.
        SealError: a material changed during the run.
    """
    plan, progress = request.plan, request.progress
    data = check_pins(config, cache, progress, request.previous)
    profiles = _profiles(config, data, request)
    progress.stage("sealing materials")
    seal = _seal(config, plan, data, cache)
    consumed = read_files(config, plan, data, seal.digests.__getitem__)
    started = _mark(request.folder)
    with request.stash or nullcontext():
        records, reports = _steps(config, request, consumed)
        _require_own_outputs(config, request, records)
        progress.stage("reading products")
        # What the end of a run needs is loaded while its first step trains: see `flows.prefetch`.
        from repro_action.determinism.judge import combined
        from repro_action.determinism.read import merge
        from repro_action.runs import observed
        from repro_action.runs.products import read_outputs

        read = read_outputs(config, plan)
        undeclared = observed.undeclared(plan, reports)
        seal.require_intact()
        _require_untouched(config.root, undeclared, started)
    consumed = with_undeclared(config, consumed, undeclared, cache)
    judgements = observed.judgements(config, request.environment, reports)
    merged = merge(report for step_reports in reports.values() for report in step_reports)
    fingerprint = _fingerprint(config, request, consumed, read, reports)
    return Run(
        fingerprint=replace(fingerprint, profiles=profiles),
        records=records,
        warnings={name: found.warnings for name, found in judgements.items() if found.warnings},
        knobs=combined(judgements.values()),
        undeclared=undeclared,
        imported=observed.imported(request.environment, merged),
        roots=read.roots,
        returned=request.stash.plan() if request.stash else Returned(),
        unvouched=observed.unvouched(reports),
        capped=observed.capped(reports),
        observations={name: _observations(name, found) for name, found in reports.items()},
        enforced=request.sandbox.enforced if request.sandbox else Enforced(),
    )


def _profiles(config: Config, data: Mapping[str, Digest], request: RunRequest) -> dict[str, TableProfile]:
    if not any(pin.profile or pin.schema or pin.columns for pin in config.data):
        return {}
    from repro_action.runs.data_profiles import profile_data

    return profile_data(config, data, request.progress)


def _observations(step: str, reports: Sequence[HookReport]) -> tuple[Observation, ...]:
    from repro_action.determinism.read import merge

    # The order of a tracker's own files is nothing that comes into an output.
    seen = (item for item in merge(reports).observations if not within(item.detail, FOLDER))
    return tuple(replace(item, step=step) for item in seen)


def _seal(config: Config, plan: RunPlan, data: Mapping[str, Digest], cache: StatCache) -> Seal:
    seal = Seal.create(
        sealed_paths(config, plan),
        root=config.root,
        algorithm=config.digest,
        pinned={pin.path: pin.digest.algorithm for pin in config.data},
        cache=cache,
    )
    moved = [path for path, digest in data.items() if seal.digests[path] != digest]
    if moved:
        raise SealError(
            f"{', '.join(moved)} changed between the check of its pin and the first step",
            remedy="Run again when no other program writes to it.",
        )
    return seal


def _steps(
    config: Config, request: RunRequest, consumed: Consumed
) -> tuple[tuple[StepRecord, ...], dict[str, tuple[HookReport, ...]]]:
    """Run the steps in order; return their records, and what the hook reported by step."""
    knobs = knobs_of(config, request.environment)
    records: list[StepRecord] = []
    reports: dict[str, tuple[HookReport, ...]] = {}
    for index, step in enumerate(request.plan.steps, start=1):
        request.progress.stage(f"step {index} of {len(request.plan.steps)}: {step.name}")
        try:
            record = run_step(config, step, request, consumed, knobs)
        except StepError as error:
            raise Stopped(error, (*records, failed_record(step, error))) from error
        from repro_action.determinism.read import read_reports
        from repro_action.runs import observed

        records.append(record)
        if index < len(request.plan.steps) and _outputs_are_out_of_reach(request):
            from repro_action.runs.products import read_ahead

            read_ahead(config, step.outputs)
        reports[step.name] = observed.with_missing(step, read_reports(hook_folder(request.folder, step)))
    return tuple(records), reports


def _require_own_outputs(config: Config, request: RunRequest, records: tuple[StepRecord, ...]) -> None:
    """Look at all outputs again: a later step that is not enclosed could have put links in their places.

    Raises:
        Stopped: an output is not what its step wrote.
    """
    if _outputs_are_out_of_reach(request):
        return
    try:
        for step in request.plan.steps:
            check_outputs(step, config.root)
    except StepError as error:
        raise Stopped(error, records) from error


def _outputs_are_out_of_reach(request: RunRequest) -> bool:
    """Whether no later step can change what an earlier one wrote."""
    return request.sandbox is not None and request.sandbox.enforced.files


def _fingerprint(
    config: Config,
    request: RunRequest,
    consumed: Consumed,
    read: ReadOutputs,
    reports: Mapping[str, tuple[HookReport, ...]],
) -> Fingerprint:
    from repro_action.compare.marks import with_marks
    from repro_action.determinism.read import merge
    from repro_action.runs import observed
    from repro_action.runs.products import beside_values

    environment = request.environment
    merged = merge(report for step_reports in reports.values() for report in step_reports)
    # What else is installed beside the program in a shared environment is not its material.
    shared = environment.shared and merged.readable
    counted = observed.imported(environment, merged) if shared else None
    settings = {**knobs_of(config, environment), **observed.unknown(reports)}
    materials = collect(config, request.plan, consumed, environment, settings, imported=counted)
    return Fingerprint(
        platform=platform_class(config.determinism.profile, environment.circumstances),
        steps=tuple(step.name for step in request.plan.steps),
        materials=materials,
        products=with_marks(beside_values(read, materials)),
        metrics=read.metrics,
        circumstances={
            **environment.circumstances,
            **observed.kernels(merged),
            **_arithmetic(request, merged),
        },
    )


def _arithmetic(request: RunRequest, merged: HookReport) -> Mapping[str, str]:
    """Return the numeric signature of what computed, where a step computed with NumPy."""
    if request.numeric is None or "numpy" not in merged.modules:
        return {}
    return request.numeric.circumstances()


def _mark(folder: Path) -> int:
    """Return the file system's own time, in nanoseconds, before the first step."""
    marker = folder / "started"
    marker.touch()
    return marker.stat().st_ctime_ns


def _require_untouched(root: Path, undeclared: Mapping[str, tuple[str, ...]], started: int) -> None:
    """Hold undeclared files to the beginning of the run; they could not be sealed before it.

    Raises:
        SealError: one of them changed, or was made, since.
    """
    names = sorted({path for paths in undeclared.values() for path in paths})
    touched = [name for name in names if not _older(root / name, started)]
    if touched:
        raise SealError(
            f"{', '.join(touched[:10])} changed during the run",
            why="A step imported it, and it is unknown which of its versions ran.",
            remedy="Declare it among the inputs of the step, and run again without editing.",
        )


def _older(path: Path, started: int) -> bool:
    return path.is_file() and path.stat().st_ctime_ns < started
