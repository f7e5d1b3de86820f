# SPDX-License-Identifier: Apache-2.0
"""MLflow's experiments and runs by their meaning, whichever store they come from.

Runs are called by the names that they were given; without one, a run that is alone is `[0]`, and several go
by their parameters. Ids, times, places of artifacts and what started a run are left out by rules.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from repro_action.digest import digest_bytes
from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import array_leaf, key_segment, text_leaf
from repro_action.readers.json.parsing import unique_keys
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext
from repro_action.tree import Branch, Excluded, Node, branch

IDS, TIMES, SOURCE, NAMES = "mlflow-ids", "mlflow-times", "mlflow-source", "mlflow-names"
MOST = 10_000
"""Entries that are listed as left out."""

_GIVEN_BY_MLFLOW = re.compile(r"[a-z]+-[a-z]+-\d{1,4}")
"""What `_generate_random_name` of mlflow/utils/name_utils.py draws for a run without a name."""
_SOURCE_TAGS = frozenset(
    {
        "mlflow.user",
        "mlflow.source.name",
        "mlflow.source.type",
        "mlflow.source.git.branch",
        "mlflow.source.git.commit",
        "mlflow.source.git.repoURL",
    }
)
_NAME, _PARENT, _HISTORY = "mlflow.runName", "mlflow.parentRunId", "mlflow.log-model.history"
_DRAWN = ("run_id", "model_uuid", "model_id", "utc_time_created")
"""Keys of an entry of the history of models that are drawn anew, or the clock."""
_DRAWN_ID = re.compile(r"[0-9a-f]{32}")
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedRun:
    """One run.

    Attributes:
        id: by which others refer to it.
        name: its name, given or drawn.
        facts: status and stage of its life, and what has no meaning here.
        params, tags: by key.
        metrics: `(step, value)` by key, in the order in which they were logged.
        files: what else is kept of it, by segment.
    """

    id: str
    name: str
    facts: Mapping[str, object]
    params: Mapping[str, str | None] = field(default_factory=dict)
    tags: Mapping[str, str | None] = field(default_factory=dict)
    metrics: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    files: Sequence[tuple[str, Node]] = ()

    @property
    def named(self) -> bool:
        """Whether somebody gave it its name."""
        return bool(self.name) and _GIVEN_BY_MLFLOW.fullmatch(self.name) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedExperiment:
    """One experiment with its runs.

    Attributes:
        name: as it was given.
        facts: stage of its life, and what has no meaning here.
        tags: by key.
        runs: of the experiment.
        files: what else is kept of it, by segment.
    """

    name: str
    facts: Mapping[str, object]
    tags: Mapping[str, str | None]
    runs: Sequence[TrackedRun]
    files: Sequence[tuple[str, Node]] = ()


@dataclass(slots=True)
class RunTree:
    """Makes a tree of experiments.

    Attributes:
        context: limits and digester.
        paths: of runs, by their ids.
        excluded: what was left out.
    """

    context: ReadContext
    paths: dict[str, str] = field(default_factory=dict)
    excluded: list[Excluded] = field(default_factory=list)

    def children(self, experiments: Sequence[TrackedExperiment]) -> list[tuple[str, Node]]:
        """Return the nodes of all experiments by their names.

        Raises:
            ArtifactUnreadable: two have one name.
        """
        if len({one.name for one in experiments}) != len(experiments):
            raise ArtifactUnreadable("two of its experiments have the same name")
        placed = [
            (one, f"experiments{key_segment(one.name)}", [*self._placed(one.runs)]) for one in experiments
        ]
        self.paths |= {run.id: f"{path}{place}" for _, path, runs in placed for place, run in runs}
        return [("." + path, self._experiment(one, path, runs)) for one, path, runs in placed]

    def _placed(self, runs: Sequence[TrackedRun]) -> Iterator[tuple[str, TrackedRun]]:
        """Yield every run with its segment: by name or parameters, then by content."""
        groups: dict[str, list[TrackedRun]] = defaultdict(list)
        drawn = [run for run in runs if not run.named]
        for run in runs:
            key = key_segment(run.name) if run.named else "[0]" if len(drawn) == 1 else _by_params(run)
            groups[key].append(run)
        for key, alike in groups.items():
            if len(alike) == 1:
                yield f".runs{key}", alike[0]
                continue
            for number, run in enumerate(sorted(alike, key=self._digest)):
                yield f".runs{key}[{number}]", run

    def _digest(self, run: TrackedRun) -> tuple[str, str]:
        return str(self._texts(run.params).digest), str(self._run(run, "").digest)

    def _experiment(self, one: TrackedExperiment, path: str, runs: list[tuple[str, TrackedRun]]) -> Node:
        self._leave_out(path, ".id", IDS)
        self._leave_out(path, ".times", TIMES)
        children: list[tuple[str, Node]] = [*self._facts(one.facts), *one.files]
        children += [(f".tags{key_segment(key)}", self._text(one.tags[key])) for key in one.tags]
        for place, run in runs:
            children.append((place, self._run(run, path + place)))
        return branch(children, type="mlflow.Experiment", algorithm=self.context.digester.algorithm)

    def _run(self, run: TrackedRun, path: str) -> Branch:
        self.context.check_time()
        self._leave_out(path, ".id", IDS)
        self._leave_out(path, ".times", TIMES)
        self._leave_out(path, ".source", SOURCE)
        if not run.named:
            self._leave_out(path, ".name", NAMES)
        children = [
            *self._facts(run.facts),
            *((f".params{key_segment(key)}", self._text(value)) for key, value in run.params.items()),
            *((f".tags{key_segment(key)}", node) for key, node in self._tags(run, path)),
            *self._metrics(run),
            *run.files,
        ]
        return branch(children, type="mlflow.Run", algorithm=self.context.digester.algorithm)

    def _metrics(self, run: TrackedRun) -> Iterator[tuple[str, Node]]:
        import numpy as np

        for key, points in run.metrics.items():
            ordered = sorted(points, key=lambda point: point[0])
            values = np.array([value for _, value in ordered], np.float64)
            yield f".metrics{key_segment(key)}", array_leaf(values, self.context)
            steps = np.array([step for step, _ in ordered], np.int64)
            yield f".steps{key_segment(key)}", array_leaf(steps, self.context)

    def _tags(self, run: TrackedRun, path: str) -> Iterator[tuple[str, Node]]:
        for key, value in run.tags.items():
            if key in _SOURCE_TAGS:
                self._leave_out(path, f".tags{key_segment(key)}", SOURCE)
            elif key == _PARENT:
                # While two runs are told apart, no run has its place.
                yield key, self._text(self._parent(value) if path else "")
            elif key == _HISTORY and value is not None and (history := _history(value)) is not None:
                self._leave_out(path, f".tags{key_segment(key)}[*]", IDS)
                yield key, value_tree(history, self.context)
            elif key != _NAME or value != run.name:
                yield key, self._text(value)

    def _parent(self, value: str | None) -> str | None:
        """Return where the run is that a tag refers to; an id of one that is not here is accidental."""
        if value is None or value in self.paths:
            return None if value is None else self.paths[value]
        return "" if _DRAWN_ID.fullmatch(value) else f"→ {value}"

    def _facts(self, facts: Mapping[str, object]) -> list[tuple[str, Node]]:
        return [
            (
                f".{key}" if key.isidentifier() else f".facts{key_segment(key)}",
                value_tree(value, self.context),
            )
            for key, value in facts.items()
        ]

    def _texts(self, texts: Mapping[str, str | None]) -> Branch:
        children = [(key_segment(key), self._text(value)) for key, value in texts.items()]
        return branch(children, algorithm=self.context.digester.algorithm)

    def _text(self, value: str | None) -> Node:
        return value_tree(None, self.context) if value is None else text_leaf(value, self.context)

    def _leave_out(self, path: str, part: str, rule: str) -> None:
        if path and len(self.excluded) < MOST:
            self.excluded.append(Excluded(path=path + part, rule=rule))


def _by_params(run: TrackedRun) -> str:
    """Return a segment of the parameters; no name reads like it, for names have quotation marks."""
    text = ", ".join(f"{key}={run.params[key]!r}" for key in sorted(run.params)) or "no parameters"
    if len(text) > _LONGEST:
        digest = digest_bytes("sha256", text.encode("utf-8", "surrogatepass"))
        text = f"{text[:_LONGEST]}… {digest.short}"
    return f"[{text}]"


def _history(value: str) -> object | None:
    """Return the models that a run logged without what is drawn for each; None if it is of another form."""
    try:
        entries = json.loads(value, object_pairs_hook=unique_keys)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return None
    return [{key: part for key, part in entry.items() if key not in _DRAWN} for entry in entries]
