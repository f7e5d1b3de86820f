# SPDX-License-Identifier: Apache-2.0
"""Writes docs/public-reports.md."""

from __future__ import annotations

from collections.abc import Sequence

from bench.public_reports.trial import Trial
from bench.scale import ROOT

PAGE = ROOT / "docs" / "public-reports.md"
_INTRODUCTION = """\
# Public reports

Written by `python -m bench.public_reports`; do not edit.
People report training that does not repeat in the issues of the libraries that they use.
For each of the reports below stands a small project of our own under `bench/public_reports/projects`,
with the verdict, the first cause and the remedy that are right.
The first run is accepted, and repro is asked again: `verify`, or `probe` where only another machine or
process shows the difference. A race is asked about up to eight times, until it shows.
"""


def write(trials: Sequence[Trial]) -> None:
    """Replace the page."""
    PAGE.write_text(render(trials), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")


def render(trials: Sequence[Trial]) -> str:
    """Return the page."""
    return f"{_INTRODUCTION}\n{summary(trials)}\n{table(trials)}"


def summary(trials: Sequence[Trial]) -> str:
    """Return the figures."""
    tried = [trial for trial in trials if not trial.skipped]
    lines = [
        f"| | of {len(tried)} |\n| --- | --- |",
        f"| right verdict | {sum(trial.verdict for trial in tried)} |",
        f"| right first cause as well | {sum(trial.cause for trial in tried)} |",
        f"| right remedy as well | {sum(trial.right for trial in tried)} |",
    ]
    skipped = [f"{trial.report.name} ({trial.skipped})" for trial in trials if trial.skipped]
    left_out = f"\nLeft out: {'; '.join(skipped)}.\n" if skipped else ""
    return "\n".join(lines) + f"\n{left_out}"


def table(trials: Sequence[Trial]) -> str:
    """Return one line a report that was tried."""
    lines = [
        "| report | what it says | right answer | verdict | cause | remedy | said |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [_row(trial) for trial in trials if not trial.skipped]
    return "\n".join(lines) + "\n"


def _row(trial: Trial) -> str:
    report = trial.report
    owner, _, number = report.issue.partition("#")
    link = f"[{report.issue}](https://github.com/{owner}/issues/{number})<br>`{report.name}`"
    marks = [_mark(right) for right in (trial.verdict, trial.cause, trial.remedy)]
    said = f"{trial.said.answer}: {trial.said.text}" if trial.said.text else trial.said.answer
    return "| " + " | ".join([link, report.says, _right(trial), *marks, _cell(said)]) + " |"


def _right(trial: Trial) -> str:
    right = trial.report.right
    lines = " or ".join(f"line {number}" for number in sorted(trial.report.lines))
    causes = [lines if cause == "line" else f"`{cause}`" for cause in right.cause]
    return ": ".join([right.answer.value, *([", ".join(causes)] if causes else [])])


def _mark(right: bool) -> str:
    return "✔" if right else "✘"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")[:300]
