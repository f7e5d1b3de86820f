# SPDX-License-Identifier: Apache-2.0
"""`repro plan`: which of a repository's configurations a change affects, and why.

Against a revision, the files that differ in git are matched with what each configuration
consumes; nothing of the project is run. Without one, its materials are compared with its
baseline. What cannot be read or compared is affected: it fails in its own job, where it is seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from repro_action.codec.baseline import read
from repro_action.codec.canonical import parse
from repro_action.config.model import Config, Step
from repro_action.environments import backend_for
from repro_action.errors import BaselineError, EnvironmentUnavailable, GraphError, PinError, ReproError
from repro_action.files import read_regular
from repro_action.fingerprint import MaterialKind
from repro_action.flows.changes import Changes, changes_against, inside, plain
from repro_action.flows.matrix import MAX_JOBS, MatrixJob, job_names, jobs_for
from repro_action.folded_values import names_of
from repro_action.init.commands import script_paths, without_options
from repro_action.paths.names import normal, refusal
from repro_action.paths.patterns import covers, within
from repro_action.runs.input_kinds import is_data
from repro_action.runs.materials import unpinned_data
from repro_action.runs.plan import make_plan
from repro_action.runs.project import Project
from repro_action.steps.inputs import SKIPPED

MAX_REASONS = 20
"""Reasons that are listed for one configuration."""

_KINDS: tuple[tuple[type[ReproError], str], ...] = (
    (EnvironmentUnavailable, "environment"),
    (BaselineError, "baseline"),
    (PinError, "data"),
    (GraphError, "steps"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a configuration is affected.

    Attributes:
        kind: `config`, `baseline`, `params`, `code`, `data`, `environment` and other kinds of
            material, `all` where it was asked for, `more` for what is not listed.
        text: a path from the top of the repository, or what is wrong or different.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One configuration.

    Attributes:
        config: its path from the root.
        name: the model's; of its folder where the configuration cannot be read.
        job: a name that is safe and that no other configuration of the plan has.
        reasons: why it is affected, at most `MAX_REASONS` and one that counts the others.
    """

    config: str
    name: str
    job: str
    reasons: tuple[Reason, ...]

    @property
    def affected(self) -> bool:
        """Whether it must be verified."""
        return bool(self.reasons)


def plan(
    root: Path, configs: Sequence[str], against: str | None, *, everything: bool = False
) -> tuple[Planned, ...]:
    """Say of each configuration whether it is affected.

    Args:
        root: what the paths start from; in the repository, or its top.
        configs: from `repro_action.config.discover`.
        against: a revision; None to compare materials with the baselines.
        everything: all are affected.

    Raises:
        HistoryError: the revision cannot be compared with.
    """
    opened = {config: _open(root, config) for config in configs}
    roots = [state.config.root for state in opened.values() if isinstance(state, Project)]
    changes = None if against is None or everything else changes_against(root, against, roots)
    names = {
        config: state.config.name if isinstance(state, Project) else _folder(root, config).name
        for config, state in opened.items()
    }
    jobs = job_names(names)
    planned: list[Planned] = []
    for config, state in opened.items():
        if isinstance(state, Reason):
            reasons = [state]
        elif everything:
            reasons = [Reason(kind="all", text="asked for")]
        else:
            reasons = list(_differing(state) if changes is None else _touched(state, changes))
        planned.append(
            Planned(config=config, name=names[config], job=jobs[config], reasons=_bounded(reasons))
        )
    return tuple(planned)


def matrix(planned: Iterable[Planned], *, limit: int = MAX_JOBS) -> tuple[MatrixJob, ...]:
    """Return the jobs that verify what is affected; beyond `limit`, several configurations a job."""
    return jobs_for(
        [
            (planned_config.config, planned_config.job)
            for planned_config in planned
            if planned_config.affected
        ],
        limit=limit,
    )


def _open(root: Path, config: str) -> Project | Reason:
    try:
        return Project.open(root, Path(config))
    except (ReproError, OSError) as error:
        return _failure(error, "config")


def _failure(error: ReproError | OSError, kind: str) -> Reason:
    if isinstance(error, ReproError):
        text = f"{error.where}: {error.what}" if error.where else error.what
        return Reason(
            kind=next((name for error_type, name in _KINDS if isinstance(error, error_type)), kind), text=text
        )
    return Reason(kind=kind, text=f"it cannot be read: {error.strerror}")


def _folder(root: Path, config: str) -> Path:
    return (root.resolve() / config).parent


