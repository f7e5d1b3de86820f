# SPDX-License-Identifier: Apache-2.0
"""`repro report`: a report that was written before, with what the files of its run still show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from repro_action.codec.baseline import fingerprint_id
from repro_action.errors import ReproError
from repro_action.evidence.stage_cards import stage_cards
from repro_action.evidence.step_evidence import scalar_text
from repro_action.evidence.verified_run import StepFiles
from repro_action.files import read_regular
from repro_action.fingerprint import Fingerprint, MaterialKind
from repro_action.report.json.document import LARGEST_FILE
from repro_action.report.json.report import load as load_report
from repro_action.report.model import Pair, Report
from repro_action.report.render.html.extras import NO_EXTRAS, PageExtras
from repro_action.runs.project import Project


class NoReport(ReproError):
    """There is no report to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """What a page is made of.

    Attributes:
        report: of one run.
        extras: what is known beyond it.
    """

    report: Report
    extras: PageExtras = NO_EXTRAS


@dataclass(frozen=True, slots=True, kw_only=True)
class _LastRun:
    """What is recorded of the steps of a project's last run."""

    report: Report
    fingerprint: Fingerprint
    commands: Mapping[str, tuple[str, ...]]
    step_files: Mapping[str, StepFiles]


def report_of_file(path: Path) -> Report:
    """Return the report in a file, which may be a stranger's.

    Raises:
        NoReport: there is no such file, or it is too large.
        ArtifactUnreadable: it is not a report.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            remedy = "Name the JSON report that `repro verify --report-json` writes."
            raise NoReport(f"it has more than {LARGEST_FILE} bytes", where=str(path), remedy=remedy)
        text = read_regular(path).decode("utf-8", "replace")
    except OSError as error:
        raise NoReport(
            f"the report cannot be read: {error.strerror or error}",
            where=str(path),
            remedy="Check the path, or leave it out for the report of the last run.",
        ) from error
    return load_report(text, str(path))


def last_report(project: Project) -> Report:
    """Return the report of a project's last run.

    Raises:
        NoReport: there is none.
        ArtifactUnreadable: the file is damaged.
    """
    path = project.store.folder / "report.json"
    if not path.exists():
        raise NoReport(
            "there is no finished run", remedy="Run `repro verify` first: it trains, and compares."
        )
    return report_of_file(path)


def last_page(project: Project) -> ReportPage:
    """Return the report of a project's last run with what its files and its record still show.

    Raises:
        NoReport: there is no finished run.
        ArtifactUnreadable: its report is damaged.
    """
    report = last_report(project)
    return ReportPage(report=report, extras=extras_of(project, report))


def extras_of(project: Project, report: Report) -> PageExtras:
    """Return what is known beyond a report, of the last run alone; nothing where that is another one."""
    from repro_action.flows.page_values import PageValues

    config = project.config
    try:
        after = project.store.candidate(config.name)
        baseline = project.baseline()
    except ReproError:
        return NO_EXTRAS
    if after is None or fingerprint_id(after) != report.fingerprint:
        return NO_EXTRAS
    before = baseline.platforms.get(after.platform) if baseline is not None else None
    artifacts = report.claim.artifacts if report.claim is not None else ()
    values = PageValues(project=project, before=before, after=after)
    values.collect(artifacts)
    run = _LastRun(
        report=report,
        fingerprint=after,
        commands={step.name: step.run for step in config.steps},
        step_files={
            step.name: StepFiles(inputs=step.inputs, params=step.params, outputs=step.outputs)
            for step in config.steps
        },
    )
    return PageExtras(
        plots=tuple(values.plots),
        pictures=tuple(values.pictures),
        matrices=tuple(values.matrices),
        left_out=tuple(values.left_out),
        cards=stage_cards(run, _changed(report)),
        environment=tuple(_environment(before, after)),
    )


def _changed(report: Report) -> frozenset[str]:
    """Return the paths that differ from the baseline; of a parameter, its file."""
    claim = report.claim
    if claim is None or claim.first:
        return frozenset()
    materials = (found.name.partition(": ")[0] for found in claim.materials)
    return frozenset((*materials, *(found.path for found in claim.artifacts)))


def _environment(before: Fingerprint | None, after: Fingerprint) -> Iterator[Pair]:
    """Yield what the steps of both sides ran in: settings of the environment, then packages."""
    if before is None:
        return
    for kind in (MaterialKind.ENVIRONMENT, MaterialKind.PACKAGES):
        old, new = (side.materials.get(kind, {}) for side in (before, after))
        for name in sorted({*old, *new}):
            texts = (scalar_text(side[name]) if name in side else "" for side in (old, new))
            left, right = texts
            yield Pair(name=name, before=left, after=right)
