# SPDX-License-Identifier: Apache-2.0
"""`dvc.lock` as a baseline: what it records of a project, in the terms of a run.

Where a recorded MD5 is that of what is there, the baseline has the run's own value: the same content has
the same leaves. Where it is not, the recorded content is read, if DVC's cache, git, the outputs from before
the run or a remote have it; otherwise the MD5 alone is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from repro_action.baseline import Baseline
from repro_action.codec.tables import flatten_mapping
from repro_action.compare.materials import MaterialDifference, Presence
from repro_action.data.dvc.documents import DocumentError, read_limited
from repro_action.data.dvc.lock import LockedFile, LockedStage, number_of
from repro_action.data.dvc.objects import ObjectSource, current_digest, matches
from repro_action.data.dvc.pipeline import DvcStage
from repro_action.data.stat_cache import StatCache
from repro_action.digest import Digest
from repro_action.fingerprint import MaterialKind
from repro_action.history import History
from repro_action.notice import Notice
from repro_action.paths.patterns import within
from repro_action.pyanalysis.literals import literal_values
from repro_action.runs.baseline_source import AcceptedRun, FinishedRun
from repro_action.runs.dvc_outputs import RecordedOutputs
from repro_action.runs.materials import command_line
from repro_action.runs.store import RunStore
from repro_action.tree import Scalar

UNRECORDED = frozenset(
    {MaterialKind.SEED, MaterialKind.PACKAGES, MaterialKind.ENVIRONMENT, MaterialKind.DETERMINISM}
)
"""Of these DVC records nothing."""

_LARGEST = 1 << 20
"""Bytes of a Python file whose values are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DvcBaseline:
    """What `dvc.lock` records; satisfies `BaselineSource`.

    Attributes:
        lock: stage → what was recorded; None where there is no `dvc.lock`.
        stages: step → its stage.
        frozen: stages that DVC does not run.
        store: of the project.
        history: of its repository.
        sources: where contents are found: the cache, then remotes.
    """

    lock: Mapping[str, LockedStage] | None
    stages: Mapping[str, DvcStage]
    store: RunStore
    history: History
    frozen: tuple[DvcStage, ...] = ()
    sources: tuple[ObjectSource, ...] = ()
    name: str = "dvc.lock"
    external: bool = True
    unrecorded: frozenset[MaterialKind] = UNRECORDED
    absence: str = "records none of these stages"
    renewal: str = "dvc repro   # then commit dvc.lock"
    notices: tuple[Notice, ...] = ()
    committed: Baseline | None = None

    def accepted(self, run: FinishedRun) -> AcceptedRun | None:
        """Return what is recorded in the terms of a run; None where none of its stages is recorded."""
        if not any(stage.name in (self.lock or {}) for stage in self.stages.values()):
            return None
        with StatCache(self.store.folder / "cache" / "stat.sqlite", root=run.config.root) as cache:
            return _Translation(baseline=self, run=run, cache=cache).accepted()


