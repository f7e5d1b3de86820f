# SPDX-License-Identifier: Apache-2.0
"""The git-ignored folder `.repro/`: runs, the candidate, and products at hand for comparison.

.repro/candidate.json          the last run that came to an end; `accept` promotes it
.repro/report.{json,md}        its report
.repro/runs/NUMBER-TIME/       logs and hook reports of one run, and outputs of the run before it
.repro/kept/RUN/               people's files whose places in outputs were taken; never removed
.repro/products/HEX/NAME       accepted products, by container digest
.repro/values/HEX.json         metrics and materials that a baseline has no room to list
.repro/cache/                  caches; may be removed at any time
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump, load
from repro_action.errors import LinkRefused
from repro_action.files import link_refused, read_regular, write_atomically
from repro_action.fingerprint import Fingerprint, Product
from repro_action.folded_values import with_few_values
from repro_action.runs.kept_values import keep, with_kept
from repro_action.sandbox.tidy import discard_beside, discard_folder, finish_removals

RUNS_KEPT = 10
EARLIER_KEPT = 1 << 30
"""Bytes of outputs of earlier runs that are kept, over all run folders."""
PRODUCT_LIMIT = 512 << 20
PRODUCTS_KEPT = 4 << 30
YOUNG = 60.0
"""Seconds in which a half-written file counts as one that is being written."""


JOURNAL = "stash.json"
"""What `repro_action.runs.journal` keeps; there while a stash was begun and not ended."""

EARLIER = ("before", "partial", "stage")
"""Folders of a run that hold outputs: earlier ones, and those of a run that came to no good end."""
_FOLDERS = ("runs", "products", "cache", "kept", "probe", "values", "wandb")
_SIZE = "earlier.size"
_RUN = re.compile(r"([0-9]{6,15})-[0-9TZ]+")
_OLD_RUN = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9]{9}-[0-9]+")  # named by the clock, until 0.1


@dataclass(frozen=True, slots=True)
class RunStore:
    """What repro keeps of one project."""

    folder: Path

    def require_own(self) -> None:
        """Refuse a folder, or one in it, that is a link: what is written and removed there is repro's alone.

        Raises:
            LinkRefused: one is.
        """
        for path in (self.folder, *(self.folder / name for name in _FOLDERS)):
            if path.is_symlink():
                raise link_refused(path)

    def prepare(self) -> None:
        """Make the folder, and make git ignore it even without an entry in .gitignore."""
        self.require_own()
        self.folder.mkdir(parents=True, exist_ok=True)
        ignore = self.folder / ".gitignore"
        if not ignore.exists():
            write_atomically(ignore, "*\n")

    def new_run(self) -> Path:
        """Make a folder for one run and remove the oldest beyond `RUNS_KEPT`.

        Runs are in the order of their numbers, since clocks go back and folders are copied.
        """
        runs = self.folder / "runs"
        runs.mkdir(parents=True, exist_ok=True)
        older = _in_order(runs)
        number = 1 + max((_number(run) for run in older), default=0)
        folder = runs / f"{number:06}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
        folder.mkdir()
        for old in older[: 1 - RUNS_KEPT]:
            discard_beside(old)
        return folder

    def last_run(self) -> Path | None:
        """Return the folder of the run that was begun last; None where none is kept."""
        runs = self.folder / "runs"
        return next(reversed(_in_order(runs)), None) if runs.is_dir() else None

    def bound_earlier(self) -> None:
        """Remove outputs of earlier runs beyond `EARLIER_KEPT`, those of the oldest run first."""
        finish_removals()  # or sizes were taken of what is just going
        total = 0
        for run in reversed(_in_order(self.folder / "runs")):
            total += _earlier_size(run)
            if total > EARLIER_KEPT:
                for name in EARLIER:
                    discard_folder(run / name)
                _note_size(run, 0)

    @property
    def candidate_path(self) -> Path:
        """Path of the candidate."""
        return self.folder / "candidate.json"

    def save_candidate(self, name: str, fingerprint: Fingerprint) -> None:
        """Keep the fingerprint of a finished run."""
        few = with_few_values(fingerprint)
        text = dump(Baseline(name=name).accept(few))
        write_atomically(self.candidate_path, text, scratch=self.folder)
        keep(self._values, fingerprint, few)

    @property
    def _values(self) -> Path:
        return self.folder / "values"

    def with_kept_values(self, fingerprint: Fingerprint) -> Fingerprint:
        """Return a run of a baseline with what it does not list, as far as that was kept here."""
        return with_kept(self._values, fingerprint)

    def drop_candidate(self) -> None:
        """Forget the candidate and its reports; an unfinished run must not be mistaken for the last one."""
        for name in ("candidate.json", "candidate.flaky", "candidate.once", "candidate.refuted"):
            (self.folder / name).unlink(missing_ok=True)
        for name in ("report.json", "report.md"):
            (self.folder / name).unlink(missing_ok=True)

    def mark_flaky(self) -> None:
        """Note that the candidate's run disagreed with itself."""
        write_atomically(self.folder / "candidate.flaky", "", scratch=self.folder)

    @property
    def flaky(self) -> bool:
        """Whether the candidate's run disagreed with itself."""
        return (self.folder / "candidate.flaky").exists()

    def mark_refuted(self) -> None:
        """Note that the candidate's run left the record of a search that is false."""
        write_atomically(self.folder / "candidate.refuted", "", scratch=self.folder)

    @property
    def refuted(self) -> bool:
        """Whether the candidate's run left the record of a search that is false."""
        return (self.folder / "candidate.refuted").exists()

    def mark_seen_once(self) -> None:
        """Note that nothing agreed with the candidate's run yet: it was not repeated."""
        write_atomically(self.folder / "candidate.once", "", scratch=self.folder)

    @property
    def seen_once(self) -> bool:
        """Whether the outputs of the candidate's run were seen in that run alone."""
        return (self.folder / "candidate.once").exists()

    def candidate(self, name: str) -> Fingerprint | None:
        """Return the fingerprint of the last finished run; None where it was another configuration's.

        Args:
            name: of the configuration.

        Raises:
            BaselineError: the file is damaged.
        """
        try:
            text = read_regular(self.candidate_path).decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            return None
        baseline = load(text, str(self.candidate_path.name))
        if baseline.name != name:
            return None
        return next(map(self.with_kept_values, baseline.platforms.values()), None)

    def sweep(self) -> None:
        """Remove half-written files of killed commands; young ones may be another command's."""
        for pattern in (".*.tmp", "products/*/.*.tmp", "runs/.*.tmp", "runs/.*.removed"):
            for file in self.folder.glob(pattern):
                if file.parent.is_symlink():
                    continue  # what is there is not repro's
                with contextlib.suppress(OSError):
                    if time.time() - file.lstat().st_mtime > YOUNG:
                        discard_folder(file) if file.is_dir() else file.unlink()

    def keep_products(self, root: Path, fingerprint: Fingerprint) -> None:
        """Keep copies of accepted products, so that later differences can be measured by element."""
        for path, product in fingerprint.products.items():
            self.keep_product(root / path, product, path)
        self._bound()

    def keep_product(self, source: Path, product: Product, path: str) -> None:
        """Keep a copy of one product, if it is a file that is not too large.

        Args:
            source: where it lies.
            product: what it holds.
            path: its path in the project.
        """
        target = self._kept(product, path)
        if not source.is_file() or product.size > PRODUCT_LIMIT or target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{os.getpid()}.tmp")
        with contextlib.suppress(OSError):
            shutil.copyfile(source, temporary)
            temporary.replace(target)

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


def _in_order(runs: Path) -> list[Path]:
    """Return the folders of runs, the oldest first; those named by the clock are older than all others."""
    found = [run for run in runs.iterdir() if _RUN.fullmatch(run.name) or _OLD_RUN.fullmatch(run.name)]
    return sorted((run for run in found if not run.is_symlink()), key=lambda run: (_number(run), run.name))


def _number(run: Path) -> int:
    match = _RUN.fullmatch(run.name)
    return int(match[1]) if match else 0


def _earlier_size(run: Path) -> int:
    """Return the size of the outputs in a run's folder; taken once, since nothing is added later."""
    try:
        return int((run / _SIZE).read_text())
    except (OSError, ValueError):
        total = 0
        for name in EARLIER:
            # NOTE: os.walk passes over a folder that goes away meanwhile, where Path.rglob raises.
            for folder, folders, files in os.walk(run / name):
                for file in (*folders, *files):
                    with contextlib.suppress(OSError):
                        total += (Path(folder) / file).lstat().st_size
        _note_size(run, total)
        return total


def _note_size(run: Path, size: int) -> None:
    with contextlib.suppress(OSError, LinkRefused):
        write_atomically(run / _SIZE, str(size), durable=False)
