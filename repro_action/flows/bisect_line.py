# SPDX-License-Identifier: Apache-2.0
"""The commits between two, along first parents, each with what it would train from. Nothing is trained.

Commits are grouped: those that touch nothing that the configuration declares have the result of their
parent. Whether a commit's accepted baseline is of just its materials is asked here, too: such a baseline
answers for the commit, and one that was not accepted anew does not.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from repro_action.baseline import Baseline
from repro_action.codec.baseline import load as load_baseline
from repro_action.compare.changed_materials import compare_materials
from repro_action.config.find import NoConfiguration, find
from repro_action.config.load import load
from repro_action.config.model import Config
from repro_action.data.stat_cache import StatCache
from repro_action.environments import backend_for
from repro_action.environments.lock import read_lock
from repro_action.errors import ReproError
from repro_action.files import read_regular
from repro_action.fingerprint import Fingerprint, FoldedValues, MaterialKind, Materials
from repro_action.flows.base_models import former_path
from repro_action.folded_values import ONE_BY_ONE, names_of
from repro_action.git_command import read_git
from repro_action.history import History, HistoryError
from repro_action.paths.names import shown
from repro_action.progress import Progress
from repro_action.runs.commit_checkout import CommitCheckout
from repro_action.runs.materials import (
    command_line,
    digest_now,
    files_of,
    policy_of,
    read_files,
    with_undeclared,
)
from repro_action.runs.plan import RunPlan, make_plan
from repro_action.tree import Scalar

MOST_COMMITS = 5000

_POLICIES = frozenset({"entropy", "cap_threads"})
"""What the configuration alone decides of the settings of determinism."""

_SHALLOW = "Fetch the history: `git fetch --unshallow`, or `fetch-depth: 0` in actions/checkout."


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitFacts:
    """A commit as git knows it; all texts are foreign.

    Attributes:
        commit: full hash.
        parents: of them the first is the line's.
        date: of the author, `YYYY-MM-DD`.
        author, subject: one line each.
    """

    commit: str
    parents: tuple[str, ...]
    date: str
    author: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePoint:
    """A commit of the line.

    Attributes:
        about: the commit.
        config: its configuration, as it is in the checkout; None where it has none that can be read.
        key: digest over all that it would train from; equal keys train the same.
        materials: what of it is known without an environment.
        baseline: accepted in the commit, whatever its materials; None for none.
        accepted: platform class → accepted fingerprint, of those whose materials are the commit's own.
        reason: why it cannot be trained.
    """

    about: CommitFacts
    config: Config | None = None
    key: str = ""
    materials: Materials = field(default_factory=dict)
    baseline: Baseline | None = None
    accepted: Mapping[str, Fingerprint] = field(default_factory=dict)
    reason: str = ""


def commits_between(history: History, good: str, bad: str) -> tuple[CommitFacts, ...]:
    """Return two commits and those between them along first parents, oldest first.

    Raises:
        HistoryError: the first is not an ancestor of the second, or is the same one, or there are too many.
    """
    one, two = history.require_revision(good), history.require_revision(bad)
    if one == two:
        raise HistoryError(
            f"{shown(good[:80])} and {shown(bad[:80])} are the same commit, {one[:12]}",
            remedy="Name a commit that has the old result, then one that has the new one.",
        )
    if read_git(history.root, "merge-base", "--is-ancestor", one, two) is None:
        reverse = read_git(history.root, "merge-base", "--is-ancestor", two, one) is not None
        raise HistoryError(
            f"{shown(good[:80])} is not an ancestor of {shown(bad[:80])}",
            why="They are in the wrong order."
            if reverse
            else "They are on different branches, or the clone is shallow.",
            remedy=f"Run `repro bisect {bad[:80]} {good[:80]}`."
            if reverse
            else f"Begin at their last common commit: `git merge-base {one[:12]} {two[:12]}`. {_SHALLOW}",
        )
    listed = _log(history, "--first-parent", f"--max-count={MOST_COMMITS + 1}", f"{one}..{two}")
    if len(listed) > MOST_COMMITS:
        raise HistoryError(
            f"there are more than {MOST_COMMITS:,} commits between them",
            remedy="Name commits that are closer.",
        )
    return (*_log(history, "--max-count=1", one), *reversed(listed))


def _log(history: History, *arguments: str) -> list[CommitFacts]:
    form = "--format=%H%x1f%P%x1f%ad%x1f%an%x1f%s"
    text = read_git(history.root, "log", "-z", "--no-show-signature", "--date=short", form, *arguments, "--")
    if text is None:
        raise HistoryError("git cannot list the commits", remedy=_SHALLOW)
    found = []
    for entry in text.split(b"\0"):
        parts = entry.decode("utf-8", "replace").strip("\n").split("\x1f", 4)
        if len(parts) == 5:
            commit, parents, date, author, subject = parts
            found.append(
                CommitFacts(
                    commit=commit, parents=tuple(parents.split()), date=date, author=author, subject=subject
                )
            )
    return found


@dataclass(slots=True, kw_only=True)
class LineReader:
    """Reads what each commit would train from, in one checkout that is moved along.

    Attributes:
        checkout: of the repository.
        path: of the configuration, from the top, as it is now.
        name: of the model, by which a configuration that was moved is found.
        usual: the present configuration's text, for commits that have none; None to leave those out.
    """

    checkout: CommitCheckout
    path: str
    name: str
    usual: bytes | None = None

    def points(self, commits: tuple[CommitFacts, ...], progress: Progress) -> list[LinePoint]:
        """Return the points of commits.

        Raises:
            HistoryError: a commit cannot be written.
        """
        progress.stage(f"reading {len(commits)} commits")
        points: list[LinePoint] = []
        for number, about in enumerate(commits):
            progress.advance(number, len(commits), "commits")
            points.append(self.point(about))
        progress.advance(len(commits), len(commits), "commits")
        return points

    def point(self, about: CommitFacts) -> LinePoint:
        """Move the checkout to a commit and read it; what is wrong with it becomes its `reason`."""
        self.checkout.move(about.commit)
        try:
            config = self._config(about.commit)
            baseline = _baseline(config)
        except (ReproError, OSError, UnicodeDecodeError) as error:
            return LinePoint(about=about, reason=_what(error))
        try:
            return self._readable(about, config, baseline)
        except (ReproError, OSError) as error:
            return (
                replace(self._by_tree(about, config, baseline), reason="", materials={})
                if _may_train(error)
                else LinePoint(about=about, config=config, baseline=baseline, reason=_what(error))
            )

    def _config(self, commit: str) -> Config:
        place = self.checkout.root / self.path
        if not place.is_file():
            moved = former_path(self.checkout.history, commit, self.name)
            if moved is None and self.usual is not None:
                self.checkout.make_room(self.path).write_bytes(self.usual)
                return load(place)
            if moved is None:
                raise NoConfiguration(
                    f"the commit has no configuration of the model {shown(self.name)}",
                    remedy="Begin at a commit that has one, or add --present-config.",
                )
            place = self.checkout.root / moved
        return load(find(place.parent, place))

    def _readable(self, about: CommitFacts, config: Config, baseline: Baseline | None) -> LinePoint:
        with StatCache(self.checkout.root.parent / "stat.sqlite", root=config.root) as cache:
            plan = make_plan(config)
            data = {pin.path: pin.digest for pin in config.data}
            consumed = read_files(config, plan, data, digest_now(config, cache))
            accepted = {}
            materials = _materials(config, plan, files_of(config, plan, consumed), consumed.params)
            for platform, fingerprint in (baseline.platforms if baseline is not None else {}).items():
                names = [
                    name
                    for name in names_of(fingerprint, MaterialKind.CODE)
                    if name not in consumed.code and (config.root / name).is_file()
                ]
                all_files = files_of(config, plan, with_undeclared(config, consumed, {"": names}, cache))
                materials = _materials(config, plan, all_files, consumed.params)
                if is_of(fingerprint, materials, config):
                    accepted[platform] = fingerprint
        files = {**consumed.files, **dict.fromkeys(_environment_files(config))}
        key = _key(config, materials, {name: self._blob(config, name) for name in files})
        return LinePoint(
            about=about, config=config, key=key, materials=materials, baseline=baseline, accepted=accepted
        )

    def _by_tree(self, about: CommitFacts, config: Config, baseline: Baseline | None) -> LinePoint:
        """Return the point of a commit whose inputs are not all in git: every file may be one of them."""
        top = _inside(self.checkout.root, config.root)
        blobs = {
            path: f"{entry.mode} {entry.blob}"
            for path, entry in self.checkout.entries.items()
            if (path.startswith(f"{top}/") or not top)
            and path != _inside(self.checkout.root, config.baseline_path)
        }
        return LinePoint(about=about, config=config, key=_key(config, {}, blobs), baseline=baseline)

    def _blob(self, config: Config, name: str) -> str:
        path = os.path.normpath(f"{_inside(self.checkout.root, config.root)}/{name}").removeprefix("/")
        entry = self.checkout.entries.get(path)
        return f"{entry.mode} {entry.blob}" if entry is not None else ""


def is_of(accepted: Fingerprint, materials: Materials, config: Config) -> bool:
    """Whether what was accepted was made from these materials.

    Packages and interpreter are taken as accepted, and data that git does not have as pinned.
    """
    present = {**accepted.materials, **materials}
    for kind in (MaterialKind.DETERMINISM, MaterialKind.ENVIRONMENT):
        by_run = {k: v for k, v in accepted.materials.get(kind, {}).items() if k not in _POLICIES}
        present[kind] = {**by_run, **materials.get(kind, {})}
    folded: Mapping[MaterialKind, FoldedValues] = {
        kind: each for kind, each in accepted.folded_materials.items() if kind is not MaterialKind.RULES
    }
    differing = compare_materials(accepted.materials, present, folded=(folded, ONE_BY_ONE))
    return not [
        each
        for each in differing
        if each.kind is not MaterialKind.RULES
        and not (
            each.kind is MaterialKind.DATA and not each.in_after and not (config.root / each.name).exists()
        )
    ]


def _materials(config: Config, plan: RunPlan, files: Materials, params: Mapping[str, Scalar]) -> Materials:
    """Return the materials that are known without an environment."""
    environment = {"backend": config.environment.backend}
    if config.environment.backend == "venv":
        environment["lock"] = str(read_lock(config).digest)
    return {
        **files,
        MaterialKind.PARAMS: dict(params),
        MaterialKind.STEPS: {step.name: command_line(step) for step in plan.steps},
        MaterialKind.SEED: {"seed": config.seed},
        MaterialKind.DETERMINISM: {"profile": config.determinism.profile, **policy_of(config)},
        MaterialKind.ENVIRONMENT: environment,
    }


def _environment_files(config: Config) -> tuple[str, ...]:
    """Return files, relative to the project, that decide the environment besides its lock."""
    below = backend_for(config).sources(config).below
    if below is None or not below.is_dir():
        return ()
    names = (path for path in below.rglob("*") if path.suffix == ".nix" or path.name == "flake.lock")
    return tuple(sorted(os.path.relpath(path, config.root) for path in names if path.is_file()))


def _key(config: Config, materials: Materials, blobs: Mapping[str, str]) -> str:
    """Digest all that a training depends on; how its outputs are compared is no part of it."""
    bare = Config(
        root=Path(),
        path=Path(),
        name="",
        seed=config.seed,
        digest=config.digest,
        environment=config.environment,
        determinism=config.determinism,
        sandbox=config.sandbox,
        data=config.data,
        steps=config.steps,
        metrics={name: {} for name in sorted(config.metrics)},
    )
    parts = (repr(bare), repr({str(kind): sorted(each.items()) for kind, each in sorted(materials.items())}))
    text = "\n".join((*parts, repr(sorted(blobs.items()))))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _baseline(config: Config) -> Baseline | None:
    path = config.baseline_path
    if path.is_symlink() or not path.is_file():
        return None
    return load_baseline(read_regular(path).decode("utf-8", "surrogateescape"), path.name)


def _inside(top: Path, place: Path) -> str:
    found = os.path.relpath(os.path.realpath(place), os.path.realpath(top))
    return "" if found == "." else found


def _may_train(error: Exception) -> bool:
    """Whether data that only the working tree has may be all that is missing."""
    from repro_action.errors import GraphError, PinError

    return isinstance(error, GraphError | PinError)


def _what(error: Exception) -> str:
    return error.what if isinstance(error, ReproError) else str(error)
