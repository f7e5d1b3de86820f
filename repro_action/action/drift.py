# SPDX-License-Identifier: Apache-2.0
"""`command: drift`: new data compared with that of the checkout's baseline; nothing of it is run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.action.job import ActionJob
from repro_action.action.kept_issue import ISSUE_BUDGET, digits_of, keep_issue, only_project
from repro_action.errors import ConfigError, ReproError
from repro_action.flows.drift import DriftOptions, drift
from repro_action.progress import Silent
from repro_action.report.drift_model import DriftAnswer, DriftReport
from repro_action.report.render import drift_labels
from repro_action.report.render.markdown import drift as markdown
from repro_action.sinks.github.runner import Runner
from repro_action.verdict import Verdict

if TYPE_CHECKING:
    from repro_action.sinks.github.adapter import GitHub

_VERDICTS = {
    DriftAnswer.STABLE: Verdict.EQUIVALENT,
    DriftAnswer.UNDECIDED: Verdict.FAILED,
    DriftAnswer.DRIFTED: Verdict.DRIFTED,
}
_ORDER = (Verdict.EQUIVALENT, Verdict.FAILED, Verdict.DRIFTED)


def check_drift(job: ActionJob, runner: Runner, connect: Callable[[], GitHub]) -> int:
    """Compare each file of `subject` with the baseline's data, and return the exit status of the job.

    One that cannot be read fails the job, and opens and closes no issue; so does one of too few rows.

    Args:
        job: what was asked for.
        runner: where outputs, summary and annotations go.
        connect: makes the way to GitHub, if an issue is asked for.

    Raises:
        ConfigError: no file is named, or more than one configuration.
    """
    if not job.inputs.subjects:
        raise ConfigError(
            "`command: drift` needs the new data",
            remedy="Name its file or folder in the input `subject`; a step before fetches it.",
            where="with: subject",
        )
    project = only_project(job, "new data")
    verdicts = []
    for subject in job.inputs.subjects:
        options = DriftOptions(data=subject.product, live=True)
        try:
            report = drift(project, Path(job.root, subject.address), options, Silent())
        except ReproError as error:
            runner.annotate("error", error.text, title="repro: not compared")
            verdicts.append(Verdict.FAILED)
            continue
        verdicts.append(_VERDICTS[report.answer])
        _publish(job, runner, connect, subject.address, report)
    worst = max(verdicts, key=_ORDER.index)
    runner.set({"verdict": worst.value, "exit-code": str(worst.exit_code)})
    return max((one.exit_code or 1 for one in verdicts if one in job.inputs.fail_on), default=0)


def _publish(
    job: ActionJob, runner: Runner, connect: Callable[[], GitHub], address: str, report: DriftReport
) -> None:
    runner.summarise(f"\n{markdown.render(report)}\n")
    level = "notice" if report.answer is DriftAnswer.STABLE else "error"
    title = f"repro: {drift_labels.TITLES[report.answer]}"
    runner.annotate(level, f"{address}: {drift_labels.headline(report)}", title=title)
    if job.inputs.issue and job.event.pull is None and report.answer is not DriftAnswer.UNDECIDED:
        keep_issue(
            job,
            runner,
            connect,
            key=f"drift.{digits_of(address)}",
            title="New data is not like the data of the accepted model",
            report=markdown.render(report, budget=ISSUE_BUDGET),
            failing=report.answer is DriftAnswer.DRIFTED,
        )
