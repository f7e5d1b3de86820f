# SPDX-License-Identifier: Apache-2.0
"""The second stage: every configuration verified; a pull request's code runs here, without a token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from repro_action import __version__
from repro_action.action import checkout
from repro_action.action.environment import for_runner
from repro_action.action.job import ActionJob
from repro_action.action.past_baselines import PastBaselines
from repro_action.action.prepare import absent, models_since
from repro_action.action.time_limit import TimeLimit
from repro_action.baseline import Baseline
from repro_action.config.load import default_baseline
from repro_action.environments import backend_for
from repro_action.errors import Interrupted, ReproError
from repro_action.flows.verify import VerifyOptions, verify
from repro_action.progress import Progress
from repro_action.report.build import failure as errors
from repro_action.report.build.labels import Labels
from repro_action.report.bundle import Bundle, Entry
from repro_action.report.model import Notice, Report, StepState
from repro_action.report.sections.metrics import changed_metrics
from repro_action.report.verification import VerificationRecords
from repro_action.runs.project import Project
from repro_action.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class FromPrepare:
    """What the stage before left for this one, read before anything of the project runs.

    Attributes:
        past: earlier baselines that were fetched.
        verified: what trusted runs verified; a model that they answer for is not trained.
    """

    past: PastBaselines
    verified: VerificationRecords | None = None


def run(job: ActionJob, progress: Progress, prepared: FromPrepare) -> Bundle:
    """Verify every configuration, one after the other; what fails is in its own report.

    Args:
        job: what was asked for.
        progress: receives what is done.
        prepared: what the stage before left.

    Raises:
        Interrupted: the job was stopped.
    """
    base = checkout.base_of(job.history, job.event, job.inputs.against)
    present = checkout.at_hand(job.history, base) if base is not None else None
    try:
        job.refuse_privileged()
        configs: Sequence[str] = job.configs()
    except ReproError as error:
        report = errors.failed(error, name=job.event.repository.split("/")[-1] or "repro")
        named = Entry(config="repro.toml", baseline="repro.baseline.json", report=report)
        return Bundle(tool=__version__, entries=(named,), models=models_since(job, present, ())[0])
    # Before anything of the change can touch the repository.
    models, unknown = models_since(job, present, configs)
    entries = []
    limit = TimeLimit(job.inputs.timeout, progress)
    for config in configs:
        if len(configs) > 1:
            progress.stage(config)
        entry = _entry(job, config, present, limit, prepared)
        entries.append(_warned(entry, absent(base)) if base is not None and present is None else entry)
    if unknown is not None:
        entries[0] = _warned(entries[0], unknown)
    return Bundle(tool=__version__, entries=tuple(entries), accepts=job.accepts, models=models)


def _entry(
    job: ActionJob,
    config: str,
    base: checkout.BaseCommit | None,
    limit: TimeLimit,
    prepared: FromPrepare,
) -> Entry:
    path, place = job.root / config, Path(config)
    name = place.parent.name or job.event.repository.split("/")[-1] or place.stem
    baseline = place.with_name(default_baseline(path)).as_posix()
    try:
        project = Project.open(path.parent, path)
        name = project.config.name
        project = replace(project, config=for_runner(project.config, job.inputs.environment))
        baseline = project.config.baseline_path.relative_to(job.root).as_posix()
        project = prepared.past.given_to(project, baseline)
        options = VerifyOptions(
            against=base.revision if base is not None else "",
            labels=_labels(job, base),
            earlier=prepared.verified.of(config) if prepared.verified is not None else (),
        )
        with limit.applied():
            report = verify(project, backend_for(project.config), options, limit)
            report = _explained(job, project, base, report, limit)
        # What did not come to an end may have left the one of an earlier run, or a committed one.
        candidate = (
            project.store.candidate(project.config.name) if report.verdict is not Verdict.FAILED else None
        )
    except Interrupted:
        raise
    except ReproError as error:
        failed = errors.failed(error, name=name)
        return Entry(config=config, baseline=baseline, report=failed)
    return Entry(
        config=config,
        baseline=baseline,
        report=report,
        candidate=Baseline(name=project.config.name).accept(candidate) if candidate is not None else None,
        trained=bool(report.steps) and all(step.state is StepState.RAN for step in report.steps),
    )


def _explained(
    job: ActionJob, project: Project, base: checkout.BaseCommit | None, report: Report, progress: Progress
) -> Report:
    """Return the report with what moved the metrics, where that was asked for and any did."""
    minutes = job.inputs.explain
    compared = [side for side in (report.claim, report.change) if side is not None]
    moved = any(changed_metrics(side) for side in compared)
    if minutes is None or base is None or not moved or report.verdict is Verdict.FAILED:
        return report
    from repro_action.flows.explain import ExplainOptions, explain

    # What a checkout brings along as results is not believed.
    options = ExplainOptions(against=base.revision, budget=60 * minutes, fresh=True)
    backend = job.inputs.environment
    found = explain(project, options, progress, adapted=lambda config: for_runner(config, backend))
    return replace(report, attribution=replace(found, label=base.label))


def _labels(job: ActionJob, base: checkout.BaseCommit | None) -> Labels:
    """Return how people call both sides; a pull request's merge commit is known to nobody."""
    pull = job.event.pull
    name = base.label if base is not None else ""
    if pull is None:
        return Labels(base=name)
    return Labels(
        base=name,
        this="this pull request",
        commit=pull.head_sha,
        merged_into=checkout.merged_into(job.history, pull),
    )


def _warned(entry: Entry, notice: Notice) -> Entry:
    report: Report = entry.report
    return replace(entry, report=replace(report, warnings=(*report.warnings, notice)))
