# SPDX-License-Identifier: Apache-2.0
"""A commit is trained as `repro verify` trains, in a copy of its checkout; what came of it is kept.

Kept are records in `.repro/bisect/trained`, one for each key of materials, each written whole or not at
all: a search that was killed goes on where it was, and another search trains none of them again.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from repro_action.baseline import Baseline
from repro_action.codec.baseline import as_json, read
from repro_action.config.model import Config
from repro_action.data.missing_data import is_lfs_pointer
from repro_action.digest import Digest
from repro_action.environments import backend_for
from repro_action.errors import BaselineError, ReproError
from repro_action.files import read_regular, write_atomically
from repro_action.fingerprint import Fingerprint, MaterialKind
from repro_action.flows.bisect_line import LinePoint
from repro_action.flows.probe import enclosure_of_trials
from repro_action.flows.supply import supply_data
from repro_action.paths.names import shown
from repro_action.probe.trial import Trial, run_trial
from repro_action.progress import Progress
from repro_action.runs.checkout_data import bring_data, data_of
from repro_action.runs.commit_checkout import CommitCheckout
from repro_action.runs.project import Project
from repro_action.runs.workspace import remove

FOLDER = "bisect"
"""Below `.repro`: what searches keep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecord:
    """What came of a training.

    Attributes:
        commit: that was trained, by its full hash.
        seconds: that it duration.
        fingerprint: None where it failed.
        failure: why; foreign text.
    """

    commit: str
    seconds: float
    fingerprint: Fingerprint | None = None
    failure: str = ""


@dataclass(slots=True, kw_only=True)
class TrainingStore:
    """Records by key.

    Attributes:
        folder: of the records.
        name: of the model.
        environment: digest of an interpreter that no commit pins; empty where each commit pins its own.
    """

    folder: Path
    name: str
    environment: str = ""

    def get(self, key: str, attempt: int = 1) -> TrainingRecord | None:
        """Return the record of a key; a damaged one does not count."""
        try:
            document = json.loads(self._path(key, attempt).read_bytes())
            kept = document["fingerprint"]
            platforms = read(kept).platforms if kept is not None else {}
            return TrainingRecord(
                commit=str(document["commit"]),
                seconds=float(document["seconds"]),
                fingerprint=next(iter(platforms.values()), None),
                failure=str(document["failure"]),
            )
        except (OSError, ValueError, LookupError, TypeError, BaselineError):
            return None

    def put(self, key: str, record: TrainingRecord, attempt: int = 1) -> None:
        """Keep a record."""
        made = record.fingerprint
        kept = (
            as_json(Baseline(name=self.name, platforms={made.platform: made})) if made is not None else None
        )
        document = {
            "commit": record.commit,
            "seconds": record.seconds,
            "failure": record.failure,
            "fingerprint": kept,
        }
        write_atomically(self._path(key, attempt), json.dumps(document, allow_nan=True))

    def _path(self, key: str, attempt: int) -> Path:
        tag = f"-{self.environment[-16:]}" if self.environment else ""
        return self.folder / f"{key}{tag}{'' if attempt == 1 else f'.{attempt}'}.json"


@dataclass(slots=True, kw_only=True)
class CommitTrainer:
    """Trains commits of a line, each of them once.

    Attributes:
        project: whose working tree may have data that git has not; it stays as it is.
        checkout: moved to what is trained.
        store: of what was trained.
        progress: hears how far it is.
        trainings: how many were made, failed ones included.
        seconds: of each.
    """

    project: Project
    checkout: CommitCheckout
    store: TrainingStore
    progress: Progress
    trainings: int = 0
    seconds: list[float] = field(default_factory=list)

    def train(self, point: LinePoint, attempt: int = 1) -> TrainingRecord:
        """Train a commit and keep what came of it; a failure that teaches becomes one of the record.

        Raises:
            Interrupted: the user stopped it; nothing of it is kept.
        """
        started = time.monotonic()
        made, failure, kept = self._attempt(point)
        seconds = time.monotonic() - started
        self.trainings += 1
        self.seconds.append(seconds)
        record = TrainingRecord(
            commit=point.about.commit, seconds=round(seconds, 3), fingerprint=made, failure=failure
        )
        if not kept:
            return record
        self.store.put(point.key, record, attempt)
        return self.store.get(point.key, attempt) or record

    def _attempt(self, point: LinePoint) -> tuple[Fingerprint | None, str, bool]:
        """Return what was made, why not, and whether that is of the commit rather than of this machine."""
        place = self.checkout.root.parent / "trial"
        remove(place)
        try:
            self.checkout.move(point.about.commit)
            config = self._supplied(point)
            backend = backend_for(config)
            environment = backend.prepare(config, self.progress)
            outcome = run_trial(
                Trial(
                    config=config,
                    environment=environment,
                    place=place / "running",
                    kept=place / "done",
                    sandbox=enclosure_of_trials(config, backend, environment),
                    seen_as=self.project.config.root,
                )
            )
        except ReproError as error:
            if error.exit_code != ReproError.exit_code:
                raise
            return None, error.what, False
        finally:
            remove(place)
        failure = outcome.failure.notice.what if outcome.failure is not None else ""
        return outcome.fingerprint, failure, True

    def _supplied(self, point: LinePoint) -> Config:
        """Return the configuration to train with, its data brought to its place."""
        config = point.config
        if config is None:
            raise ReproError(point.reason)
        source = self.project.config.root
        if not config.path.exists():  # of a commit from before there was one
            place = self.checkout.make_room(config.path.relative_to(self.checkout.root).as_posix())
            place.write_bytes(read_regular(self.project.config.path))
        folder = config.root.relative_to(self.checkout.root).as_posix()
        with self.project.stat_cache() as cache:
            missing = bring_data(
                self.checkout,
                data_of(_recorded(point, config), config.data),
                folder="" if folder == "." else folder,
                source=source,
                cache=cache,
            )
        # NOTE: pointers are left out, since git-lfs would write to the working tree.
        fetchable = [pin for pin in config.data if not is_lfs_pointer(config.root / pin.path)]
        supply_data(replace(config, data=tuple(fetchable)), self.progress)
        absent = [pin.path for pin in config.data if pin.path in missing and not pin.source]
        if absent:
            raise ReproError(
                f"its data {shown(absent[0])} is neither in git nor, with this digest, on this machine"
            )
        python = config.environment.python
        if "/" in python and not (config.root / python).exists():
            python = str(source / python)
        return replace(config, environment=replace(config.environment, python=python))


def _recorded(point: LinePoint, config: Config) -> dict[str, Digest]:
    """Return data that the commit's baseline lists by digest and git does not have."""
    found: dict[str, Digest] = {}
    for fingerprint in point.baseline.platforms.values() if point.baseline is not None else ():
        for name, value in fingerprint.materials.get(MaterialKind.DATA, {}).items():
            algorithm, _, digits = str(value).partition(":")
            if not os.path.lexists(config.root / name):
                found[name] = Digest(algorithm, digits)
    return found
