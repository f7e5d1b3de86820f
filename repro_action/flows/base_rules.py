# SPDX-License-Identifier: Apache-2.0
"""The rules of the commit that a change starts from: read from git before anything of the change runs.

A change is judged by both: inside its own rules is what the verdict says, and what is outside of the
base's is named beside it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from repro_action.baseline import LARGEST, Baseline
from repro_action.compare.config_change import ConfigChange, Strictness
from repro_action.compare.configs import compare_configs
from repro_action.config.find import MAX_BYTES
from repro_action.config.load import load, parse
from repro_action.config.model import Config
from repro_action.errors import BaselineError, ConfigError
from repro_action.files import read_regular
from repro_action.fingerprint import Fingerprint
from repro_action.flows.base_models import former_path
from repro_action.history import History
from repro_action.report.build.labels import Labels
from repro_action.report.build.outside_base import outside_artifacts, outside_metrics
from repro_action.report.config_changes import ConfigChanges
from repro_action.runs.project import Project

MAX_SETTINGS = 200
MAX_OUTSIDE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRules:
    """What the base has of one model.

    Attributes:
        found: how the rules differ, without a judgement of the run.
        config: its configuration; None where it cannot be read.
        baseline: its baseline; None where it has none that can be read.
        trusted_keys: of builders, that it lists and that are still the same keys.
    """

    found: ConfigChanges
    config: Config | None = None
    baseline: Baseline | None = None
    trusted_keys: tuple[str, ...] = ()

    @property
    def demanded_receipts(self) -> int:
        """How many builders it asks for."""
        return self.config.evidence.receipts if self.config is not None else 0

    @classmethod
    def of(cls, project: Project, revision: str, labels: Labels) -> BaseRules | None:
        """Read them.

        Returns:
            None where the base has no such model, or its rules are the same.

        Raises:
            ConfigError: the present configuration can no longer be read.
            HistoryError: git does not know the revision, or cannot list its files.
        """
        top = project.history.top
        if top is None:
            return None
        history, config = History(top), project.config.path
        if not config.is_relative_to(top.resolve()):
            return None
        path, commit = config.relative_to(top.resolve()).as_posix(), history.fork_point(revision)
        data, place = _read(history, commit, path, MAX_BYTES), path
        if data is None:
            place = former_path(history, commit, project.config.name) or ""
            data = _read(history, commit, place, MAX_BYTES)
        if data is None:
            return None
        found = ConfigChanges(
            base=labels.base or revision, revision=commit[:12], former=place if place != path else ""
        )
        return _compared(project, history, commit, place, data, found)

    def judged(self, after: Fingerprint | None, now: Config) -> ConfigChanges:
        """Return the changes, with what the base's rules do not allow of a run.

        Args:
            after: the run; None where it made no result.
            now: the rules that it was compared under.
        """
        before = self.baseline.platforms.get(after.platform) if self.baseline is not None and after else None
        if self.config is None or before is None or after is None:
            return self.found
        from repro_action.compare.judge import compare
        from repro_action.compare.seed_noise import with_noise

        old, new = (
            compare(
                before,
                after,
                metrics=with_noise(rules.metrics, before, self.baseline),
                artifacts=rules.artifacts,
            )
            for rules in (self.config, now)
        )
        return replace(
            self.found,
            outside=tuple(islice(outside_metrics(old, new, now), MAX_OUTSIDE)),
            outside_artifacts=tuple(islice(outside_artifacts(old, new, now), MAX_OUTSIDE)),
        )


def _compared(
    project: Project, history: History, commit: str, place: str, data: bytes, found: ConfigChanges
) -> BaseRules | None:
    # As its file says: a job may have chosen another backend for it.
    now = load(project.config.path)
    try:
        before = parse(_text(data), now.path.parent / posixpath.basename(place))
    except ConfigError as error:
        return BaseRules(found=replace(found, unread=error.what))
    folder = posixpath.dirname(place)
    others = _other_keys(history, commit, folder, before, now)
    baseline = _baseline(history, commit, posixpath.join(folder, before.baseline))
    noise = _noise_changes(project, now, baseline)
    changes = (*others.values(), *compare_configs(before, now), *noise)
    if not changes:
        return None
    return BaseRules(
        found=replace(found, settings=changes[:MAX_SETTINGS], hidden=max(0, len(changes) - MAX_SETTINGS)),
        config=before,
        baseline=baseline,
        trusted_keys=tuple(name for name in before.evidence.keys if name not in others),
    )


def _noise_changes(project: Project, now: Config, baseline: Baseline | None) -> Iterator[ConfigChange]:
    """Yield what a noise record that the change brings along lets through."""
    if not any(rule.sigmas is not None for named in now.metrics.values() for rule in named.values()):
        return
    from repro_action.compare.seed_noise import noise_changes

    try:
        present = project.baseline()
    except BaselineError:
        return  # The run itself says so.
    if present is not None:
        yield from noise_changes(now.metrics, baseline or Baseline(name=now.name), present)


def _other_keys(
    history: History, commit: str, folder: str, before: Config, now: Config
) -> dict[str, ConfigChange]:
    """Return the keys of builders that are listed as before, and are other keys, by the file's name."""
    found: dict[str, ConfigChange] = {}
    for name in before.evidence.keys:
        old = _read(history, commit, posixpath.join(folder, name), MAX_BYTES)
        new = _present(now.root / name)
        if name in now.evidence.keys and old != new:
            found[name] = ConfigChange(
                setting="evidence.keys",
                before=_key(name, old),
                after=_key(name, new),
                strictness=Strictness.WEAKER,
            )
    return found


def _present(path: Path) -> bytes | None:
    try:
        return read_regular(path)
    except OSError:
        return None


def _key(name: str, data: bytes | None) -> str:
    from repro_action.signing.own_keys import read_public
    from repro_action.signing.port import KeyRefused

    if data is None:
        return f"{name} (not there)"
    try:
        return f"{name} {read_public(data, name).keyid[:12]}"
    except KeyRefused:
        return f"{name} (not a key)"


def _read(history: History, commit: str, path: str, most: int) -> bytes | None:
    """Return a file of a commit, by its path from the top; None where there is none, or a larger one."""
    # A name ends with its line where git reads many.
    names = [f"{commit}:{path}"] if path and "\n" not in path else []
    return next(iter(history.blobs(names, below=most + 1).values()), None)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError("it is not UTF-8") from error


def _baseline(history: History, commit: str, path: str) -> Baseline | None:
    from repro_action.codec.baseline import load as load_baseline

    data = _read(history, commit, path, LARGEST)
    if data is None:
        return None
    try:
        return load_baseline(data.decode("utf-8", "surrogateescape"), path)
    except BaselineError:
        return None