@dataclass(slots=True, kw_only=True)
class _Translation:
    """What is recorded, in the terms of one run."""

    baseline: DvcBaseline
    run: FinishedRun
    cache: StatCache
    differences: dict[str, MaterialDifference] = field(default_factory=dict)

    def accepted(self) -> AcceptedRun:
        materials = {kind: dict(values) for kind, values in self.run.fingerprint.materials.items()}
        candidate = self.run.fingerprint
        for step, stage in self.baseline.stages.items():
            self._command(materials, step, stage)
        self._files(materials)
        self._params(materials)
        outputs = RecordedOutputs(
            run=self.run,
            store=self.baseline.store,
            history=self.baseline.history,
            sources=self.baseline.sources,
            cache=self.cache,
        )
        for step, stage in self.baseline.stages.items():
            locked = self._locked(stage)
            for out, file in (locked.outs if locked is not None else {}).items():
                outputs.add(stage.in_project(out), step, file)
        return AcceptedRun(
            fingerprint=replace(
                candidate,
                materials=materials,
                products=outputs.products,
                metrics=outputs.metrics,
                circumstances={},
            ),
            differences=tuple(self.differences.values()),
        )

    def _locked(self, stage: DvcStage) -> LockedStage | None:
        return (self.baseline.lock or {}).get(stage.name)

    def _recorded(self) -> Iterator[tuple[DvcStage, LockedStage]]:
        """Yield the stages of the run that DVC recorded."""
        for stage in self.baseline.stages.values():
            locked = self._locked(stage)
            if locked is not None:
                yield stage, locked

    def _command(self, materials: dict[MaterialKind, dict[str, Scalar]], name: str, stage: DvcStage) -> None:
        locked = self._locked(stage)
        if locked is None:
            materials[MaterialKind.STEPS].pop(name, None)
            return
        step = next(step for step in self.run.plan.steps if step.name == name)
        run = replace(stage, command=locked.command).run if locked.command != stage.command else step.run
        outputs = tuple(stage.in_project(path) for path in locked.outs)
        materials[MaterialKind.STEPS][name] = command_line(replace(step, run=run, outputs=outputs))

    def _files(self, materials: dict[MaterialKind, dict[str, Scalar]]) -> None:
        """Put what was recorded of dependencies in the place of what is there, where that differs."""
        recorded: dict[str, LockedFile] = {}
        for stage, locked in self._recorded():
            for path, file in locked.deps.items():
                recorded.setdefault(stage.in_project(path), file)
        declared = {path for stage, _ in self._recorded() for path in stage.deps}
        for stage in self.baseline.frozen:
            frozen = self._locked(stage)
            recorded.update(
                {stage.in_project(path): file for path, file in (frozen.outs if frozen else {}).items()}
            )
        for path, file in recorded.items():
            if file.digest is not None:
                self._file(materials, path, file, file.digest)
        for path in declared - recorded.keys():
            for kind in (MaterialKind.CODE, MaterialKind.DATA):
                for name in [name for name in materials[kind] if within(name, path)]:
                    if not any(within(name, other) for other in recorded):
                        del materials[kind][name]

    def _file(
        self,
        materials: dict[MaterialKind, dict[str, Scalar]],
        path: str,
        file: LockedFile,
        digest: Digest,
    ) -> None:
        if writer := self.run.plan.writer(path):
            self._intermediate(writer, path, digest)
            return
        root = self.run.config.root
        if matches(root / path, digest, legacy=file.legacy, cache=self.cache):
            return
        kind = next(
            (kind for kind in (MaterialKind.CODE, MaterialKind.DATA) if path in materials[kind]), None
        )
        if kind is not None:
            materials[kind][path] = str(digest)
            return
        inside = any(within(name, path) for name in materials[MaterialKind.CODE])
        now = current_digest(root / path, self.cache)
        self._differs(MaterialKind.CODE if inside else MaterialKind.DATA, path, digest, now)

    def _intermediate(self, writer: str, path: str, digest: Digest) -> None:
        """Note a file between two stages of which they record two contents: one ran without the other."""
        stage = self.baseline.stages.get(writer)
        locked = None if stage is None else self._locked(stage)
        if stage is None or locked is None:
            return
        made = {stage.in_project(out): file.digest for out, file in locked.outs.items()}.get(path)
        if made is not None and made != digest:
            self._differs(MaterialKind.DATA, path, digest, made)

    def _differs(self, kind: MaterialKind, path: str, before: Digest, after: Digest | None) -> None:
        self.differences[path] = MaterialDifference(
            kind=kind,
            name=path,
            before=str(before),
            after=None if after is None else str(after),
            presence=Presence.REMOVED if after is None else Presence.CHANGED,
        )

    def _params(self, materials: dict[MaterialKind, dict[str, Scalar]]) -> None:
        values = materials[MaterialKind.PARAMS]
        for stage, locked in self._recorded():
            for file, table in locked.params.items():
                place = stage.in_project(file)
                now = {
                    name.removeprefix(f"{place}: "): value
                    for name, value in self.run.fingerprint.materials[MaterialKind.PARAMS].items()
                    if name.startswith(f"{place}: ")
                }
                if not now:
                    self._literals(place, table)
                    continue
                for key in now:
                    if key not in table and _below(key, locked.recorded[file]):
                        values.pop(f"{place}: {key}", None)
                for key, value in table.items():
                    same = key in now and number_of(now[key]) == value
                    values[f"{place}: {key}"] = now[key] if same else value

    def _literals(self, place: str, recorded: Mapping[str, Scalar]) -> None:
        """Note parameters that a Python file assigns otherwise than was recorded."""
        try:
            data = read_limited(self.run.config.root / place, _LARGEST) if place.endswith(".py") else None
        except DocumentError:
            data = None
        if data is None:
            return  # a file that is not read as values
        now = flatten_mapping(literal_values(data.decode("utf-8", "replace")))
        for key, value in recorded.items():
            found = now.get(key)
            if key in now and number_of(found) != value:
                name = f"{place}: {key}"
                self.differences[name] = MaterialDifference(
                    kind=MaterialKind.PARAMS, name=name, before=value, after=found, presence=Presence.CHANGED
                )


def _below(key: str, recorded: Iterable[str]) -> bool:
    return any(key == name or key.startswith((f"{name}.", f"{name}[")) for name in recorded)
