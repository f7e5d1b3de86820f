# SPDX-License-Identifier: Apache-2.0
"""`repro history`: what was accepted of each model, read from git and never checked out.

All of it comes from one commit and those before it: the same commit gives the same answer on every machine.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from repro_action.codec.baseline import load
from repro_action.config.discover import EVERYWHERE
from repro_action.config.find import MAX_BYTES
from repro_action.config.load import default_baseline, parse
from repro_action.config.model import Config
from repro_action.errors import ArtifactUnreadable, BaselineError, ConfigError
from repro_action.flows.base_models import models_at
from repro_action.git_log import FileVersion, commit_day, file_versions, github_address, is_shallow
from repro_action.history import History, HistoryError
from repro_action.notice import Notice
from repro_action.progress import Progress
from repro_action.report.build.trends import LARGEST
from repro_action.report.build.versions import SERIES, PastBaseline, VersionTable
from repro_action.report.model_history import (
    AcceptedVersion,
    BaselineState,
    ModelHistory,
    RepositoryHistory,
)
from repro_action.report.slugs import slugs
from repro_action.verdict import Verdict

VERSIONS = 200
"""Baselines of one model."""

MODELS = 500

_AT_ONCE = 20
"""Files that are in memory together."""

_SHALLOW = Notice(
    what="this clone lacks older commits, and the history ends where it does",
    remedy="Fetch them: `git fetch --unshallow`, or `fetch-depth: 0` in actions/checkout.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """What is asked.

    Attributes:
        patterns: of configurations, as `discover` takes them; empty for all.
        revision: whose history it is.
        verdicts: configuration → verdict of a run that the caller knows of.
    """

    patterns: Sequence[str] = ()
    revision: str = "HEAD"
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)


def repository_history(directory: Path, query: HistoryQuery, progress: Progress) -> RepositoryHistory:
    """Read the history of the models of a repository.

    Args:
        directory: in the repository.
        query: which models, and as of when.
        progress: receives how many models are done.

    Raises:
        ConfigError: a pattern is refused, or there is no configuration.
        HistoryError: there is no repository, git does not know the revision, or cannot list its files.
    """
    top = History(directory).top
    if top is None:
        raise HistoryError(
            "there is no git repository here, and so no history",
            where=ascii(str(directory))[1:-1],
            remedy="Run it in a clone of the repository.",
        )
    history = History(top.resolve())
    commit = history.require_revision(query.revision)
    found = models_at(history, commit, query.patterns or [EVERYWHERE])
    if not found:
        raise ConfigError(
            f"no configuration of the commit {commit[:12]} matches",
            remedy="Run `repro init`, and commit what it writes.",
        )
    chosen = dict(list(found.items())[:MODELS])
    address = github_address(history.root)
    return RepositoryHistory(
        # NOTE: the folder of a clone can have any name, and nothing here depends on the machine.
        name=address.removeprefix("https://github.com/"),
        commit=commit,
        day=commit_day(history.root, commit),
        address=address,
        models=tuple(_models(history, commit, chosen, query.verdicts, progress)),
        omitted=len(found) - len(chosen),
        notices=(_SHALLOW,) if is_shallow(history.root) else (),
    )


def _models(
    history: History,
    commit: str,
    names: Mapping[str, str],
    verdicts: Mapping[str, Verdict],
    progress: Progress,
) -> Iterator[ModelHistory]:
    configs = dict(_configs(history, commit, list(names)))
    baselines = {path: _baseline_path(history.root, path, config) for path, config in configs.items()}
    versions = file_versions(history.root, commit, set(baselines.values()))
    by_config = slugs(names)
    progress.stage("reading baselines")
    for done, (path, config) in enumerate(configs.items()):
        progress.advance(done, len(configs), "models")
        model = ModelHistory(
            config=path,
            name=names[path],
            slug=by_config[path],
            state=BaselineState.NONE,
            verdict=verdicts.get(path),
            fault=config if isinstance(config, str) else "",
        )
        yield _with_versions(history, model, config, versions[baselines[path]])
    progress.advance(len(configs), len(configs), "models")


def _configs(history: History, commit: str, paths: Sequence[str]) -> Iterator[tuple[str, Config | str]]:
    """Yield each configuration as the commit has it, or what is wrong with it."""
    files = history.files_at(commit)
    for start in range(0, len(paths), _AT_ONCE):
        some = paths[start : start + _AT_ONCE]
        contents = history.blobs((files[path] for path in some), below=MAX_BYTES + 1)
        for path in some:
            yield path, _config(history.root / path, contents.get(files[path]))


def _config(place: Path, data: bytes | None) -> Config | str:
    if data is None:
        return f"it is larger than {MAX_BYTES >> 20} MiB"
    try:
        return parse(data.decode("utf-8-sig"), place)
    except UnicodeDecodeError:
        return "it is not UTF-8"
    except ConfigError as error:
        return error.what


def _baseline_path(top: Path, path: str, config: Config | str) -> str:
    name = config.baseline if isinstance(config, Config) else default_baseline(top / path)
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), name))


def _with_versions(
    history: History, model: ModelHistory, config: Config | str, versions: Sequence[FileVersion]
) -> ModelHistory:
    kept = versions[:VERSIONS]
    table = VersionTable(config=config if isinstance(config, Config) else None)
    for past in _past_baselines(history, kept):
        table.add(past)
    newest = table.versions[-1] if table.versions else None
    state = BaselineState.NONE
    if newest is not None and kept[0].blob:
        state = BaselineState.UNREADABLE if newest.fault else BaselineState.ACCEPTED
    series = table.series
    return replace(
        model,
        state=state,
        metrics=series[:SERIES],
        hidden_metrics=max(0, len(series) - SERIES),
        versions=tuple(reversed(table.versions)),
        omitted=len(versions) - len(kept),
    )


def _past_baselines(history: History, versions: Sequence[FileVersion]) -> Iterator[PastBaseline]:
    """Yield baselines, the oldest first; one that cannot be read has a reason."""
    oldest = versions[::-1]
    for start in range(0, len(oldest), _AT_ONCE):
        some = oldest[start : start + _AT_ONCE]
        contents = history.blobs(dict.fromkeys(one.blob for one in some if one.blob), below=LARGEST + 1)
        for one in some:
            yield _past_baseline(one, contents.get(one.blob))


def _past_baseline(one: FileVersion, data: bytes | None) -> PastBaseline:
    version = AcceptedVersion(commit=one.commit, day=one.day, subject=one.subject, path=one.path)
    if not one.blob:
        return PastBaseline(version=replace(version, fault="the commit removed the baseline"))
    if data is None:
        text = f"it is larger than {LARGEST >> 20} MiB, or git does not have it"
        return PastBaseline(version=replace(version, fault=text))
    try:
        baseline = load(data.decode("utf-8", "surrogateescape"), one.path)
    except BaselineError as error:
        return PastBaseline(version=replace(version, fault=error.what))
    return PastBaseline(version=version, baseline=baseline)


def verdicts_of(paths: Sequence[Path]) -> dict[str, Verdict]:
    """Return the worst verdict of each configuration in reports of the action.

    Args:
        paths: files that the action wrote.

    Raises:
        ArtifactUnreadable: one cannot be read, or is not such a report.
    """
    from repro_action.report.bundle import LARGEST as LARGEST_BUNDLE
    from repro_action.report.bundle import severity
    from repro_action.report.json.bundle import load as load_bundle

    found: dict[str, Verdict] = {}
    for path in paths:
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST_BUNDLE + 1)
        except OSError as error:
            raise ArtifactUnreadable(
                f"the report cannot be read: {error.strerror}",
                where=ascii(str(path))[1:-1],
                remedy="Name the file that the action wrote: its output `report-json`.",
            ) from error
        for entry in load_bundle(data).entries:
            verdict = entry.report.verdict
            if entry.config not in found or severity(verdict) > severity(found[entry.config]):
                found[entry.config] = verdict
    return found
