# SPDX-License-Identifier: Apache-2.0
"""The log of the last search, `.repro/bisect/log`: a line a commit, like that of `git bisect log`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from repro_action.compare.subject_of_search import SearchedResult
from repro_action.errors import ReproError
from repro_action.files import read_regular, write_atomically
from repro_action.flows.bisect_line import CommitFacts
from repro_action.flows.bisect_training import FOLDER
from repro_action.report.bisect_model import BisectStep
from repro_action.runs.project import Project
from repro_action.text import clean

_LOG = "log"


def write_log(
    state: Path, result: SearchedResult, ends: Iterable[CommitFacts], steps: Iterable[BisectStep]
) -> None:
    """Write what was asked so far; foreign texts in it are made harmless.

    Args:
        state: the project's `.repro`.
        result: that is looked for.
        ends: the first and the last commit.
        steps: the answers.
    """
    lines = [f"# repro bisect: {clean(result.text, 400)}"]
    lines += [f"# {end.commit} {clean(end.subject, 100)}" for end in ends]
    for step in steps:
        value = "" if step.value is None else f" {step.value}"
        detail = clean(f"{step.source}{value}{': ' + step.reason if step.reason else ''}", 400)
        lines.append(f"{step.answer} {step.commit.commit} {clean(step.commit.subject, 100)} · {detail}")
    write_atomically(state / FOLDER / _LOG, "".join(f"{line}\n" for line in lines), durable=False)


def last_log(project: Project) -> list[str]:
    """Return the lines of the last search.

    Raises:
        ReproError: there was none.
    """
    path = project.config.state / FOLDER / _LOG
    try:
        return read_regular(path).decode("utf-8", "replace").splitlines()
    except OSError as error:
        raise ReproError(
            "there is no search to show", remedy="Start one, such as `repro bisect v1.2`.", where=path.name
        ) from error