def _bounded(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    # A file may be consumed in two ways; the first one told is the closest.
    by_text: dict[str, Reason] = {}
    for reason in reasons:
        by_text.setdefault(reason.text, reason)
    distinct = tuple(by_text.values())
    if len(distinct) <= MAX_REASONS:
        return distinct
    return (*distinct[:MAX_REASONS], Reason(kind="more", text=f"and {len(distinct) - MAX_REASONS} more"))


# Without a revision: materials against the baseline.


def _differing(project: Project) -> Iterator[Reason]:
    from repro_action.flows.status import status

    try:
        found = status(project, backend_for(project.config))
    except (ReproError, OSError) as error:
        yield _failure(error, "config")
        return
    if not found.platform:
        yield _NO_BASELINE
        return
    yield from (Reason(kind=one.kind.value, text=one.text) for one in found.suspects)
    if not found.built:
        # What could not be compared is never green.
        yield Reason(kind="environment", text="not built here, so packages were not compared")


# Against a revision: files that git says differ.

_NO_BASELINE = Reason(kind="baseline", text="no baseline")


def _touched(project: Project, changes: Changes) -> Iterator[Reason]:
    config = project.config
    yield from _at(changes, config, "config", [config.path.name])
    yield from _at(changes, config, "baseline", [config.baseline_path.name])
    recorded: tuple[str, ...] | None = ()
    try:
        recorded = _recorded(config.baseline_path)
    except (BaselineError, OSError) as error:
        yield _failure(error, "baseline")
    if recorded is None:
        yield _NO_BASELINE
    yield from _at(changes, config, "data", _data(config))
    yield from _consumed(changes, config)
    yield from _gone(changes, config)
    yield from _environment(changes, config)
    yield from _at(changes, config, "code", recorded or ())
    scripts = {path for step in config.steps for path in _scripts(step)}
    yield from _at(changes, config, "code", sorted(scripts), exact=True)


def _at(
    changes: Changes, config: Config, kind: str, paths: Iterable[str], *, exact: bool = False
) -> Iterator[Reason]:
    for path in paths:
        place = f"{config.root}/{path}"
        here = changes.relative(place)
        for found in changes.at(place):
            if not exact or not here or not found.startswith(f"{here}/"):
                yield Reason(kind=kind, text=found)


def _data(config: Config) -> Iterator[str]:
    for pin in config.data:
        yield pin.path
        yield f"{pin.path}.dvc"  # the pointer changes with the data, which git may not see


def _consumed(changes: Changes, config: Config) -> Iterator[Reason]:
    try:
        steps = make_plan(config)
    except (ReproError, OSError) as error:
        yield _failure(error, "steps")
        return
    yield from _at(changes, config, "params", steps.params_files)
    data = {path for step_inputs in steps.inputs.values() for path in step_inputs.data}
    data |= unpinned_data(config, steps, steps.code)
    yield from _at(changes, config, "data", sorted(data))
    yield from _at(changes, config, "code", [path for path in steps.code if path not in data])


def _gone(changes: Changes, config: Config) -> Iterator[Reason]:
    """Yield what inputs referred to before it was removed: expanding them does not show it."""
    here = changes.relative(str(config.root))
    if here is None:
        return
    outputs = [output for step in config.steps for output in step.outputs]
    patterns = [(path, "params") for step in config.steps for path in step.params]
    patterns += [(path, "code") for step in config.steps for path in step.inputs]
    for path in changes.gone:
        if not inside(path, here):
            continue
        own = path[len(here) + 1 :] if here else path
        if SKIPPED & set(own.split("/")) or any(within(own, output) for output in outputs):
            continue
        kind = next((kind for pattern, kind in patterns if covers(pattern, own)), "")
        if kind:
            data = kind == "code" and is_data(path, b"")
            yield Reason(kind="data" if data else kind, text=path)


def _environment(changes: Changes, config: Config) -> Iterator[Reason]:
    try:
        sources = backend_for(config).sources(config)
    except EnvironmentUnavailable as error:
        yield _failure(error, "environment")
        return
    yield from _at(changes, config, "environment", sources.named)
    own = changes.relative(str(config.root))
    below = changes.relative(str(sources.below)) if sources.below is not None else None
    for path, owner in changes.settling:
        # A lock of another model is not part of this one's shell; any expression may be.
        common = path.endswith(".nix") or owner is None or (own is not None and inside(own, owner))
        above = plain(str(PurePosixPath(path).parent))
        if (below is not None and inside(path, below) and common) or (
            sources.above and own is not None and inside(own, above)
        ):
            yield Reason(kind="environment", text=path)


def _recorded(path: Path) -> tuple[str, ...] | None:
    """Return the code that the runs behind a baseline read, what they imported undeclared included.

    Returns:
        Paths from the configuration's folder; None where there is no baseline, or an empty one.

    Raises:
        BaselineError: it cannot be read; what it says of products is not looked at.
    """
    try:
        raw = parse(read_regular(path).decode("utf-8", "surrogateescape"), path.name)
    except FileNotFoundError:
        return None
    match raw:
        case {"platforms": {**platforms}}:
            for platform in platforms.values():
                if isinstance(platform, dict):
                    platform["products"] = {}  # nine tenths of the text, and of no use here
    fingerprints = read(raw, path.name).platforms.values()
    names = {name for platform in fingerprints for name in names_of(platform, MaterialKind.CODE)}
    if not fingerprints:
        return None
    return tuple(sorted(name for name in names if refusal(name, wildcards="") is None))


def _scripts(step: Step) -> Iterator[str]:
    """Yield the files that a command names."""
    argv = step.run
    words = [*argv, *(word.partition("=")[2] for word in argv)]
    words += [f"{word}/__main__.py" for word in argv]
    if argv and PurePosixPath(argv[0]).name.startswith("python"):
        words += script_paths(("python", *without_options(argv[1:])))
    for word in map(step.in_project, words):
        path = normal(word) if refusal(word, wildcards="*?[") is None else ""
        if path and not any(within(path, output) for output in step.outputs):
            yield path
