# SPDX-License-Identifier: Apache-2.0
"""Runs one pass over the estimators and keeps its digests, after each of them."""

from __future__ import annotations

import ast
import json
import os
import selectors
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from bench.scale import ROOT
from bench.zoo import data
from bench.zoo.columns import REFERENCES, Column, Profile
from bench.zoo.leaves import Bits, differing, digest
from bench.zoo.surroundings import Here, command, version
from repro_action.digest import digest_bytes
from repro_action.files import write_atomically

CHUNK = 36
"""Estimators a process: import costs a second or two, and a crash costs one of them."""

_SOURCES = ("data.py", "recipes.py", "worker.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where everything of a benchmark lies.

    Attributes:
        folder: of the data and the passes.
        names: of the estimators.
        here: the environment.
        limit: seconds for one estimator, and for the start of a process.
        emulator: path of qemu-x86_64, for the columns with another CPU.
    """

    folder: Path
    names: Sequence[str]
    here: Here
    limit: float = 120.0
    emulator: str = ""

    @property
    def data(self) -> Path:
        """Folder of the pinned data."""
        return self.folder / "data"

    def identity(self) -> dict[str, str]:
        """Return what a kept pass must agree with to be used again."""
        # As parsed: comments and layout change no bits.
        texts = [(Path(__file__).parent / name).read_text(encoding="utf-8") for name in _SOURCES]
        code = digest_bytes("blake3", *(ast.dump(ast.parse(text)).encode() for text in texts))
        return {**self.here.identity(), "data": data.PINNED, "recipes": str(code)}


@dataclass(slots=True)
class Pass:
    """One pass, as it stands on the disk.

    Attributes:
        path: JSON file.
        identity: by `Place.identity`.
        seen: by `Here.witnessed`, joined over the processes.
        animals: for each estimator its digests, or why there are none.
        other: the pass that it is held against.
    """

    path: Path
    identity: Mapping[str, str]
    seen: dict[str, list[str]] = field(default_factory=dict)
    animals: dict[str, dict[str, object]] = field(default_factory=dict)
    other: Pass | None = None

    @property
    def kept(self) -> Path:
        """Folder of the files themselves, where others are held against them."""
        return self.path.parent.parent / "kept" / self.path.stem

    @property
    def keeps(self) -> bool:
        """Whether the files are kept: only of `portable`, whose differences must be explained."""
        profile, _, column = self.path.stem.partition(".")
        return profile == "portable" and column in REFERENCES

    @classmethod
    def open(cls, path: Path, identity: Mapping[str, str]) -> Pass:
        """Read a pass; one of other code or another machine is begun anew."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return cls(path, identity)
        if document["identity"] != dict(identity):
            return cls(path, identity)
        return cls(path, identity, document["seen"], document["animals"])

    def save(self) -> None:
        """Write it; the old content or the new stays whole."""
        table = {"identity": dict(self.identity), "seen": self.seen, "animals": self.animals}
        write_atomically(self.path, json.dumps(table, indent=0, sort_keys=True), durable=False)

    def witness(self, seen: Mapping[str, list[str]]) -> None:
        """Add what one process was seen to use."""
        for key, values in seen.items():
            self.seen[key] = sorted({*self.seen.get(key, []), *values})


def path_of(folder: Path, profile: Profile, column: str) -> Path:
    """Return the file of a pass."""
    return folder / "passes" / f"{profile}.{column}.json"


def run(place: Place, profile: Profile, column: Column, tell: Callable[[str], None]) -> Pass:
    """Fit what the pass lacks, and return it.

    Args:
        place: where, and which estimators.
        profile: of repro.
        column: the surroundings.
        tell: takes lines of progress.
    """
    data.make(place.data)
    project = Pass.open(path_of(place.folder, profile, column.name), place.identity())
    if column.against:
        project.other = Pass.open(path_of(place.folder, profile, column.against), place.identity())
    project.animals = {name: animal for name, animal in project.animals.items() if "error" not in animal}
    missing = [name for name in place.names if name not in project.animals]
    begin = time.monotonic()
    while missing:
        before = len(missing)
        _process(place, profile, column, project, missing[:CHUNK])
        project.save()
        missing = [name for name in missing if name not in project.animals]
        done = len(place.names) - len(missing)
        tell(f"{profile} · {column.name}: {done} of {len(place.names)}, {time.monotonic() - begin:.0f} s")
        if len(missing) == before:
            raise SystemExit(f"{profile} · {column.name}: the process ended before the first estimator")
    if column.cpu:
        project.witness({"emulator": [version(place.emulator)]})
        project.save()
    return project


def _process(place: Place, profile: Profile, column: Column, value: Pass, names: Sequence[str]) -> None:
    """Run one process to its end, or until an estimator takes too long or ends it."""
    with tempfile.TemporaryDirectory(prefix="zoo-", dir=place.folder) as scratch:
        out, hook = Path(scratch) / "out", Path(scratch) / "hook"
        out.mkdir()
        hook.mkdir()
        argv = command(column, ["-m", "bench.zoo.worker", str(place.data), str(out), *names], place.emulator)
        with (place.folder / "errors.log").open("ab") as log:
            process = subprocess.Popen(
                argv,
                cwd=ROOT,
                env=place.here.variables(profile, column, hook),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert process.stdout is not None  # it is a pipe
        current = ""
        try:
            for line in _lines(process, process.stdout, place.limit):
                current = str(line.get("begin", ""))
                if "end" in line:
                    value.animals[str(line["end"])] = _animal(value, out, line)
                    value.save()
        except TimeoutError:
            value.animals[current or names[0]] = {"error": f"took more than {place.limit:.0f} s"}
        finally:
            process.kill()
            status = process.wait()
            process.stdout.close()
        if current and current not in value.animals:
            value.animals[current] = {"error": f"its process ended with {status}"}
        if not status:  # a process that was ended could not report
            value.witness(place.here.witnessed(profile, column, hook))


def _lines(process: subprocess.Popen[bytes], output: IO[bytes], limit: float) -> Iterator[dict[str, object]]:
    """Yield what a worker says, line by line.

    Raises:
        TimeoutError: it said nothing for longer than the limit.
    """
    rest = b""
    with selectors.DefaultSelector() as waiting:
        waiting.register(output, selectors.EVENT_READ)
        while waiting.select(limit):
            chunk = os.read(output.fileno(), 1 << 16)
            if not chunk:
                process.wait(limit)
                return
            *lines, rest = (rest + chunk).split(b"\n")
            yield from (json.loads(line) for line in lines)
    raise TimeoutError


def _animal(value: Pass, out: Path, values: Mapping[str, object]) -> dict[str, object]:
    """Digest what an estimator left; where it differs from the other pass, name the leaves."""
    if "error" in values:
        return {"error": values["error"]}
    name = str(values["end"])
    files = {"state": out / f"{name}.joblib", "outputs": out / f"{name}.outputs.joblib"}
    bits: dict[str, Bits] = {part: digest(path) for part, path in files.items()}
    other = value.other.animals.get(name, {}) if value.other else {}
    leaves: list[str] = []
    for part, path in files.items():
        if value.other and other.get(part, bits[part].canonical) != bits[part].canonical:
            kept = value.other.kept / path.name
            leaves += differing(kept, path) if kept.exists() else []
        if value.keeps:
            value.kept.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, value.kept / path.name)
        path.unlink()
    unreadable = sorted(problem for one in bits.values() for problem in one.problems)
    return {
        **{part: one.canonical for part, one in bits.items()},
        "bytes": bits["state"].raw,
        "seconds": values["seconds"],
        "methods": values["methods"],
        "drew": values["drew"],
        **({"unreadable": unreadable} if unreadable else {}),
        **({"leaves": leaves} if leaves else {}),
    }
