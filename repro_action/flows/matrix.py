# SPDX-License-Identifier: Apache-2.0
"""The jobs of a workflow's matrix: one for each configuration, or for a few where there are many."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import PurePosixPath

MAX_JOBS = 256
"""Jobs of one matrix, https://docs.github.com/en/actions/reference/limits."""

_MAX_NAME = 60
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixJob:
    """One entry of a matrix.

    Attributes:
        config: paths of configurations with newlines between.
        name: `[A-Za-z0-9._-]`, at most 60 characters, unique whatever the case of its letters.
    """

    config: str
    name: str


def jobs_for(configs: Sequence[tuple[str, str]], *, limit: int = MAX_JOBS) -> tuple[MatrixJob, ...]:
    """Return the jobs for configurations: one each, or at most `limit` of nearly the same size.

    Args:
        configs: configurations, each with its name from `job_names`.
        limit: of jobs.
    """
    total, jobs = len(configs), min(len(configs), limit)
    used: set[str] = set()
    made: list[MatrixJob] = []
    for index in range(jobs):
        group = configs[index * total // jobs : (index + 1) * total // jobs]
        more = f"-and-{len(group) - 1}-more" if len(group) > 1 else ""
        config = "\n".join(config for config, _ in group)
        made.append(MatrixJob(config=config, name=_unique(group[0][1], used, more)))
    return tuple(made)


def job_names(names: Mapping[str, str]) -> dict[str, str]:
    """Give each configuration a name for its job: the model's, or its folder's if models share one.

    Args:
        names: configuration → name of the model, which anyone may have written.
    """
    often = Counter(_safe(name).casefold() for name in names.values())
    used: set[str] = set()
    jobs: dict[str, str] = {}
    for config, name in names.items():
        folder = str(PurePosixPath(config).parent)
        shared = often[_safe(name).casefold()] > 1 and folder != "."
        jobs[config] = _unique(_safe(folder if shared else name), used)
    return jobs


def _safe(name: str) -> str:
    # From its end, where long paths and names differ.
    return _UNSAFE.sub("-", name).strip("-._")[-_MAX_NAME:].strip("-._") or "model"


def _unique(base: str, used: set[str], ending: str = "") -> str:
    """Return an unused name, and mark it as used; artifacts of jobs ignore the case of names."""
    for number in count(1):
        end = ending if number == 1 else f"{ending}-{number}"
        name = base[: _MAX_NAME - len(end)] + end
        if name.casefold() not in used:
            used.add(name.casefold())
            return name
    raise AssertionError  # `count` has no end
