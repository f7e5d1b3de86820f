# SPDX-License-Identifier: Apache-2.0
"""`command: check`: deployed models compared with the baseline of the checkout; nothing of it is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro_action.action.inputs import CheckedSubject
from repro_action.action.job import ActionJob
from repro_action.action.kept_issue import ISSUE_BUDGET, digits_of, keep_issue, only_project
from repro_action.errors import ConfigError, ReproError
from repro_action.flows.check import CheckOptions, check
from repro_action.progress import Silent
from repro_action.report.check_model import CheckReport
from repro_action.report.render import check_labels
from repro_action.report.render.markdown import check as markdown
from repro_action.runs.project import Project
from repro_action.sinks.github.runner import Runner
from repro_action.verdict import Verdict

if TYPE_CHECKING:
    from repro_action.sinks.github.adapter import GitHub

_PASSING = frozenset({Verdict.REPRODUCED, Verdict.EQUIVALENT})
_ORDER = (Verdict.REPRODUCED, Verdict.EQUIVALENT, Verdict.NO_BASELINE, Verdict.FAILED, Verdict.DRIFTED)
"""From the best; the worst of several subjects is the job's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _SubjectResult:
    """What was found about one subject; no report where it could not be fetched or read."""

    subject: CheckedSubject
    report: CheckReport | None
    error: ReproError | None = None

    @property
    def verdict(self) -> Verdict:
        return self.report.verdict if self.report is not None else Verdict.FAILED


def check_subjects(job: ActionJob, runner: Runner, connect: Callable[[], GitHub]) -> int:
    """Check every subject, tell of it, and return the exit status of the job.

    Args:
        job: what was asked for.
        runner: where outputs, summary and annotations go.
        connect: makes the way to GitHub, if an issue is asked for.

    Raises:
        ConfigError: no subject is named, or more than one configuration.
    """
    project = _project(job)
    results = [_checked(project, job, subject) for subject in job.inputs.subjects]
    for result in results:
        _tell(result, runner)
        if job.inputs.issue and job.event.pull is None and result.report is not None:
            _keep_issue(job, runner, connect, result.subject, result.report)
    worst = max((result.verdict for result in results), key=_ORDER.index)
    failing = [one.verdict.exit_code or 1 for one in results if one.verdict in job.inputs.fail_on]
    status = max(failing, default=0)
    runner.set({"verdict": worst.value, "exit-code": str(worst.exit_code)})
    return status


def _project(job: ActionJob) -> Project:
    if not job.inputs.subjects:
        raise ConfigError(
            "`command: check` needs the deployed model",
            remedy="Name it in the input `subject`, such as `models:/wine@champion`.",
            where="with: subject",
        )
    return only_project(job, "a deployed model")


def _checked(project: Project, job: ActionJob, subject: CheckedSubject) -> _SubjectResult:
    options = CheckOptions(against=job.inputs.against, product=subject.product)
    try:
        report = check(project, subject.address, options, Silent())
    except ReproError as error:
        return _SubjectResult(subject=subject, report=None, error=error)
    return _SubjectResult(subject=subject, report=report)


def _tell(result: _SubjectResult, runner: Runner) -> None:
    if result.error is not None:
        runner.annotate("error", result.error.text, title="repro: not checked")
    if result.report is None:
        return
    runner.summarise(f"\n{markdown.render(result.report)}\n")
    level = "notice" if result.verdict in _PASSING else "error"
    text = f"{check_labels.headline(result.report)}\n{check_labels.origin(result.report)}"
    runner.annotate(level, text, title=f"repro: {check_labels.title(result.report)}")


def _keep_issue(
    job: ActionJob,
    runner: Runner,
    connect: Callable[[], GitHub],
    subject: CheckedSubject,
    report: CheckReport,
) -> None:
    """Keep one issue open while a subject is not the accepted model.

    A subject that could not be fetched says nothing: no issue is opened or closed for it.
    """
    keep_issue(
        job,
        runner,
        connect,
        key="check." + digits_of(f"{subject.product}\0{subject.address}"),
        title="A deployed model is not the accepted one",
        report=markdown.render(report, budget=ISSUE_BUDGET),
        failing=report.verdict not in _PASSING,
    )
