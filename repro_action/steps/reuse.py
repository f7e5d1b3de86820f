# SPDX-License-Identifier: Apache-2.0
"""`--reuse`: restores the outputs of a step that ran before with the very same materials.

Never used unless asked for: a step that is restored proves nothing about reproducibility,
and the record says `trained=False`. An entry is in `.repro/cache/steps/KEY/`: its
outputs, and `entry.json` that lists them by digest. Digests guard against damage, not
against forgery: anyone who can write `.repro/` can write an entry, so a `.repro/` that came
with a checkout must not be reused.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from repro_action.config.model import Step
from repro_action.digest import Digest
from repro_action.paths.patterns import within
from repro_action.steps.outputs import clear_outputs
from repro_action.steps.record import StepRecord, StepRequest
from repro_action.steps.tree_snapshot import Snapshot, copy, take_snapshot
from repro_action.steps.written import check_outputs

LIMIT = 10 << 30
"""Bytes of outputs that the cache keeps; those used longest ago go first."""
MANIFEST = "entry.json"
_MANIFEST_LIMIT = 64 << 20
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StepKey:
    """Everything that the outputs of a step depend on.

    Attributes:
        command: the whole argument vector, prefix included, without absolute paths.
        cwd: folder that it runs in, relative to the project.
        outputs: the declared outputs.
        variables: of the determinism profile and the step; not the inherited ones that
            differ from machine to machine.
        seed: of the configuration.
        environment: the environment's digest.
        platform: the platform class.
        inputs: path → digest of each expanded input, intermediate ones included.
        params: path → digest of each params file.
    """

    command: tuple[str, ...]
    cwd: str = ""
    outputs: tuple[str, ...]
    variables: Mapping[str, str]
    seed: int
    environment: Digest
    platform: str
    inputs: Mapping[str, Digest]
    params: Mapping[str, Digest]

    def digest(self) -> Digest:
        """Return `step1-sha256:HEX`, over the canonical JSON of all attributes."""
        parts = {
            **{name: value for name, value in asdict(self).items() if name not in ("inputs", "params")},
            "environment": str(self.environment),
            "inputs": {path: str(digest) for path, digest in self.inputs.items()},
            "params": {path: str(digest) for path, digest in self.params.items()},
        }
        text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
        return Digest("step1-sha256", hashlib.sha256(text.encode("ascii")).hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCache:
    """The cache of one project; used only by the process that has the project's lock.

    Attributes:
        folder: `.repro/cache/steps`.
        limit: bytes of outputs to keep.
        shared: whether several processes use it at a time, each entry by one of them.
        salt: what else the outputs of a step may depend on.
    """

    folder: Path
    limit: int = LIMIT
    shared: bool = False
    salt: str = ""

    @contextmanager
    def turn(self, key: StepKey) -> Iterator[None]:
        """Wait until no other process is at this entry, where several share the cache."""
        if not self.shared:
            yield
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f".turn-{key.digest().value}").open("w", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def store(self, key: StepKey, root: Path) -> bool:
        """Keep the outputs that a step just wrote; whether they were kept.

        An entry appears as a whole or not at all. What does not fit, or cannot be
        copied, is not kept: the cache is a convenience and never fails a run.
        """
        listed = _listings(root, key.outputs)
        if listed is None or sum(entry.size for entry in listed.values()) > self.limit:
            return False
        try:
            with self._workplace() as place:
                entry = Path(place) / "entry"
                for output in _outermost(key.outputs):
                    copy(root / output, entry / "outputs" / output)
                _write_manifest(entry / MANIFEST, listed)
                target = self._entry(key)
                _discard(target)
                entry.rename(target)
        except (OSError, shutil.Error):
            return False
        self.prune()
        return True

    def restore(self, step: Step, key: StepKey, request: StepRequest) -> StepRecord | None:
        """Put back the outputs of an earlier run of a step, or return None.

        The project is touched only after every byte was copied and its digest found
        right. A damaged entry is removed and counts as missing.

        Raises:
            StepError: an old output in the project cannot be removed.
        """
        started = time.monotonic()
        entry = self._entry(key)
        manifest = _read_manifest(entry / MANIFEST)
        if manifest is None or manifest.keys() != set(key.outputs):
            _discard(entry)
            return None
        try:
            with self._workplace() as place:
                for output in _outermost(key.outputs):
                    copy(entry / "outputs" / output, Path(place) / output)
                if _entries(_listings(Path(place), key.outputs)) != manifest:
                    _discard(entry)
                    return None
                clear_outputs(step, request.root, request.protected)
                for output in _outermost(key.outputs):
                    shutil.move(Path(place) / output, request.root / output)
                os.utime(entry / MANIFEST)
        except (OSError, shutil.Error):
            _discard(entry)
            return None
        check_outputs(step, request.root)
        return StepRecord(
            name=step.name,
            trained=False,
            exit_code=0,
            seconds=time.monotonic() - started,
            reason=f"its outputs were restored from an earlier run ({key.digest().short})",
        )

    def prune(self) -> None:
        """Remove the entries used longest ago, until the rest fits the limit."""
        entries: list[tuple[float, int, Path]] = []
        for entry in self.folder.iterdir():
            manifest = entry / MANIFEST
            if entry.name.startswith("."):
                continue
            try:
                size = sum(path.lstat().st_size for path in entry.rglob("*"))
                entries.append((manifest.stat().st_mtime, size, entry))
            except OSError:
                _discard(entry)
        total = sum(size for _, size, _ in entries)
        for _, size, entry in sorted(entries):
            if total <= self.limit:
                break
            _discard(entry)
            total -= size

    def _entry(self, key: StepKey) -> Path:
        return self.folder / key.digest().value

    def _workplace(self) -> tempfile.TemporaryDirectory[str]:
        """Make a folder beside the entries; those of killed runs go."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in () if self.shared else self.folder.glob(".work-*"):
            _discard(old)
        return tempfile.TemporaryDirectory(prefix=".work-", dir=self.folder, ignore_cleanup_errors=True)


def _outermost(outputs: tuple[str, ...]) -> list[str]:
    """Leave out outputs that lie inside another one."""
    return [path for path in outputs if not any(within(path, other) for other in outputs if other != path)]


def _listings(root: Path, outputs: tuple[str, ...]) -> dict[str, Snapshot] | None:
    listings: dict[str, Snapshot] = {}
    for output in outputs:
        listed = take_snapshot(root / output)
        if listed is None:
            return None
        listings[output] = listed
    return listings


def _entries(listings: Mapping[str, Snapshot] | None) -> dict[str, dict[str, str]] | None:
    return None if listings is None else {output: dict(listed.entries) for output, listed in listings.items()}


def _write_manifest(path: Path, listings: Mapping[str, Snapshot]) -> None:
    text = json.dumps({"version": _VERSION, "outputs": _entries(listings)}, sort_keys=True, indent=1)
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _read_manifest(path: Path) -> dict[str, dict[str, str]] | None:
    """Return output → entries; None if the manifest is missing or not one."""
    try:
        with path.open("rb") as file:
            data = file.read(_MANIFEST_LIMIT + 1)
        manifest = json.loads(data) if len(data) <= _MANIFEST_LIMIT else None
    except (OSError, ValueError, RecursionError):
        return None
    match manifest:
        case {"version": 1, "outputs": dict(outputs)} if all(
            isinstance(item, dict) for item in outputs.values()
        ):
            return outputs
        case _:
            return None


def _discard(path: Path) -> None:
    if path.is_symlink():
        path.unlink(missing_ok=True)
    else:
        shutil.rmtree(path, ignore_errors=True)
