# SPDX-License-Identifier: Apache-2.0
"""The git-ignored folder `.repro/`: runs, the candidate, and products at hand for comparison.

.repro/candidate.json          the last run that came to an end; `accept` promotes it
.repro/report.{json,md}        its report
.repro/runs/ID/                logs and hook reports of one run
.repro/products/HEX/NAME       accepted products, by container digest
.repro/cache/                  caches; may be removed at any time
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump, load
from repro_action.files import write_atomically
from repro_action.fingerprint import Fingerprint, Product

RUNS_KEPT = 10
PRODUCT_LIMIT = 512 << 20
PRODUCTS_KEPT = 4 << 30
YOUNG = 60.0
"""Seconds in which a half-written file counts as one that is being written."""


@dataclass(frozen=True, slots=True)
class RunStore:
    """What repro keeps of one project."""

    folder: Path

    def prepare(self) -> None:
        """Make the folder, and make git ignore it even without an entry in .gitignore."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ignore = self.folder / ".gitignore"
        if not ignore.exists():
            write_atomically(ignore, "*\n")

    def new_run(self) -> Path:
        """Make a folder for one run and remove the oldest beyond `RUNS_KEPT`."""
        runs = self.folder / "runs"
        runs.mkdir(parents=True, exist_ok=True)
        name = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{time.time_ns() % 10**9:09}-{os.getpid()}"
        folder = runs / name
        folder.mkdir()
        older = sorted(run for run in runs.iterdir() if run.is_dir())
        for old in older[:-RUNS_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        return folder

    @property
    def candidate_path(self) -> Path:
        """Path of the candidate."""
        return self.folder / "candidate.json"

    def save_candidate(self, name: str, fingerprint: Fingerprint) -> None:
        """Keep the fingerprint of a finished run."""
        text = dump(Baseline(name=name).accept(fingerprint))
        write_atomically(self.candidate_path, text, scratch=self.folder)

    def drop_candidate(self) -> None:
        """Forget the candidate and its reports; an unfinished run must not be mistaken for the last one."""
        for name in ("candidate.json", "candidate.flaky", "report.json", "report.md"):
            (self.folder / name).unlink(missing_ok=True)

    def mark_flaky(self) -> None:
        """Note that the candidate's run disagreed with itself."""
        write_atomically(self.folder / "candidate.flaky", "", scratch=self.folder)

    @property
    def flaky(self) -> bool:
        """Whether the candidate's run disagreed with itself."""
        return (self.folder / "candidate.flaky").exists()

    def candidate(self) -> Fingerprint | None:
        """Return the fingerprint of the last finished run.

        Raises:
            BaselineError: the file is damaged.
        """
        try:
            text = self.candidate_path.read_text(encoding="utf-8", errors="surrogateescape")
        except FileNotFoundError:
            return None
        baseline = load(text, str(self.candidate_path.name))
        return next(iter(baseline.platforms.values()), None)

    def sweep(self) -> None:
        """Remove half-written files of killed commands; young ones may be another command's."""
        for pattern in (".*.tmp", "products/*/.*.tmp"):
            for file in self.folder.glob(pattern):
                with contextlib.suppress(OSError):
                    if time.time() - file.lstat().st_mtime > YOUNG:
                        shutil.rmtree(file) if file.is_dir() else file.unlink()

    def keep_products(self, root: Path, fingerprint: Fingerprint) -> None:
        """Keep copies of accepted products, so that later differences can be measured by element."""
        for path, product in fingerprint.products.items():
            source, target = root / path, self._kept(product, path)
            if not source.is_file() or product.size > PRODUCT_LIMIT or target.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(f".{os.getpid()}.tmp")
            with contextlib.suppress(OSError):
                shutil.copyfile(source, temporary)
                temporary.replace(target)
        self._bound()

    def _kept(self, product: Product, path: str) -> Path:
        # The name stays, since readers recognise some formats by its extension.
        return self.folder / "products" / product.digest.value / PurePosixPath(path).name

    def _bound(self) -> None:
        folder = self.folder / "products"
        logs = [(file.stat(), file) for file in folder.glob("*/*")] if folder.is_dir() else []
        total = 0
        for status, file in sorted(logs, key=lambda entry: entry[0].st_mtime_ns, reverse=True):
            total += status.st_size
            if total > PRODUCTS_KEPT:
                shutil.rmtree(file.parent, ignore_errors=True)

    def kept(self, product: Product, path: str) -> Path | None:
        """Return the copy of an accepted product, if it was kept."""
        place = self._kept(product, path)
        return place if place.is_file() else None
