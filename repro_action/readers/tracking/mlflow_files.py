# SPDX-License-Identifier: Apache-2.0
"""MLflow's file store (`mlruns/`): experiments and runs by their meaning, artifacts as the files they are.

A folder of an experiment has a `meta.yaml` with its name, one of a run a `meta.yaml` with its id, and a file
for each parameter, metric and tag. See mlflow/store/tracking/file_store.py.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import name_segment
from repro_action.readers.protocol import ReadContext
from repro_action.readers.tracking.mlflow_runs import RunTree, TrackedExperiment, TrackedRun
from repro_action.tree import Excluded, Node, Tree, branch

FORMAT = "mlflow"
ReadBelow = Callable[[Path, str], Tree]
"""Reads a file or folder; is given the path of it below the artifact."""

_META = "meta.yaml"
_META_SIZE = 64 << 10
_TEXT_SIZE = 1 << 20
_TRASH = ".trash"
_EXPERIMENT = re.compile(rb"^(?:artifact_location|experiment_id): ", re.MULTILINE)
_NAMED = b"\nname: "
_LINE = re.compile(r"\d+ (?P<value>\S+) (?P<step>-?\d+)(?: (?P<more>.*))?")
_ACCIDENTAL = frozenset(
    {
        *("artifact_location", "artifact_uri", "experiment_id", "run_id", "run_uuid"),
        *("creation_time", "last_update_time", "start_time", "end_time", "deleted_time"),
        *("entry_point_name", "source_name", "source_type", "source_version", "user_id"),
    }
)
"""Keys of a `meta.yaml` that the rules of ids, times and sources leave out; others are content."""
_READ = frozenset({"name", "run_name", "lifecycle_stage", "status"})
_NO_TAGS: Mapping[str, object] = {"tags": []}
"""What MLflow writes into each run for its releases before 1.0."""
_STATUS = {"1": "RUNNING", "2": "SCHEDULED", "3": "FINISHED", "4": "FAILED", "5": "KILLED"}


def is_store(folder: Path) -> bool:
    """Say whether a folder holds experiments: at least one of its folders has a `meta.yaml` of such."""
    with os.scandir(folder) as scan:
        below = [entry for entry in scan if _is_id(entry.name) and entry.is_dir(follow_symlinks=False)]
    for entry in below[:8]:
        try:
            with (Path(entry.path) / _META).open("rb") as file:
                data = file.read(_META_SIZE)
            first = _EXPERIMENT.search(data)
            return first is not None and _NAMED in data[first.end() :]
        except OSError:
            continue
    return False


def _is_id(name: str) -> bool:
    return name.isascii() and name.isdigit()


def read_store(folder: Path, prefix: str, below: ReadBelow, context: ReadContext) -> Tree:
    """Read a store.

    Args:
        folder: the store.
        prefix: what comes before the names in it.
        below: reads what MLflow gives no meaning to.
        context: limits and digester.

    Raises:
        ArtifactUnreadable: a file of it is not what MLflow writes.
    """
    store = _Store(below=below, context=context)
    experiments = list(store.experiments(folder, prefix))
    tree = RunTree(context)
    children = tree.children(experiments) + store.rest
    root = branch(children, type=FORMAT, algorithm=context.digester.algorithm)
    excluded = [*tree.excluded, *store.excluded]
    for entry in store.inside:
        path = tree.paths.get(entry.owner) or f"experiments[{entry.owner!r}]"
        excluded += [
            Excluded(path=path + entry.segment + found.path, rule=found.rule) for found in entry.found
        ]
    return Tree(format=FORMAT, root=root, excluded=tuple(excluded))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inside:
    """What was left out of a file below a run."""

    owner: str
    segment: str
    found: tuple[Excluded, ...]


@dataclass(slots=True, kw_only=True)
class _Store:
    below: ReadBelow
    context: ReadContext
    rest: list[tuple[str, Node]] = field(default_factory=list)
    excluded: list[Excluded] = field(default_factory=list)
    inside: list[_Inside] = field(default_factory=list)
    files: int = 0

    def experiments(self, folder: Path, prefix: str) -> Iterator[TrackedExperiment]:
        for entry in _entries(folder):
            name = prefix + entry.name
            if (
                entry.name == _TRASH
                and entry.is_dir(follow_symlinks=False)
                and not prefix.endswith("/.trash/")
            ):
                yield from self.experiments(Path(entry.path), name + "/")
            elif entry.is_dir(follow_symlinks=False) and _is_id(entry.name):
                yield self._experiment(Path(entry.path), name + "/")
            else:
                tree = self.below(Path(entry.path), name)
                self.rest.append((name_segment(name.removeprefix(prefix)), tree.root))
                self.excluded += tree.excluded

    def _experiment(self, folder: Path, prefix: str) -> TrackedExperiment:
        meta = self._meta(folder, prefix)
        name = _string(meta, "name")
        runs: list[TrackedRun] = []
        files: list[tuple[str, Node]] = []
        tags: Mapping[str, str] = {}
        for entry in _entries(folder):
            path = Path(entry.path)
            if entry.name == "tags" and entry.is_dir(follow_symlinks=False):
                tags = self._texts(path, f"{prefix}tags/")
            elif entry.is_dir(follow_symlinks=False) and (path / _META).is_file() and _is_run(entry.name):
                runs.append(self._run(path, f"{prefix}{entry.name}/"))
            elif entry.name != _META:
                files.append(self._other(entry, prefix, name))
        return TrackedExperiment(
            name=name,
            facts={
                "lifecycle_stage": meta["lifecycle_stage"],
                **({"in_trash": True} if f"/{prefix}".endswith(f"/{_TRASH}/{folder.name}/") else {}),
                **_more(meta),
            },
            tags=tags,
            runs=runs,
            files=files,
        )

    def _run(self, folder: Path, prefix: str) -> TrackedRun:
        meta = self._meta(folder, prefix)
        owner = _string(meta, "run_id")
        texts: dict[str, Mapping[str, str]] = {}
        files: list[tuple[str, Node]] = []
        for entry in _entries(folder):
            if entry.name in {"params", "metrics", "tags"} and entry.is_dir(follow_symlinks=False):
                texts[entry.name] = self._texts(Path(entry.path), f"{prefix}{entry.name}/")
            elif entry.name != _META and not _is_empty(entry):
                files.append(self._other(entry, prefix, owner))
        tags = texts.get("tags", {})
        status, name = _string(meta, "status"), _string(meta, "run_name")
        points = {key: _points(text) for key, text in texts.get("metrics", {}).items()}
        datasets = {key: [dataset for _, _, dataset in found] for key, found in points.items()}
        datasets = {key: named for key, named in datasets.items() if any(named)}
        return TrackedRun(
            id=owner,
            name=name or tags.get("mlflow.runName", ""),
            facts={
                "status": _STATUS.get(status, status),
                "lifecycle_stage": meta["lifecycle_stage"],
                **({} if name or "mlflow.runName" not in tags else {"name": name}),
                **({"datasets": datasets} if datasets else {}),
                **_more(meta),
            },
            params=texts.get("params", {}),
            tags=tags,
            metrics={key: [point[:2] for point in found] for key, found in points.items()},
            files=files,
        )

    def _other(self, entry: os.DirEntry[str], prefix: str, owner: str) -> tuple[str, Node]:
        tree = self.below(Path(entry.path), prefix + entry.name)
        segment = name_segment(entry.name)
        found = tuple(
            Excluded(path=one.path if one.path.startswith("[") else f"/{one.path}", rule=one.rule)
            for one in tree.excluded
        )
        if found:
            self.inside.append(_Inside(owner=owner, segment=segment, found=found))
        return segment, tree.root

    def _meta(self, folder: Path, prefix: str) -> dict[str, object]:
        import yaml

        text = self._text(folder / _META, prefix + _META, _META_SIZE)
        try:
            root = yaml.compose(text, Loader=yaml.BaseLoader)
            table = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 -- it makes texts
        except (yaml.YAMLError, RecursionError, TypeError) as error:
            raise ArtifactUnreadable(f"{prefix[:80]}{_META} is not valid YAML") from error
        if not isinstance(table, dict) or not all(isinstance(key, str) for key in table):
            raise ArtifactUnreadable(f"{prefix[:80]}{_META} is not a file of MLflow")
        whole = "name" in table or {"run_id", "user_id"} <= table.keys()
        twice = isinstance(root, yaml.MappingNode) and len(root.value) != len(table)
        if not text.endswith("\n") or not whole or twice or "lifecycle_stage" not in table:
            raise ArtifactUnreadable(f"{prefix[:80]}{_META} is not a file of MLflow")
        return table

    def _texts(self, folder: Path, prefix: str) -> dict[str, str]:
        """Return the texts of all files of a folder; keys with `/` lie in folders of it."""
        found: dict[str, str] = {}
        waiting = [(folder, "")]
        while waiting:
            place, before = waiting.pop()
            for entry in _entries(place):
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((Path(entry.path), f"{before}{entry.name}/"))
                else:
                    key = before + entry.name
                    limit = self.context.limits.memory // 8 if prefix.endswith("/metrics/") else _TEXT_SIZE
                    found[key] = self._text(Path(entry.path), prefix + key, limit)
        return found

    def _text(self, path: Path, name: str, limit: int) -> str:
        self.files += 1
        if self.files > self.context.limits.nodes // 8:
            raise ArtifactUnreadable("it has too many files")
        self.context.check_time()
        if path.is_symlink() or not path.is_file() or path.stat().st_size > limit:
            raise ArtifactUnreadable(f"{name[:200]} is not a regular file, or is larger than {limit} bytes")
        if self.context.watch is not None:
            self.context.watch.entered(name, path.stat().st_size)
            if name in self.context.watch.skipped:
                raise ArtifactUnreadable(f"{name[:200]} is not read")
        try:
            return path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise ArtifactUnreadable(f"{name[:200]} is not valid UTF-8") from error


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as scan:
        return sorted(scan, key=lambda entry: entry.name)


def _is_run(name: str) -> bool:
    return re.fullmatch(r"[0-9a-zA-Z][\w-]{0,255}", name) is not None and name not in {
        "datasets",
        "models",
        "traces",
    }


def _is_empty(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder without entries, which a version control system does not keep."""
    return entry.is_dir(follow_symlinks=False) and not _entries(Path(entry.path))


def _string(meta: Mapping[str, object], key: str) -> str:
    value = meta.get(key, "")
    if not isinstance(value, str):
        raise ArtifactUnreadable(f"{key} in a {_META} is not a string")
    return value


def _more(meta: Mapping[str, object]) -> dict[str, object]:
    """Return what a `meta.yaml` says besides what is read or left out by a rule."""
    return {
        f"meta {key}": value
        for key, value in meta.items()
        if key not in _READ | _ACCIDENTAL and (key, value) not in _NO_TAGS.items()
    }


def _points(text: str) -> list[tuple[int, float, str]]:
    """Return step, value, and the data set that a line of a metric names."""
    found: list[tuple[int, float, str]] = []
    if text and not text.endswith("\n"):
        raise ArtifactUnreadable("a metric is cut off")
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            raise ArtifactUnreadable("a line of a metric is not in MLflow's format")
        try:
            found.append((int(match["step"]), float(match["value"]), match["more"] or ""))
        except ValueError as error:
            raise ArtifactUnreadable("a value of a metric is not a number") from error
    return found
